"""Decibels and amplitudes, of numbers and of arrays. Full scale is 1, or 0 dB."""

from __future__ import annotations

import math
from typing import overload

import numpy as np
from numpy.typing import NDArray

FLOOR = 1e-7
"""An amplitude below this counts as this: silence is -140 dB."""

Floats = NDArray[np.floating]


@overload
def gain(level_db: float) -> float: ...
@overload
def gain(level_db: Floats) -> NDArray[np.float64]: ...
def gain(level_db: float | Floats) -> float | NDArray[np.float64]:
    """Return the amplitude of a level.

    >>> gain(-20.0)
    0.1
    """
    return 10 ** (level_db / 20)


@overload
def decibels(amplitude: float, floor: float = FLOOR) -> float: ...
@overload
def decibels(amplitude: Floats, floor: float = FLOOR) -> NDArray[np.float64]: ...
def decibels(amplitude: float | Floats, floor: float = FLOOR) -> float | NDArray[np.float64]:
    """Return the level of an amplitude, and that of ``floor`` for what is softer.

    >>> decibels(0.1)
    -20.0
    >>> decibels(np.array([1.0, 0.0])).tolist()
    [0.0, -140.0]
    """
    if isinstance(amplitude, np.ndarray):
        return 20.0 * np.log10(np.maximum(amplitude, floor, dtype=np.float64))
    return 20.0 * math.log10(max(float(amplitude), floor))
