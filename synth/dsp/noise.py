"""White noise as a function of (seed, stroke, sample): any sample of any stroke can be had without the ones before.

A counter goes through a 64-bit mixer (the finaliser of SplitMix64: Steele, Lea and Flood, OOPSLA 2014). A stroke
that is played, rendered from a file or trained on hears the same noise.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from synth.dsp.compiled import compiled

_STEP = np.uint64(0x9E3779B97F4A7C15)
_MIX_1 = np.uint64(0xBF58476D1CE4E5B9)
_MIX_2 = np.uint64(0x94D049BB133111EB)
_30, _27, _31, _11 = np.uint64(30), np.uint64(27), np.uint64(31), np.uint64(11)


@compiled
def mix(x: Any) -> Any:
    """Return uint64 bits that depend evenly on all bits of ``x``."""
    x = (x ^ (x >> _30)) * _MIX_1
    x = (x ^ (x >> _27)) * _MIX_2
    return x ^ (x >> _31)


@compiled
def key_of(seed: Any, stroke: Any) -> Any:
    """Return the key of a stroke's noise; all are uint64."""
    return mix(mix(seed + _STEP) + stroke)


@compiled
def noise_at(key: Any, sample: Any) -> Any:
    """Return noise in -1..1 at ``sample`` of the stroke with ``key``; both are uint64."""
    return (mix(np.uint64(key) + np.uint64(sample) * _STEP) >> _11) * (1.0 / 2**52) - 1.0


def word(number: int) -> np.uint64:
    """Return any Python integer as the 64-bit word that seeds and strokes are."""
    return np.uint64(number % 2**64)


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
    result = np.empty(samples)
    # Compiled code hands a 64-bit word back as a Python integer; half of them do not fit the type it would infer.
    _fill(np.uint64(key_of(word(seed), word(stroke))), result)
    return result


@compiled
def _fill(key: Any, out: NDArray[np.float64]) -> None:
    for sample in range(len(out)):
        out[sample] = noise_at(key, sample)
