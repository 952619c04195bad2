"""What may have sounded before a recording's first sample: the quiet that a stroke right there starts out of."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from bridge.ear.bands import HOPS_PER_S, OVER_NOISE_4, WARM_UP_HOPS
from bridge.ear.detector import band_energies

BEGINNING_S = 3.0
"""How much of a recording is looked at."""

BEFORE_S = 0.1
"""How much is imagined: more than the ear remembers, and whole hops at every usual rate."""

_QUIET_HOPS = 60
"""The quietest 20 ms are what is imagined."""

_STROKE_HOPS = WARM_UP_HOPS + 12
"""In the first 16 ms a stroke may have begun that the ear would otherwise take for what had been there before."""

_OVER_QUIETEST = 10.0**0.4 * OVER_NOISE_4
"""Ratio to the quietest 20 ms that noise alone does not reach: those lie up to 4 dB under its mean."""

_LEAST_SHARE = 0.01
"""A band counts if it is at most 20 dB softer than the loudest: where hum is cut, all others hear the edge."""

_UNDER_PEAK = 3e-6
"""A band counts if it holds no less than 55 dB under the loudest sample: the bands answer where an offset drifts."""

_NEXT_TO_NOTHING = 1e-8
"""Mean square under which a stretch is silence: -80 dBFS."""

Audio = NDArray[np.float32]


def quiet_before(beginning: Audio, sample_rate: int) -> Audio:
    """Return (samples, channels) of what may have sounded before a recording; none if it goes on as it begins.

    Where a channel's first 16 ms stand out of its quietest 20 ms, those went before. Noise, hum or silence that goes on
    is no stroke: the ear then learns it from the recording itself, as it does live.

    Parameters
    ----------
    beginning : (n, channels) float32
        The first `BEGINNING_S` of a recording, or all of it.
    sample_rate : int
        Hz.
    """
    wanted = round(BEFORE_S * sample_rate)
    quiet = [_quietest(signal, sample_rate) for signal in beginning.T]
    if all(stretch is None for stretch in quiet):
        return np.zeros((0, beginning.shape[1]), np.float32)
    sounds = (signal[::-1] if stretch is None else stretch for signal, stretch in zip(beginning.T, quiet, strict=True))
    return np.stack([_to_and_fro(sound, wanted) for sound in sounds], axis=1)


def _quietest(signal: Audio, sample_rate: int) -> Audio | None:
    """Return the quietest stretch of a signal whose beginning stands out of it."""
    # Less its first sample: a constant, of an input with an offset, begins nowhere.
    energies = band_energies(signal - signal[:1], sample_rate)
    length = min(_QUIET_HOPS, energies.shape[1] // 3)
    if length < 4:
        return None
    sums = np.cumsum(np.pad(energies, ((0, 0), (1, 0))), axis=1)
    means = (sums[:, length:] - sums[:, :-length]) / length
    place = int(np.argmin(np.log(means + 1e-30).sum(axis=0)))
    loudest = ((sums[:, 4:] - sums[:, :-4]) / 4)[:, :_STROKE_HOPS].max(axis=1)
    counts = loudest > max(_LEAST_SHARE * loudest.max(), _UNDER_PEAK * float(np.square(signal).max()))
    if not np.any(counts & (loudest > _OVER_QUIETEST * (means[:, place] + 1e-13))):
        return None
    quietest = signal[place * sample_rate // HOPS_PER_S : (place + length) * sample_rate // HOPS_PER_S]
    # After digital silence the ear allows for the noise that comes with the next sound; after next to nothing, not.
    return quietest if np.var(quietest) > _NEXT_TO_NOTHING else np.zeros_like(quietest)


def _to_and_fro(sound: Audio, samples: int) -> Audio:
    """Return so many samples that end with ``sound``, before it its mirror image, and so on: without a break."""
    both = np.concatenate([sound[::-1], sound])
    return np.tile(both, -(-samples // len(both)))[-samples:]
