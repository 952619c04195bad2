"""What a rule does instead of learning: match the mean spectrum, then compress until it is as loud. To compare with.

It follows the baseline of Steinmetz, Bryan and Reiss (JAES 70(9), 2022): a short linear-phase filter takes the smoothed
mean spectrum to the reference's; a compressor of ratio 3, 1 ms, 50 ms and a knee of 6 dB is lowered by half a decibel
until the level is within half a decibel of the reference's. The level is kept here, and is the root mean square.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.signal import fftconvolve, firwin2, savgol_filter

from synth.effects.registry import effect_kind
from synth.effects.running import RunningEffect

Array = NDArray[np.float64]

TAPS, SIZE, SMOOTHED = 63, 8192, 129
MOST_DB = 24.0
RATIO, ATTACK_MS, RELEASE_MS, KNEE_DB = 3.0, 1.0, 50.0, 6.0
STEP_DB, WITHIN_DB, LOWEST_DB = 0.5, 0.5, -60.0


def _mean_spectrum(audio: Array) -> Array:
    """Return the root of the mean power of overlapping windows, smoothed."""
    if len(audio) < SIZE:
        audio = np.pad(audio, (0, SIZE - len(audio)))
    frames = np.lib.stride_tricks.sliding_window_view(audio, SIZE)[:: SIZE // 2]
    power = np.square(np.abs(np.fft.rfft(frames * np.hanning(SIZE)))).mean(0)
    return np.asarray(np.maximum(savgol_filter(np.sqrt(power), SMOOTHED, 2), 1e-9))


def matched(audio: Array, like: Array, rate_hz: float) -> Array:
    """Return a recording with the reference's mean spectrum and level, as far as the rule goes.

    Parameters
    ----------
    audio, like : (samples,) float64
        One channel, of one rate.
    rate_hz : float
        Their rate.
    """
    limit = 10.0 ** (MOST_DB / 20.0)
    ratio = np.clip(_mean_spectrum(like) / _mean_spectrum(audio), 1.0 / limit, limit)
    taps = firwin2(TAPS, np.linspace(0.0, 1.0, len(ratio)), ratio)
    filtered = fftconvolve(audio, taps)[TAPS // 2 : TAPS // 2 + len(audio)]
    return _compressed(filtered, _level_db(like), rate_hz)


def _level_db(audio: Array) -> float:
    return float(10.0 * np.log10(np.square(audio).mean() + 1e-12))


def _compressed(audio: Array, wanted_db: float, rate_hz: float) -> Array:
    """Turn a recording down from the top until it is as loud as wanted; what is softer already stays."""
    kind, out = effect_kind("compressor"), audio
    for threshold in np.arange(0.0, LOWEST_DB - STEP_DB, -STEP_DB):
        if _level_db(out) <= wanted_db + WITHIN_DB:
            break
        values = np.array([threshold, RATIO, ATTACK_MS, RELEASE_MS, KNEE_DB, 0.0])
        out = audio.copy()
        RunningEffect(kind.effect, values, rate_hz, 1).process(out[None], len(out))
    return out
