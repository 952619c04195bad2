"""What is measured of a hit before a voice is fitted to it: its partials, its pitch, how long it rings. numpy only."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

RATE_HZ = 48_000
"""Sounds are compared at this rate."""

LOWEST_HZ, HIGHEST_HZ = 20.0, 16_000.0
MOST_PARTIALS = 6

_ATTACK_S = 0.005
_LONGEST_S = 0.4
_TRANSFORM = 1 << 16
_WEAKEST = 0.01
"""Of the strongest partial's magnitude: -40 dB."""
_CLEAR_DB = 15.0
"""So far a partial stands out of an octave on either side; the highest peak of noise does by 11 dB."""
_CLEAR_SHARE = 0.5

Samples = NDArray[np.floating[Any]]


def partials_hz(audio: Samples) -> NDArray[np.float64]:
    """Return the frequencies of a hit's strongest partials, the strongest first.

    Parameters
    ----------
    audio : (n,) floats
        From the onset on, at `RATE_HZ`.
    """
    return _found(*_spectrum(audio))


def clear_pitch_hz(audio: Samples) -> float | None:
    """Return the frequency of a hit's strongest partial; None where none stands out.

    Parameters
    ----------
    audio : (n,) floats
        From the onset on, at `RATE_HZ`.
    """
    frequencies, magnitudes, width_hz = _spectrum(audio)
    strongest = int(magnitudes.argmax())
    if not magnitudes[strongest]:
        return None
    pitch_hz = float(frequencies[strongest])
    apart = np.abs(np.log2(frequencies / pitch_hz))
    near = np.abs(frequencies - pitch_hz) < max(width_hz, 0.03 * pitch_hz)
    around = magnitudes[(apart < 1.0) & ~near]
    power = np.square(magnitudes)
    over_db = 20.0 * np.log10(magnitudes[strongest] / (np.median(around) + 1e-12)) if len(around) else 0.0
    clear = over_db > _CLEAR_DB or power[near].sum() > _CLEAR_SHARE * power.sum()
    return pitch_hz if clear else None


def _spectrum(audio: Samples) -> tuple[Samples, Samples, float]:
    """Return frequencies, magnitudes, and the width of a peak in Hz, of a hit behind its attack."""
    skipped = min(round(_ATTACK_S * RATE_HZ), len(audio) // 4)
    part = np.asarray(audio[skipped : skipped + round(_LONGEST_S * RATE_HZ)], np.float64)
    falling = np.hanning(2 * len(part) + 1)[len(part) + 1 :]  # a hit is loudest where it begins
    magnitudes = np.abs(np.fft.rfft(part * falling, _TRANSFORM))
    frequencies = np.fft.rfftfreq(_TRANSFORM, 1.0 / RATE_HZ)
    heard = (frequencies >= LOWEST_HZ) & (frequencies <= HIGHEST_HZ)
    return frequencies[heard], magnitudes[heard], 2.0 * RATE_HZ / max(len(part), 1)


def _found(frequencies: Samples, magnitudes: Samples, width_hz: float) -> NDArray[np.float64]:
    left, found = magnitudes.copy(), list[float]()
    while len(found) < MOST_PARTIALS and left.max() > _WEAKEST * magnitudes.max():
        frequency = float(frequencies[int(left.argmax())])
        found.append(frequency)
        left[np.abs(frequencies - frequency) < max(width_hz, 0.06 * frequency)] = 0.0
    return np.array(found)


def decay_ms(audio: Samples) -> float:
    """Return how long a hit takes to fall by 60 dB, from its fall by 3 to 25 dB.

    Parameters
    ----------
    audio : (n,) floats
        From the onset on, at `RATE_HZ`.
    """
    left = np.cumsum(np.square(np.asarray(audio[::-1], np.float64)))[::-1]
    left_db = 10.0 * np.log10(left / left[0] + 1e-12)
    begins, ends = int(np.argmax(left_db < -3.0)), int(np.argmax(left_db < -25.0)) or len(audio) - 1
    fallen_db = left_db[begins] - left_db[ends]
    return max(float(1000.0 * 60.0 * (ends - begins) / RATE_HZ / max(fallen_db, 1.0)), 5.0)


def falls_to_s(audio: Samples, level_db: float) -> float:
    """Return when a hit falls for good to a level under its loudest moment, in s.

    Parameters
    ----------
    audio : (n,) floats
        From the onset on, at `RATE_HZ`.
    level_db : float
        Below 0.
    """
    hop = RATE_HZ // 200
    padded = np.pad(np.abs(np.asarray(audio, np.float64)), (0, -len(audio) % hop))
    peaks = padded.reshape(-1, hop).max(1)
    return float(np.flatnonzero(peaks >= 10.0 ** (level_db / 20.0) * peaks.max()).max() + 1) * hop / RATE_HZ


def third_octaves_db(audio: Samples) -> NDArray[np.float64]:
    """Return the power of a sound in third octaves from 30 Hz to 16 kHz, dB."""
    size = max(len(audio), 4096)
    power = np.square(np.abs(np.fft.rfft(audio, size)))
    frequencies = np.fft.rfftfreq(size, 1.0 / RATE_HZ)
    edges = 30.0 * 2.0 ** (np.arange(29) / 3)
    sums = [power[(frequencies >= low) & (frequencies < high)].sum() for low, high in pairwise(edges)]
    return 10.0 * np.log10(np.array(sums) + 1e-20)
