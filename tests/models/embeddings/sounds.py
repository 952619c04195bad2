"""Sounds in formulas, so that they can be had at any sample rate."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

RATE_HZ = 22_050


def tone(hz: float, rate_hz: int = RATE_HZ, seconds: float = 1.0, fade_s: float = 0.0) -> NDArray[np.float32]:
    """Return a sine of full scale that fades by 60 dB in ``fade_s``; 0: it does not fade."""
    now = np.arange(round(seconds * rate_hz)) / rate_hz
    fade = 10.0 ** (-3.0 * now / fade_s) if fade_s else 1.0
    return np.asarray(np.sin(2.0 * np.pi * hz * now) * fade, np.float32)


def tremolo(rate_of_tremolo_hz: float, hz: float = 440.0, seconds: float = 2.0) -> NDArray[np.float32]:
    """Return a sine whose level goes up and down."""
    now = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    level = 0.6 + 0.4 * np.cos(2.0 * np.pi * rate_of_tremolo_hz * now)
    return np.asarray(tone(hz, seconds=seconds) * level, np.float32)


def stroke(rate_hz: int) -> NDArray[np.float32]:
    """Return something like a stroke, without anything above 4 kHz."""
    partials = ((180.0, 0.5, 0.4), (333.0, 0.3, 0.2), (1200.0, 0.1, 0.1), (3900.0, 0.05, 0.05))
    parts = [level * tone(hz, rate_hz, 1.0, fade_s) for hz, level, fade_s in partials]
    return np.asarray(np.sum(parts, axis=0), np.float32)


def noise(sounds: int, samples: int = RATE_HZ, seed: int = 0) -> NDArray[np.float32]:
    """Return white noise, -20 dB below full scale."""
    return (0.1 * np.random.default_rng(seed).standard_normal((sounds, samples))).astype(np.float32)
