"""The shapes that ship with the shaper: each is the harmonics of a sine at full index, as two series.

warm bends like a tube, fold turns back on itself, buzz has every harmonic, hollow every fourth, metal a few that lie
far apart. Whatever the index and the phase, no shape goes beyond 1.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from numpy.polynomial.chebyshev import chebfit, chebval
from numpy.typing import NDArray

TERMS = 16
"""Of a series: the polynomials 1, 3 ... 31."""


def shape_of(harmonics: Mapping[int, float]) -> NDArray[np.float64]:
    """Return both series, (2, `TERMS`), of a shape that turns a whole sine into these harmonics, 1 to 32, all sines.

    The m-th polynomial of a sine is its harmonic m, upside down where m is 3, 7, 11...; times the cosine it is half of
    harmonic m + 1 and half of m - 1.
    """
    signs = np.where(np.arange(TERMS) % 2 == 0, 1.0, -1.0)
    levels = np.array([harmonics.get(h, 0.0) for h in range(1, 2 * TERMS + 1)])
    even = np.zeros(TERMS + 1)
    for k in reversed(range(TERMS)):
        even[k] = 2.0 * levels[2 * k + 1] - even[k + 1]
    return _levelled(np.array([signs * levels[0::2], signs * even[:TERMS]]))


def shape_through(curve: Callable[[NDArray[np.float64]], NDArray[np.float64]]) -> NDArray[np.float64]:
    """Return both series of an odd curve over -1 to 1; the second is zero."""
    return _levelled(np.array([_odd_series(curve), np.zeros(TERMS)]))


def _odd_series(curve: Callable[[NDArray[np.float64]], NDArray[np.float64]]) -> NDArray[np.float64]:
    x = np.cos(np.pi * (np.arange(256) + 0.5) / 256)
    return np.asarray(chebfit(x, curve(x), 2 * TERMS)[1::2])


def _levelled(series: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return a shape whose highest peak, at any index, is 1."""
    angles, index = np.linspace(0.0, 2.0 * np.pi, 721)[:, None], np.linspace(0.0, 1.0, 41)
    bent = index * np.sin(angles)
    terms = np.zeros((2, 2 * TERMS))
    terms[:, 1::2] = series
    peak = np.abs(chebval(bent, terms[0]) + np.cos(angles) * chebval(bent, terms[1])).max()
    return np.asarray(series / peak)


def extended(shapes: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return shapes with one more at either end, on the line through the two that are last there."""
    first, last = 2.0 * shapes[0] - shapes[1], 2.0 * shapes[-1] - shapes[-2]
    return np.concatenate([first[None], shapes, last[None]])


SHAPES: NDArray[np.float64] = np.array(
    [
        shape_through(lambda x: np.tanh(3.0 * x)),
        shape_through(lambda x: np.sin(11.0 * x)),
        shape_of({h: np.sinc(h / 33.0) / h for h in range(1, 33)}),
        shape_of({1: 1.0, 5: 0.6, 9: -0.4, 13: 0.3, 17: -0.2}),
        shape_of({1: 1.0, 4: 0.35, 7: 0.5, 11: -0.5, 18: 0.4, 29: -0.3}),
    ]
)
"""(shapes, 2, terms): warm, fold, buzz, hollow, metal."""
