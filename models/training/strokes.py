"""Strokes to learn from, and which of them may be learned from. numpy only.

The audio of each stroke runs from its onset as the live analyzer gave it; its onset features are those that the
analyzer computed. `bridge.learning.strokes` makes both, so training hears what playing hears.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.features.k_weighting import k_weighted

HELD_OUT_PART = 0.1
"""Of the strokes, for the test; as many again for validation."""

LOUDNESS_S = 0.053
"""How much of a stroke tells how loud it is."""

RINGING_S = 0.35
"""A reference stroke sounds this long before the next one, if any does: every stroke's tail is compared with its."""


@dataclass(frozen=True, slots=True, eq=False)
class Strokes:
    """Strokes of one drum at one sample rate.

    Parameters
    ----------
    features : (n, features) float64
        Onset features in their own units.
    audio : (n, samples) float32
        From each onset on, silence after the recording's end; the next stroke is still in it.
    ends : (n,) int64
        Samples until the next stroke begins or the recording ends.
    sample_rate : int
        Hz.
    window_s : float
        What the onset features looked at.
    """

    features: NDArray[np.float64]
    audio: NDArray[np.float32]
    ends: NDArray[np.int64]
    sample_rate: int
    window_s: float

    def __len__(self) -> int:
        return len(self.features)

    def rows(self, rows: Sequence[int] | NDArray[np.int64]) -> Strokes:
        """Return the strokes of the (k,) ``rows``, in their order."""
        chosen = np.asarray(rows, dtype=np.int64)
        return Strokes(self.features[chosen], self.audio[chosen], self.ends[chosen], self.sample_rate, self.window_s)

    def loudness_db(self) -> NDArray[np.float64]:
        """Return the K-weighted loudness of the start of each stroke, shape (n,)."""
        return start_loudness_db(self.audio, self.sample_rate, self.ends)


def start_loudness_db(
    audio: NDArray[np.floating], sample_rate: int, ends: NDArray[np.int64] | None = None
) -> NDArray[np.float64]:
    """Return the K-weighted loudness (ITU-R BS.1770) of the first `LOUDNESS_S` of strokes.

    Parameters
    ----------
    audio : (n, samples) floats
        From each onset on; at least `LOUDNESS_S` long.
    sample_rate : int
        Hz.
    ends : (n,) int64, optional
        Samples after which a stroke counts no more.

    Returns
    -------
    (n,) float64
        dB, as LKFS; -120.7 for silence.
    """
    samples = round(LOUDNESS_S * sample_rate)
    heard = k_weighted(audio[:, :samples].astype(np.float64), sample_rate)
    inside = np.full(len(audio), samples) if ends is None else np.minimum(ends, samples)
    heard *= np.arange(heard.shape[1]) < inside[:, None]
    return np.asarray(10.0 * np.log10(np.square(heard).sum(-1) / np.maximum(inside, 1) + 1e-12) - 0.691)


@dataclass(frozen=True, slots=True, eq=False)
class Split:
    """Which strokes train, which choose the best epoch, which only test, and the reference among the first.

    Parameters
    ----------
    train, validation, test : (k,) int64
        Rows, without overlap.
    reference : int
        Row of the training stroke nearest median loudness of those that ring on.
    """

    train: NDArray[np.int64]
    validation: NDArray[np.int64]
    test: NDArray[np.int64]
    reference: int


def split_strokes(strokes: Strokes, seed: int) -> Split:
    """Hold out strokes of all loudnesses: one drawn from each of about n/10 neighbouring groups, twice.

    The same strokes and seed give the same split on every machine.

    Parameters
    ----------
    strokes : Strokes
        n of them, at least 8.
    seed : int
        At least 0.
    """
    rng = np.random.default_rng(seed)
    order = np.argsort(-strokes.loudness_db(), kind="stable").astype(np.int64)
    groups = int(len(strokes) * HELD_OUT_PART) + 1
    test, order = _draw(order, groups, rng)
    validation, order = _draw(order, groups, rng)
    return Split(train=order, validation=validation, test=test, reference=_reference(strokes, order))


def _reference(strokes: Strokes, order: NDArray[np.int64]) -> int:
    """Return the stroke nearest the middle of ``order`` that rings on; in a roll, one of those that do so longest."""
    ends = strokes.ends[order]
    ringing = np.flatnonzero(ends >= min(RINGING_S * strokes.sample_rate, float(np.quantile(ends, 0.75))))
    return int(order[ringing[np.argmin(np.abs(ringing - len(order) // 2))]])


def _draw(
    order: NDArray[np.int64], groups: int, rng: np.random.Generator
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return one of each group, and the rest in order. The stroke of median loudness stays: it may be the reference."""
    median = int(order[len(order) // 2])
    drawn = [int(rng.choice(group[group != median])) for group in np.array_split(order, groups) if len(group) > 1]
    return np.array(drawn, dtype=np.int64), order[~np.isin(order, drawn)]
