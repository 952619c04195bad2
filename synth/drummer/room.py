"""What a microphone adds to the drum: reflections of the room, mains hum, a noise floor."""

from __future__ import annotations

import zlib

import numpy as np
from scipy import fft

from synth.drummer.resonance import Floats, convolved
from synth.dsp.levels import gain


def in_room(dry: Floats, level_db: float, decay_s: float, rate: float, place: str) -> Floats:
    """Return the sound with its reflections: (samples,) in and out, the direct sound untouched.

    Parameters
    ----------
    dry : (samples,) float64
        At the microphone, without a room.
    level_db : float
        Energy of everything reflected against the direct sound's.
    decay_s : float
        Time in which the room falls by 60 dB.
    rate : float
        Hz.
    place : str
        Names the microphone's place: the same place hears the same reflections.
    """
    answer = _answer(level_db, decay_s, rate, np.random.default_rng(zlib.crc32(place.encode())))
    return dry + convolved(dry, answer)


def _answer(level_db: float, decay_s: float, rate: float, rng: np.random.Generator) -> Floats:
    """Return eight early reflections and a tail of dark noise, (samples,)."""
    early_s, early = np.sort(rng.uniform(0.0025, 0.03, 8)), rng.choice([-1, 1], 8) * rng.uniform(0.5, 1, 8)
    time = np.arange(int(0.9 * decay_s * rate)) / rate
    tail = rng.standard_normal(len(time)) * 10 ** (-3 * time / decay_s) * np.clip((time - 0.004) / 0.02, 0, 1)
    tail /= np.sqrt(np.sum(tail**2))
    answer = tail.copy()
    answer[np.round(early_s * rate).astype(int)] += early * (0.0025 / early_s) / np.sqrt(2)
    spectrum = fft.rfft(answer)
    freq_hz = fft.rfftfreq(len(answer), 1 / rate)
    answer = fft.irfft(spectrum / (1 + (freq_hz / 3500.0) ** 2), len(answer))
    answer[: int(0.002 * rate)] = 0.0
    return np.asarray(answer * gain(level_db) / np.sqrt(np.sum(answer**2)))


def mains_hum(samples: int, hum_hz: float, level_dbfs: float, rate: float) -> Floats:
    """Return hum: its fundamental peaks at ``level_dbfs``, harmonics above it fall.

    Parameters
    ----------
    samples : int
        Length.
    hum_hz : float
        The fundamental: 50 or 60.
    level_dbfs : float
        Its peak.
    rate : float
        Hz.

    Returns
    -------
    (samples,) float64
    """
    phase = 2 * np.pi * hum_hz * np.arange(samples) / rate
    parts = ((1, 1.0), (2, 0.35), (3, 0.5), (4, 0.12), (5, 0.25), (7, 0.12), (9, 0.06))
    return np.asarray(gain(level_dbfs) * sum(share * np.sin(k * phase + k) for k, share in parts))
