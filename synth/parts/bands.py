"""Tables of single periods with fewer and fewer harmonics, as a wavetable part reads them; made without a compiler."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

POINTS = 2048
"""Of a table."""
MOST_HARMONICS = 512
LEVELS = 19
"""Every second one has half as many harmonics; the last has one."""
NO_TABLES = np.zeros((1, 2, 2))


def harmonics_of(level: int) -> int:
    """Return how many harmonics the tables of a level have."""
    return max(int(MOST_HARMONICS * 2.0 ** (-level / 2.0)), 1)


def banded(tables: ArrayLike) -> NDArray[np.float64]:
    """Return tables as the part reads them: (levels, tables, 2 * (points + 1)), each point's value and slope.

    Parameters
    ----------
    tables : (n, `POINTS`) floats
        At least two, one period each.
    """
    spectra = np.fft.rfft(np.asarray(tables, np.float64), axis=1)
    result = np.zeros((LEVELS, len(spectra), POINTS + 1, 2))
    turns = 2j * np.pi * np.arange(spectra.shape[1]) / POINTS
    for level in range(LEVELS):
        kept = spectra.copy()
        kept[:, harmonics_of(level) + 1 :] = 0.0
        kept[:, 0] = 0.0
        result[level, :, :POINTS, 0] = np.fft.irfft(kept, axis=1)
        result[level, :, :POINTS, 1] = np.fft.irfft(kept * turns, axis=1)
    result[:, :, POINTS] = result[:, :, 0]
    return result.reshape(LEVELS, len(spectra), -1)
