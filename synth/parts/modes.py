"""A bank of partials that ring at fixed pitches, as a part: each is a rotating number that shrinks.

Partial k at sample n is gain times the imaginary part of (real + i imag)^n, so a sample costs one complex product.
"""

from __future__ import annotations

from typing import Any

from synth.parts.powers import NOTHING


def play_modes(c: Any, state: Any, count: int, age: int, out: Any) -> None:
    """Write the sum of ``count`` partials; ``state`` is their real, then their imaginary parts."""
    gain, real, imag = c[1 : 1 + count], c[1 + count : 1 + 2 * count], c[1 + 2 * count : 1 + 3 * count]
    x, y = state[:count], state[count : 2 * count]
    if age == 0:
        for k in range(count):
            x[k], y[k] = 1.0, 0.0
    for i in range(len(out)):
        total = 0.0
        for k in range(count):
            total += gain[k] * y[k]
            turned = x[k] * real[k] - y[k] * imag[k]
            y[k] = x[k] * imag[k] + y[k] * real[k]
            x[k] = turned
        out[i] = total
    for k in range(count):
        # The shortest partials of a bank are over long before the longest.
        if abs(x[k]) + abs(y[k]) < NOTHING:
            x[k] = y[k] = 0.0


def slopes_modes(c: Any, state: Any, count: int, age: int, pull: Any, slopes: Any, sums: Any) -> None:
    """Add the slopes by the coefficients; ``state`` is that before the chunk.

    It and three rows of ``sums`` are overwritten. The slope of z^n by z is n z^n / z.
    """
    gain, real, imag = c[1 : 1 + count], c[1 + count : 1 + 2 * count], c[1 + 2 * count : 1 + 3 * count]
    x, y = state[:count], state[count : 2 * count]
    if age == 0:
        for k in range(count):
            x[k], y[k] = 1.0, 0.0
    by_gain, by_x, by_y = sums[0, :count], sums[1, :count], sums[2, :count]
    for k in range(count):
        by_gain[k] = by_x[k] = by_y[k] = 0.0
    for i in range(len(pull)):
        p = pull[i]
        at = (age + i) * p
        for k in range(count):
            by_gain[k] += p * y[k]
            by_x[k] += at * x[k]
            by_y[k] += at * y[k]
            turned = x[k] * real[k] - y[k] * imag[k]
            y[k] = x[k] * imag[k] + y[k] * real[k]
            x[k] = turned
    for k in range(count):
        size = real[k] * real[k] + imag[k] * imag[k]
        slopes[1 + k] += by_gain[k]
        slopes[1 + count + k] += gain[k] * (by_y[k] * real[k] - by_x[k] * imag[k]) / size
        slopes[1 + 2 * count + k] += gain[k] * (by_x[k] * real[k] + by_y[k] * imag[k]) / size
