"""What a proxy has to know of a synth so that a mapping can be learned through it: the figures that the losses compare.

A set of figures (`models.features.hit`) measures audio, masks and reduces it. A proxy has no audio: it predicts what
the set measured, in numbers that a net learns well, and the set reduces them under the same masks as a voice's.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from models.features.hit import HearingFeatures, HitFeatures, Measured, ReferenceFeatures
from synth.errors import InputError

RATE_HZ = 48_000
"""Figures are measured at this rate: strokes and takes at another are brought to it."""

LOWEST_LKFS = -80.0
"""Of a figure of loudness: what is softer is silence, and no net has to tell silences apart."""

LOWEST_HZ = 20.0
"""Of a centroid, as silence has one of 0 Hz."""

_AT_ONCE = 64


@dataclass(frozen=True, slots=True)
class FigureSet:
    """The figures of one set of features, flat.

    Parameters
    ----------
    name : str
    made : type
        Of the set of features.
    width : int
        Numbers of a sound.
    packed : callable
        (set, measured) to (batch, width).
    reduced : callable
        (set, (batch, width), mask) to the set's (batch, features).
    """

    name: str
    made: type
    width: int
    packed: Callable[[Any, Any], Tensor]
    reduced: Callable[[Any, Tensor, Tensor], Tensor]


def _tame(figures: Tensor) -> Tensor:
    """Return (..., 3) loudness, centroid and flatness with a floor, and the centroid in octaves."""
    loudness, centroid_hz, flatness = figures.unbind(-1)
    return torch.stack([loudness.clamp(min=LOWEST_LKFS), centroid_hz.clamp(min=LOWEST_HZ).log2(), flatness], dim=-1)


def _wild(figures: Tensor) -> Tensor:
    loudness, octaves, flatness = figures.unbind(-1)
    return torch.stack([loudness, octaves.exp2(), flatness], dim=-1)


def _pack_reference(features: ReferenceFeatures, measured: Measured) -> Tensor:
    """Return the seven features: no mask changes them, so a net need not know their frames."""
    return features.reduce(measured, measured.long[..., :2])


def _pack_hearing(features: HearingFeatures, measured: Measured) -> Tensor:
    short, long = _tame(measured.short).flatten(1), _tame(measured.long).flatten(1)
    return torch.cat([short, long, measured.whole.log2()[:, None]], dim=-1)


def _reduce_hearing(features: HearingFeatures, flat: Tensor, mask: Tensor) -> Tensor:
    short, long, whole = flat[:, :3], flat[:, 3:-1], flat[:, -1]
    measured = Measured(_wild(short.reshape(-1, 1, 3)), _wild(long.reshape(len(flat), -1, 3)), whole.exp2())
    return features.reduce(measured, mask)


FIGURE_SETS: tuple[FigureSet, ...] = (
    FigureSet("reference", ReferenceFeatures, 7, _pack_reference, lambda features, flat, mask: flat),
    FigureSet("hearing", HearingFeatures, 3 + 3 * 24 + 1, _pack_hearing, _reduce_hearing),
)
"""In the order in which a proxy predicts them."""

WIDTH = sum(one.width for one in FIGURE_SETS)

FIGURE_NAMES = tuple(f"{one.name}.{place}" for one in FIGURE_SETS for place in range(one.width))
"""A name for each, by which a proxy says what it predicts."""

LOUDNESS = 0
"""The column of the loudness of the first 58 ms."""


def columns_of(features: HitFeatures) -> tuple[FigureSet, slice]:
    """Return the set of figures that a proxy knows for a loss's features, and its columns.

    Raises
    ------
    InputError
        No proxy knows such features.
    """
    first = 0
    for one in FIGURE_SETS:
        if type(features) is one.made:
            return one, slice(first, first + one.width)
        first += one.width
    known = ", ".join(one.name for one in FIGURE_SETS)
    raise InputError(f"a loss with figures of its own needs audio, and a proxy has none; it knows the figures {known}")


def figures_of(audio: NDArray[np.floating[Any]], sample_rate: int) -> NDArray[np.float32]:
    """Return the figures of sounds, (n, `WIDTH`), from (n, samples) audio that begins with each note.

    Silence follows what is shorter than the sets listen.
    """
    sounds = at_rate(np.asarray(audio, np.float32), sample_rate)
    rows = []
    with torch.no_grad():
        for first in range(0, len(sounds), _AT_ONCE):
            rows.append(tensor_figures(torch.from_numpy(sounds[first : first + _AT_ONCE])).numpy())
    found = np.concatenate(rows) if rows else np.zeros((0, WIDTH), np.float32)
    return np.asarray(found, np.float32)


def tensor_figures(audio: Tensor) -> Tensor:
    """Return the figures of (batch, samples) audio at `RATE_HZ`, with gradients: (batch, `WIDTH`)."""
    return torch.cat([_measured(one, made, audio) for one, made in _sets()], dim=-1)


@cache
def _sets() -> tuple[tuple[FigureSet, Any], ...]:
    return tuple((one, one.made(RATE_HZ)) for one in FIGURE_SETS)


def _measured(one: FigureSet, features: Any, audio: Tensor) -> Tensor:
    missing = max(features.samples - audio.shape[1], 0)
    sound = torch.nn.functional.pad(audio[:, : features.samples], (0, missing)).contiguous()
    measured = features.measure(sound, np.full(len(sound), features.samples))
    return one.packed(features, measured)


def at_rate(audio: NDArray[np.float32], sample_rate: int) -> NDArray[np.float32]:
    """Return audio at `RATE_HZ`."""
    if sample_rate == RATE_HZ:
        return audio
    from math import gcd

    from scipy.signal import resample_poly

    common = gcd(RATE_HZ, sample_rate)
    resampled = resample_poly(audio, RATE_HZ // common, sample_rate // common, axis=1)
    return np.asarray(resampled, np.float32)
