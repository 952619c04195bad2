"""A bank of band-limited squares as a part: oscillators that run freely, and so meet a stroke in any phase.

Each edge is a step that has been band-limited: a windowed sinc, summed up, kept as a table with its slopes. A sample
is where its oscillator stands plus what the edges near it add, so it costs little and any pitch has exact slopes.
(Band-limited steps: Brandt, ICMC 2001.)
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synth.parts.noise import noise_value

_REACH = 16
_PHASES = 64
_PASSED = 0.435
"""Of the sample rate: the middle of the slope of a step's low-pass."""
_WINDOW_BETA = 7.0


def _step_table() -> NDArray[np.float64]:
    """Return the band-limited step and its slope: (2, phases + 1, 2 reach), a row for each fraction of a sample."""
    fine = np.arange(-_REACH * _PHASES, _REACH * _PHASES + 1) / _PHASES
    window = np.i0(_WINDOW_BETA * np.sqrt(np.maximum(1.0 - (fine / _REACH) ** 2, 0.0))) / np.i0(_WINDOW_BETA)
    impulse = 2.0 * _PASSED * np.sinc(2.0 * _PASSED * fine) * window
    # The integral of the cubic through the impulse's values and slopes; its end is brought to exactly one.
    rises = np.gradient(impulse, 1.0 / _PHASES)
    areas = (impulse[1:] + impulse[:-1]) / (2.0 * _PHASES) - (rises[1:] - rises[:-1]) / (12.0 * _PHASES**2)
    step = np.concatenate([[0.0], np.cumsum(areas)])
    impulse /= step[-1]
    step /= step[-1]
    table = np.zeros((2, _PHASES + 1, 2 * _REACH))
    for row in range(_PHASES + 1):
        table[0, row] = step[row::_PHASES][: 2 * _REACH]
        table[1, row] = impulse[row::_PHASES][: 2 * _REACH]
    return table


STEP = _step_table()


def play_squares(c: Any, count: int, key: Any, white: Any, age: int, out: Any, wave: Any, step: Any) -> None:
    """Write the sum of ``count`` squares of -1 to 1, each less its mean; ``wave`` is overwritten."""
    for i in range(len(out)):
        out[i] = 0.0
    for k in range(count):
        gain, turns, duty = c[1 + k], c[1 + count + k], c[1 + 2 * count + k]
        phase = 0.5 + 0.5 * noise_value(key, white, k)
        _play_square(turns, duty, phase, age, wave[: len(out)], step)
        mean = 2.0 * duty - 1.0
        for i in range(len(out)):
            out[i] += gain * (wave[i] - mean)


def _play_square(turns: float, duty: float, phase: float, age: int, wave: Any, step: Any) -> None:
    """Write one square: where it stands before the first edge that is near, and the edges in the order of time."""
    edge, rising = _first_edge(turns, duty, phase, age)
    before = -1.0 if rising else 1.0
    for i in range(len(wave)):
        wave[i] = before
    while True:
        at = (edge + (0.0 if rising else duty) - phase) / turns
        first, fraction = _nearest(at)
        if first - age >= len(wave):
            return
        _add_step(2.0 if rising else -2.0, first - age, fraction, wave, step)
        edge, rising = (edge, False) if rising else (edge + 1.0, True)


def _first_edge(turns: float, duty: float, phase: float, age: int) -> tuple[float, bool]:
    """Return the number and kind of the first edge that is not over by sample ``age``."""
    edge = math.floor(phase + turns * (age - _REACH)) - 1.0
    rising = True
    while _nearest((edge + (0.0 if rising else duty) - phase) / turns)[0] + 2 * _REACH <= age:
        edge, rising = (edge, False) if rising else (edge + 1.0, True)
    return edge, rising


def _nearest(at: float) -> tuple[int, float]:
    """Return the first sample that a step in the middle of ``at`` touches, and by how much its table begins later.

    Both follow from where the step is in the stroke, not in the block, so that blocks change no bit.
    """
    first = math.floor(at) - _REACH + 1
    return int(first), first - at + _REACH


