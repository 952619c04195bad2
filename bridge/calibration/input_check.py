"""Find noise, hum and clipping in an input's sound. Part of ``ghostnote calibrate``."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from synth.dsp.levels import decibels

QUIET_WINDOW_S = 0.1
CLIPPED_SAMPLES = 3
"""As many neighbouring samples at full scale are no peak but clipping."""

HUM_DB = 15.0
"""A mains tone stands out if it lies so far over the middle of the spectrum about it: of white noise, one tone in three
thousand million does so by chance. The 12 dB over three bins that counted before made hum of noise."""

LONE_HUM_DB = 20.0
"""The lowest tone counts without any other if it stands out so far; another counts with a second one only: many a drum
rings at 120 or 150 Hz."""

HEARD_DBFS, UNDER_NOISE_DB = -85.0, 15.0
"""Hum that is softer, or lies so far under the noise about it, nobody hears."""

STEADY_DB = 4.0
"""Hum is as loud in the first half as in the second; what a drum leaves behind fades."""

MAINS_HZ = (50.0, 60.0)
TONES = (1, 2, 3, 4, 5)


def _levels(signal: NDArray[np.float32], sample_rate: int) -> NDArray[np.float64]:
    """Return the RMS of each tenth of a second."""
    step = round(QUIET_WINDOW_S * sample_rate)
    whole = max(len(signal) // step, 1) * step
    padded = np.resize(signal, whole).astype(np.float64)
    return np.asarray(np.sqrt(np.mean(padded.reshape(-1, step) ** 2, axis=1)))


def noise_dbfs(signal: NDArray[np.float32], sample_rate: int) -> float:
    """Return the RMS of the quietest tenth of a second that is typical."""
    return decibels(float(np.percentile(_levels(signal, sample_rate), 5)))


def quietest(signal: NDArray[np.float32], sample_rate: int) -> NDArray[np.float32]:
    """Return the quietest half second."""
    levels = _levels(signal, sample_rate)
    around = np.convolve(levels**2, np.ones(5), "valid") if len(levels) >= 5 else levels**2
    first = int(np.argmin(around)) * round(QUIET_WINDOW_S * sample_rate)
    return signal[first : first + sample_rate // 2]


def hum_of(quiet: NDArray[np.float32], sample_rate: int) -> tuple[float, float]:
    """Return (pitch, level) of mains hum in a quiet stretch, (0, -140) where none can be heard."""
    if len(quiet) < sample_rate // 4:
        return 0.0, -140.0
    found = [(mains_hz, _hum_dbfs(quiet, mains_hz, sample_rate)) for mains_hz in MAINS_HZ]
    return max(((hz, level_db) for hz, level_db in found if level_db > -140.0), key=_level, default=(0.0, -140.0))


def _level(found: tuple[float, float]) -> float:
    return found[1]


def _hum_dbfs(quiet: NDArray[np.float32], mains_hz: float, sample_rate: int) -> float:
    """Return the level of the loudest tone of hum of one pitch, -140 where it is none."""
    tones, over_db = _tones(quiet, mains_hz, sample_rate)
    halves = [_tones(half, mains_hz, sample_rate)[0] for half in (quiet[: len(quiet) // 2], quiet[len(quiet) // 2 :])]
    steady = np.abs(decibels(halves[0]) - decibels(halves[1])) < STEADY_DB
    out = steady & (over_db > HUM_DB)
    if not (np.count_nonzero(out) >= 2 or (out[0] and over_db[0] > LONE_HUM_DB)):
        return -140.0
    level_db = decibels(float(tones[out].max()))
    noise_db = decibels(float(np.std(quiet)))
    return level_db if level_db > max(HEARD_DBFS, noise_db - UNDER_NOISE_DB) else -140.0


def _tones(
    sound: NDArray[np.float32], mains_hz: float, sample_rate: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the amplitude of each of `TONES`, and how many dB it stands over what is 6 to 20 Hz from it."""
    spectrum = np.abs(np.fft.rfft((sound - np.mean(sound)) * np.hanning(len(sound)))) * 4.0 / len(sound)
    bin_hz = sample_rate / len(sound)
    away = np.arange(round(6.0 / bin_hz), round(20.0 / bin_hz) + 1)
    places = [round(mains_hz * tone / bin_hz) for tone in TONES]
    tones = np.array([spectrum[place] for place in places])
    around = np.array([np.median(spectrum[np.concatenate([place - away, place + away])]) for place in places])
    return tones, np.asarray(decibels(tones, 1e-9) - decibels(around, 1e-9))


def clipped_places(signal: NDArray[np.float32], sample_rate: int, full_scale: float = 1.0) -> int:
    """Return in how many places, 20 ms apart, neighbouring samples stand at full scale."""
    full = np.abs(signal) >= 0.999 * full_scale
    runs = np.flatnonzero(np.convolve(full, np.ones(CLIPPED_SAMPLES), "valid") == CLIPPED_SAMPLES)
    return 0 if not len(runs) else 1 + int(np.count_nonzero(np.diff(runs) > sample_rate // 50))
