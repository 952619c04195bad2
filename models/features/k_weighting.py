"""K-weighting (ITU-R BS.1770): the two filters of perceived loudness, for any sample rate."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from synth.dsp.compiled import compiled

Section = tuple[NDArray[np.float64], NDArray[np.float64]]

SHELF_HZ, SHELF_Q, SHELF_DB = 1500.0, 1.0 / math.sqrt(2.0), 4.0
HIGHPASS_HZ, HIGHPASS_Q = 38.0, 0.5


def k_weighting(sample_rate: int) -> tuple[Section, Section]:
    """Return (numerator, denominator), (3,) each, of the high shelf and of the high-pass.

    >>> k_weighting(48_000)[0][0].round(6)
    array([ 1.535183, -2.691804,  1.198426])
    """
    return _high_shelf(sample_rate), _high_pass(sample_rate)


def k_weighted(audio: NDArray[np.float64], sample_rate: int) -> NDArray[np.float64]:
    """Return audio through both filters, along the last axis, from rest.

    Not by `scipy.signal.lfilter`, which this equals: importing that takes 1.1 s, a twentieth of a whole training.

    Parameters
    ----------
    audio : (..., n) float64
    sample_rate : int
        Hz.

    Returns
    -------
    (..., n) float64
    """
    rows = np.array(audio, dtype=np.float64).reshape(-1, np.shape(audio)[-1])
    for numerator, denominator in k_weighting(sample_rate):
        _filter(rows, numerator, denominator)
    return rows.reshape(np.shape(audio))


@compiled
def _filter(rows, numerator, denominator):  # type: ignore[no-untyped-def]
    """Run each row through a second-order section, in place: direct form II, transposed."""
    for row in range(rows.shape[0]):
        first, second = 0.0, 0.0
        for index in range(rows.shape[1]):
            x = rows[row, index]
            y = numerator[0] * x + first
            first = numerator[1] * x - denominator[1] * y + second
            second = numerator[2] * x - denominator[2] * y
            rows[row, index] = y


def _high_shelf(sample_rate: int) -> Section:
    root = 10 ** (SHELF_DB / 40)
    turn = 2 * math.pi * SHELF_HZ / sample_rate
    cosine, slope = math.cos(turn), math.sqrt(root) * math.sin(turn) / SHELF_Q
    above, below = root + 1 + (root - 1) * cosine, root + 1 - (root - 1) * cosine
    numerator = root * np.array([above + slope, -2 * (root - 1 + (root + 1) * cosine), above - slope])
    denominator = np.array([below + slope, 2 * (root - 1 - (root + 1) * cosine), below - slope])
    return numerator / denominator[0], denominator / denominator[0]


def _high_pass(sample_rate: int) -> Section:
    turn = 2 * math.pi * HIGHPASS_HZ / sample_rate
    cosine, alpha = math.cos(turn), math.sin(turn) / (2 * HIGHPASS_Q)
    numerator = np.array([(1 + cosine) / 2, -(1 + cosine), (1 + cosine) / 2])
    denominator = np.array([1 + alpha, -2 * cosine, 1 - alpha])
    return numerator / denominator[0], denominator / denominator[0]