def _add_step(size: float, first: int, fraction: float, wave: Any, step: Any) -> None:
    """Add a step that touches the samples from ``first`` on, which may lie beyond either end."""
    row, w0, w1, v0, v1 = _weights(fraction)
    low, high = max(first, 0), min(first + 2 * _REACH, len(wave))
    near, skipped = wave[low:high], low - first
    value, next_value = step[0, row, skipped:], step[0, row + 1, skipped:]
    slope, next_slope = step[1, row, skipped:], step[1, row + 1, skipped:]
    for i in range(len(near)):
        near[i] += size * (w0 * value[i] + w1 * next_value[i] + v0 * slope[i] + v1 * next_slope[i])
    after = wave[max(first + 2 * _REACH, 0) :]
    for i in range(len(after)):
        after[i] += size


def _weights(fraction: float) -> tuple[int, float, float, float, float]:
    """Return a row of the table and what the cubic takes of its values and slopes and of the next row's."""
    place = fraction * _PHASES
    row = min(int(place), _PHASES - 1)
    x = place - row
    rest = 1.0 - x
    by_slope, by_next_slope = x * rest * rest / _PHASES, -x * x * rest / _PHASES
    return row, (1.0 + 2.0 * x) * rest * rest, x * x * (3.0 - 2.0 * x), by_slope, by_next_slope


def _slope_weights(fraction: float) -> tuple[int, float, float, float, float]:
    """Return the same for the slope of the cubic, per sample."""
    place = fraction * _PHASES
    row = min(int(place), _PHASES - 1)
    x = place - row
    by_value = 6.0 * x * (1.0 - x) * _PHASES
    return row, -by_value, by_value, (1.0 - x) * (1.0 - 3.0 * x), x * (3.0 * x - 2.0)


def slopes_squares(
    c: Any, count: int, key: Any, white: Any, age: int, pull: Any, slopes: Any, wave: Any, step: Any
) -> None:
    """Add the slopes by gain, pitch and duty of each square; ``wave`` is overwritten."""
    for k in range(count):
        gain, turns, duty = c[1 + k], c[1 + count + k], c[1 + 2 * count + k]
        phase = 0.5 + 0.5 * noise_value(key, white, k)
        _play_square(turns, duty, phase, age, wave[: len(pull)], step)
        mean, by_gain, whole = 2.0 * duty - 1.0, 0.0, 0.0
        for i in range(len(pull)):
            by_gain += pull[i] * (wave[i] - mean)
            whole += pull[i]
        by_turns, by_duty = 0.0, -2.0 * whole
        edge, rising = _first_edge(turns, duty, phase, age)
        while True:
            at = (edge + (0.0 if rising else duty) - phase) / turns
            first, fraction = _nearest(at)
            if first - age >= len(pull):
                break
            # A later edge takes away from every sample near it.
            later = -(2.0 if rising else -2.0) * _pull_on_step(first - age, fraction, pull, step)
            by_turns -= later * at / turns
            by_duty += 0.0 if rising else later / turns
            edge, rising = (edge, False) if rising else (edge + 1.0, True)
        slopes[1 + k] += by_gain
        slopes[1 + count + k] += gain * by_turns
        slopes[1 + 2 * count + k] += gain * by_duty


def _pull_on_step(first: int, fraction: float, pull: Any, step: Any) -> float:
    row, w0, w1, v0, v1 = _slope_weights(fraction)
    low = max(first, 0)
    near, skipped = pull[low : first + 2 * _REACH], low - first
    value, next_value = step[0, row, skipped:], step[0, row + 1, skipped:]
    slope, next_slope = step[1, row, skipped:], step[1, row + 1, skipped:]
    total = 0.0
    for i in range(len(near)):
        total += near[i] * (w0 * value[i] + w1 * next_value[i] + v0 * slope[i] + v1 * next_slope[i])
    return total
