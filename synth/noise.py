"""White noise as a function of (seed, stroke, sample): any sample of any stroke can be had without the ones before.

A counter goes through a 64-bit mixer (the finaliser of SplitMix64: Steele, Lea and Flood, OOPSLA 2014). The streaming
voice compiles the same functions, so a stroke that is played, rendered from a file or trained on hears the same noise.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

_STEP = np.uint64(0x9E3779B97F4A7C15)
_MIX_1 = np.uint64(0xBF58476D1CE4E5B9)
_MIX_2 = np.uint64(0x94D049BB133111EB)
_30, _27, _31, _11 = np.uint64(30), np.uint64(27), np.uint64(31), np.uint64(11)


def mix(x: Any) -> Any:
    """Return uint64 bits that depend evenly on all bits of ``x``: uint64, alone or in an array."""
    x = (x ^ (x >> _30)) * _MIX_1
    x = (x ^ (x >> _27)) * _MIX_2
    return x ^ (x >> _31)


def noise_at(key: Any, sample: Any) -> Any:
    """Return noise in -1..1 at ``sample`` (uint64) of the stroke with ``key``."""
    bits = key + sample * _STEP
    bits = (bits ^ (bits >> _30)) * _MIX_1
    bits = (bits ^ (bits >> _27)) * _MIX_2
    return ((bits ^ (bits >> _31)) >> _11) * (1.0 / 2**52) - 1.0


def stroke_key(seed: int, stroke: int) -> np.uint64:
    """Return the key of a stroke's noise; any two Python integers do."""
    words = np.array([seed % 2**64, stroke % 2**64], dtype=np.uint64)
    return np.uint64(mix(mix(words[:1] + _STEP) + words[1:])[0])


def white_noise(seed: int, stroke: int, samples: int) -> NDArray[np.float64]:
    """Return the noise of one stroke, uniform in -1..1.

    Parameters
    ----------
    seed : int
        Of the voice.
    stroke : int
        Counts the strokes since the voice's reset, from 0.
    samples : int
        Length.

    Returns
    -------
    (samples,) float64

    Examples
    --------
    >>> white_noise(seed=0, stroke=3, samples=2).round(6)
    array([0.579351, 0.252819])
    """
    return np.asarray(noise_at(stroke_key(seed, stroke), np.arange(samples, dtype=np.uint64)), dtype=np.float64)
