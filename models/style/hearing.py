"""What the encoder hears of a recording: its spectrum frame by frame, and how its level moves.

Everything is in Hz, seconds and dB, so recordings of any rate are heard alike; bands above half a rate are silent.
Levels stay as they are: how loud a recording is belongs to its style.
"""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]

BANDS = 64
LOWEST_HZ, HIGHEST_HZ = 30.0, 16_000.0
FRAME_S, HOP_S = 0.046, 0.023
LEVEL_S = 0.005
FLOOR_DB = -100.0
QUANTILES = np.linspace(0.02, 0.98, 16)
LEVELS = 3 * len(QUANTILES) + 2
"""Numbers of a recording's levels."""
MOST_FRAMES = 400
"""Of a longer recording so many are heard, spread over it: 9 s of sound."""


class Heard(NamedTuple):
    """A recording as the encoder takes it.

    Parameters
    ----------
    frames : (n, BANDS) float32
        Level of each band, dB over full scale, as 0 (`FLOOR_DB`) to 1 (0 dB).
    levels : (LEVELS,) float32
        Quantiles of the level of 5 ms, of how fast it rises and of how fast it falls; peak and root mean square.
    """

    frames: Array
    levels: Array


def _mel(hz: float | NDArray[np.float64]) -> NDArray[np.float64]:
    """Return mels, by O'Shaughnessy's formula."""
    return np.asarray(2595.0 * np.log10(1.0 + np.asarray(hz) / 700.0))


def _edges_hz() -> NDArray[np.float64]:
    """Return the edges and middles of the bands, two more than there are."""
    mels = np.linspace(_mel(LOWEST_HZ), _mel(HIGHEST_HZ), BANDS + 2)
    return np.asarray(700.0 * (10.0 ** (mels / 2595.0) - 1.0))


def band_middles_hz() -> NDArray[np.float64]:
    """Return the middle of each band."""
    return _edges_hz()[1:-1]


@cache
def _bank(size: int, rate_hz: float) -> NDArray[np.float64]:
    """Return triangles on the mel scale, (frequencies, BANDS), that each add up to one."""
    edges_hz = _edges_hz()
    frequencies = np.fft.rfftfreq(size, 1.0 / rate_hz)[:, None]
    low, middle, high = edges_hz[:-2], edges_hz[1:-1], edges_hz[2:]
    bank = np.maximum(np.minimum((frequencies - low) / (middle - low), (high - frequencies) / (high - middle)), 0.0)
    # A band that is narrower than the frames can tell is the nearest frequency's.
    for band in np.flatnonzero(bank.sum(0) == 0.0):
        if middle[band] < 0.5 * rate_hz:
            bank[np.abs(frequencies[:, 0] - middle[band]).argmin(), band] = 1.0
    return np.asarray(bank / np.maximum(bank.sum(0), 1e-12))


def _decibels(power: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(np.maximum(10.0 * np.log10(power + 1e-30), FLOOR_DB))


def heard(audio: NDArray[np.floating], rate_hz: float) -> Heard:
    """Return what is heard of a recording.

    Parameters
    ----------
    audio : (samples,) or (channels, samples) floats
        At least `FRAME_S` long. The powers of channels are averaged: what is of opposite polarity, as the lower side of
        a snare is, does not cancel.
    rate_hz : float
        Its rate.
    """
    audio = np.atleast_2d(audio)
    size, hop = int(FRAME_S * rate_hz), int(HOP_S * rate_hz)
    starts = np.arange(0, max(audio.shape[1] - size, 0) + 1, hop)
    if len(starts) > MOST_FRAMES:
        starts = starts[np.linspace(0, len(starts) - 1, MOST_FRAMES).astype(int)]
    places, window = starts[:, None] + np.arange(size), np.hanning(size)
    power = np.mean([np.square(np.abs(np.fft.rfft(one[places] * window))) for one in audio], axis=0)
    power = power * (4.0 / np.square(window.sum()))
    bands = _decibels(power @ _bank(size, rate_hz))
    return Heard((bands / -FLOOR_DB + 1.0).astype(np.float32), _levels(audio, rate_hz))


def _levels(audio: NDArray[np.floating], rate_hz: float) -> Array:
    """Return the numbers of the levels of (channels, samples), about -1 to 1."""
    step = int(LEVEL_S * rate_hz)
    whole_steps = audio[:, : audio.shape[1] // step * step].reshape(len(audio), -1, step)
    short = np.square(whole_steps.astype(np.float64)).mean((0, 2))
    level = _decibels(short)
    # Pauses say nothing of the treatment.
    loud = level > level.max() - 60.0
    # Over two steps: a stroke that begins in the midst of one rises by a part of it in each.
    moves = (level[2:] - level[:-2])[loud[2:] | loud[:-2]]
    rises, falls = moves[moves > 0.0], -moves[moves < 0.0]
    quantiles = [
        np.quantile(one, QUANTILES) / scale if len(one) else np.zeros(len(QUANTILES))
        for one, scale in ((level[loud], 50.0), (rises, 20.0), (falls, 20.0))
    ]
    quantiles[0] = quantiles[0] + 1.0
    peak = _decibels(np.square(np.abs(audio).max(initial=0.0)).astype(np.float64)[None])
    whole = np.array([peak[0], _decibels(short.mean()[None])[0]]) / 50.0 + 1.0
    return np.concatenate([*quantiles, whole]).astype(np.float32)
