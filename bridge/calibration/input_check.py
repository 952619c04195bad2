"""Find noise, hum and clipping in an input's sound. Part of ``ghostnote calibrate``."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from synth.dsp.levels import decibels

QUIET_WINDOW_S = 0.1
CLIPPED_SAMPLES = 3
"""As many neighbouring samples at full scale are no peak but clipping."""

HUM_DB = 12.0
"""A mains tone counts as hum if it stands this far out of its surroundings."""


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
    """Return (pitch, level) of mains hum in a quiet stretch, (0, -140) where none stands out."""
    if len(quiet) < sample_rate // 4:
        return 0.0, -140.0
    spectrum = np.abs(np.fft.rfft(quiet * np.hanning(len(quiet)))) * 4.0 / len(quiet)
    bin_hz = sample_rate / len(quiet)
    best = (0.0, -140.0)
    for mains_hz in (50.0, 60.0):
        tones = [spectrum[round(mains_hz * k / bin_hz)] for k in (1, 2, 3)]
        between = [spectrum[round(mains_hz * (k + 0.5) / bin_hz)] for k in (1, 2, 3)]
        level_db = decibels(float(np.max(tones)))
        if level_db > best[1] and level_db - decibels(float(np.median(between))) > HUM_DB:
            best = (mains_hz, level_db)
    return best


def clipped_places(signal: NDArray[np.float32], sample_rate: int, full_scale: float = 1.0) -> int:
    """Return in how many places, 20 ms apart, neighbouring samples stand at full scale."""
    full = np.abs(signal) >= 0.999 * full_scale
    runs = np.flatnonzero(np.convolve(full, np.ones(CLIPPED_SAMPLES), "valid") == CLIPPED_SAMPLES)
    return 0 if not len(runs) else 1 + int(np.count_nonzero(np.diff(runs) > sample_rate // 50))
