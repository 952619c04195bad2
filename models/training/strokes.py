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
from synth.errors import InputError

HELD_OUT_PART = 0.1
"""Of the strokes, for the test; as many again for validation."""

FOLDS = 7
FEWEST_GROUPS = 8
"""Fewer leave nothing to hold out and to choose the epoch by."""

LOUDNESS_S = 0.053
"""How much of a stroke tells how loud it is."""

RINGING_S = 0.35
"""A reference stroke sounds this long before the next one, if any does: every stroke's tail is compared with its."""


Unit = NDArray[np.int64]
"""Rows of strokes that no split divides."""


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


def split_strokes(strokes: Strokes, seed: int, groups: NDArray[np.int64] | None = None) -> Split:
    """Hold out strokes of all loudnesses: a group drawn from each of about n/10 neighbouring ones, twice.

    The same strokes, seed and groups give the same split on every machine. The group of median loudness always
    trains, as its stroke may be the reference; only `folds` test every stroke.

    Parameters
    ----------
    strokes : Strokes
        n of them, at least 8.
    seed : int
        At least 0.
    groups : (n,) int64, optional
        Strokes of one group stay together. By default each stroke is its own.

    Raises
    ------
    InputError
        There are fewer than 8 groups.
    """
    rng = np.random.default_rng(seed)
    units = _units(strokes, groups, FEWEST_GROUPS)
    bands = int(len(units) * HELD_OUT_PART) + 1
    test, units = _draw(units, bands, rng)
    validation, units = _draw(units, bands, rng)
    return _split(strokes, units, validation, test)


def folds(strokes: Strokes, seed: int, groups: NDArray[np.int64] | None = None, count: int = FOLDS) -> list[Split]:
    """Return splits that test every stroke once: of neighbours in loudness, each is in another fold.

    Validation strokes and the reference are chosen anew among those that a fold does not test.

    Parameters
    ----------
    strokes : Strokes
        n of them.
    seed : int
        At least 0.
    groups : (n,) int64, optional
        As for `split_strokes`.
    count : int
        At least 2.

    Raises
    ------
    InputError
        There are fewer groups than folds, or fewer than 8.
    """
    rng = np.random.default_rng(seed)
    units = _units(strokes, groups, max(count, FEWEST_GROUPS))
    tests: list[list[Unit]] = [[] for _ in range(count)]
    for first in range(0, len(units), count):
        neighbours = [units[first + place] for place in rng.permutation(len(units[first : first + count]))]
        # The largest group goes where the fewest strokes are, so that folds stay of one size.
        emptiest = sorted(rng.permutation(count).tolist(), key=lambda fold: sum(map(len, tests[fold])))
        for fold, unit in zip(emptiest, sorted(neighbours, key=len, reverse=True), strict=False):
            tests[fold].append(unit)
    return [_fold(strokes, units, test, rng) for test in tests]


def _fold(strokes: Strokes, units: list[Unit], test: list[Unit], rng: np.random.Generator) -> Split:
    tested = {id(unit) for unit in test}
    rest = [unit for unit in units if id(unit) not in tested]
    validation, rest = _draw(rest, int(len(units) * HELD_OUT_PART) + 1, rng)
    return _split(strokes, rest, validation, test)


def _units(strokes: Strokes, groups: NDArray[np.int64] | None, least: int) -> list[Unit]:
    """Return the rows of each group, the loudest in the median first; `InputError` if they are fewer than ``least``."""
    loudness = strokes.loudness_db()
    names = np.arange(len(strokes)) if groups is None else groups
    units = [np.flatnonzero(names == name) for name in np.unique(names)]
    if len(units) < least:
        raise InputError(
            f"There are {len(strokes)} strokes, but only {len(units)} different ones; at least {least} are needed, "
            "60 or more are good: play longer, and no sample twice"
        )
    order = np.argsort([-np.median(loudness[unit]) for unit in units], kind="stable")
    return [units[place] for place in order]


def _split(strokes: Strokes, train: list[Unit], validation: list[Unit], test: list[Unit]) -> Split:
    order, chosen, tested = (np.concatenate(units).astype(np.int64) for units in (train, validation, test))
    return Split(order, chosen, tested, _reference(strokes, order))


def _reference(strokes: Strokes, order: NDArray[np.int64]) -> int:
    """Return the stroke nearest the middle of ``order`` that rings on; in a roll, one of those that do so longest."""
    ends = strokes.ends[order]
    ringing = np.flatnonzero(ends >= min(RINGING_S * strokes.sample_rate, float(np.quantile(ends, 0.75))))
    return int(order[ringing[np.argmin(np.abs(ringing - len(order) // 2))]])


def _draw(units: list[Unit], bands: int, rng: np.random.Generator) -> tuple[list[Unit], list[Unit]]:
    """Return one of each band, and the rest in order. That of median loudness stays: it may be the reference."""
    median = len(units) // 2
    places = [band[band != median] for band in np.array_split(np.arange(len(units)), bands) if len(band) > 1]
    drawn = {int(rng.choice(band)) for band in places}
    return [units[place] for place in sorted(drawn)], [u for place, u in enumerate(units) if place not in drawn]
