"""Power in bands of frequency, frame by frame: what the embeddings are made of.

Times and frequencies are given in seconds and Hz, and every frame starts at the sample nearest to its time. So a sound
has the same bands at every sample rate from 22.05 kHz on. Windows are multiples of `UNIT_S`, which is a whole number
of samples at 22.05, 44.1, 48, 88.2, 96, 176.4 and 192 kHz; at other rates they are rounded to the nearest sample.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.fft import rfft

from synth.errors import InputError

UNIT_S = 1.0 / 150.0
LOWEST_HZ, HIGHEST_HZ = 30.0, 10_000.0
"""Of the mel bands. Above lies what a rate of 22.05 kHz does not have."""
LOWEST_RATE_HZ = 22_050
FLOOR_DB = -100.0
"""What silence has in a band; a sine of full scale has -3 dB."""
_FLOOR = np.float32(10.0 ** (FLOOR_DB / 10.0))

Floats = NDArray[np.float32]


def frames_of(audio: Floats, rate_hz: int, window_units: int, hop_units: float) -> Floats:
    """Return frames of a sound under a Hann window, (frames, window).

    Frame k is centred at k hops, so the first one has half of its window before the sound, where there is silence.

    Parameters
    ----------
    audio : (samples,) array
    rate_hz : int
    window_units, hop_units : int, float
        In `UNIT_S`.

    Raises
    ------
    InputError
        The rate is too low for the bands.
    """
    if rate_hz < LOWEST_RATE_HZ:
        raise InputError(f"rate_hz {rate_hz}: sounds are compared at {LOWEST_RATE_HZ} Hz or more")
    places = _places(len(audio), rate_hz, window_units, hop_units)
    window = _window(rate_hz, window_units)
    half = len(window) // 2
    padded = np.zeros(int(places[-1]) + len(window), np.float32)
    held = min(len(audio), len(padded) - half)
    padded[half : half + held] = audio[:held]
    return np.asarray(np.lib.stride_tricks.sliding_window_view(padded, len(window))[places] * window, np.float32)


def powers_of(audio: Floats, rate_hz: int, window_units: int, hop_units: float) -> Floats:
    """Return the power in each bin of each frame, (frames, bins), from 0 Hz to just above `HIGHEST_HZ`.

    All bins of a frame, with those above, add up to its mean square.
    """
    spectrum = rfft(frames_of(audio, rate_hz, window_units, hop_units), axis=-1)[:, : bins_of(window_units)]
    return np.asarray(np.square(spectrum.real) + np.square(spectrum.imag), np.float32)


def bins_of(window_units: int) -> int:
    """Return how many bins of a window are looked at, at any sample rate: the last is the first above `HIGHEST_HZ`."""
    return int(HIGHEST_HZ * window_units * UNIT_S) + 2


def bin_edges_hz(rate_hz: int, window_units: int) -> NDArray[np.float64]:
    """Return where the bins begin and end, (bins + 1,)."""
    samples = round(window_units * UNIT_S * rate_hz)
    return np.asarray((np.arange(bins_of(window_units) + 1) - 0.5) * (rate_hz / samples), np.float64)


@lru_cache(maxsize=64)
def _places(samples: int, rate_hz: int, window_units: int, hop_units: float) -> NDArray[np.int64]:
    """Return where frames start in a sound that has half a window of silence before it."""
    hop_samples = hop_units * UNIT_S * rate_hz
    return np.round(np.arange(max(1, round(samples / hop_samples))) * hop_samples).astype(np.int64)


@lru_cache(maxsize=64)
def _window(rate_hz: int, window_units: int) -> Floats:
    """Return a Hann window whose bins are powers: both halves of the spectrum in one."""
    samples = round(window_units * UNIT_S * rate_hz)
    shape = 0.5 - 0.5 * np.cos(2.0 * np.pi * np.arange(samples) / samples)
    return np.asarray(shape * np.sqrt(2.0 / (samples * np.sum(np.square(shape)))), np.float32)


def mel(hz: NDArray[np.float64] | float) -> NDArray[np.float64]:
    """Return frequencies on the mel scale (O'Shaughnessy, 1987): 2595 log10(1 + f / 700)."""
    return np.asarray(2595.0 * np.log10(1.0 + np.asarray(hz) / 700.0))


def hz_of_mel(value: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return what `mel` came from."""
    return np.asarray(700.0 * (10.0 ** (value / 2595.0) - 1.0))


@lru_cache(maxsize=64)
def mel_bank(bands: int, rate_hz: int, window_units: int) -> Floats:
    """Return (bins, bands) weights that collect the power of bins in triangles, evenly apart in mel.

    A bin counts with the mean of the triangle over its width, not with the value at its middle. So a band that is
    narrower than a bin has its share too, and bands do not depend on where bins lie.
    """
    lowest, highest = mel(np.array([LOWEST_HZ, HIGHEST_HZ])).tolist()
    corners = hz_of_mel(np.linspace(lowest, highest, bands + 2))
    edges = bin_edges_hz(rate_hz, window_units)
    areas = np.stack([_area(edges, *corners[band : band + 3]) for band in range(bands)], axis=1)
    return np.asarray(np.diff(areas, axis=0) / (edges[1] - edges[0]), np.float32)


@lru_cache(maxsize=64)
def octave_bank(bands: int, rate_hz: int, window_units: int) -> Floats:
    """Return (bins, bands) weights that share the power of bins among bands, evenly apart in octaves, side by side."""
    corners = np.geomspace(LOWEST_HZ, HIGHEST_HZ, bands + 1)
    edges = bin_edges_hz(rate_hz, window_units)
    below = np.clip(edges[:, None], corners[:-1], corners[1:])
    return np.asarray(np.diff(below, axis=0) / (edges[1] - edges[0]), np.float32)


def _area(hz: NDArray[np.float64], left: Any, middle: Any, right: Any) -> NDArray[np.float64]:
    """Return the area of a triangle of height 1 below each frequency."""
    rising = np.clip(hz, left, middle) - left
    falling = right - np.clip(hz, middle, right)
    whole = (right - left) / 2.0
    fallen = (right - middle) / 2.0 - np.square(falling) / (2.0 * (right - middle))
    below = np.where(hz < middle, np.square(rising) / (2.0 * (middle - left)), (middle - left) / 2.0 + fallen)
    return np.asarray(np.clip(below, 0.0, whole), np.float64)


def decibels(power: Floats) -> Floats:
    """Return powers in dB, none below `FLOOR_DB`."""
    return np.asarray(10.0 * np.log10(np.maximum(power, _FLOOR)), np.float32)
