"""The low-passes between the sample rate and four times it: of minimum phase, so that a stroke stays in time.

Upwards few taps do, since what is bent hardest is low: to 0.27 of the rate all passes, and from 0.73 on nothing does.
Downwards all passes to 0.35, and what would fold back, from 0.5 on, is 60 dB down.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

TIMES = 4
UP, DOWN = 8, 24
"""Taps for each of the samples that stand for one."""
HISTORY = UP + DOWN - 1
"""Samples before a chunk that are heard in it."""

_BETA = 5.65
"""Of a Kaiser window: 60 dB."""


def _low_pass(taps: int, middle: float) -> NDArray[np.float64]:
    """Return a low-pass of minimum phase, whose taps add up to 1; ``middle`` of the slope is in parts of the rate."""
    n = np.arange(taps) - 0.5 * (taps - 1)
    even = np.sinc(2.0 * middle / TIMES * n) * np.kaiser(taps, _BETA)
    # The phase that belongs to a magnitude follows from its logarithm: what is before zero in its cepstrum folds over.
    size = 1 << 14
    cepstrum = np.fft.ifft(np.log(np.abs(np.fft.fft(even / even.sum(), size)) + 1e-5)).real
    cepstrum[1 : size // 2] *= 2.0
    cepstrum[size // 2 + 1 :] = 0.0
    least = np.fft.ifft(np.exp(np.fft.fft(cepstrum))).real[:taps]
    return np.asarray(least / least.sum())


UPWARDS: NDArray[np.float64] = TIMES * _low_pass(TIMES * UP, 0.5)
DOWNWARDS: NDArray[np.float64] = _low_pass(TIMES * DOWN, 0.42)
