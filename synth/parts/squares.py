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


def play_squares(c: Any, count: int, key: Any, white: Any, age: int, out: Any, jumps: Any, step: Any) -> None:
    """Write the sum of ``count`` squares of -1 to 1, each less its mean; ``jumps`` is overwritten.

    A square is where it stands before the first edge that is near, and its edges. What an edge leaves behind is added
    up for all squares at once.
    """
    for i in range(len(out)):
        out[i] = jumps[i] = 0.0
    level = 0.0
    for k in range(count):
        gain, turns, duty = c[1 + k], c[1 + count + k], c[1 + 2 * count + k]
        phase, per_turn = 0.5 + 0.5 * noise_value(key, white, k), 1.0 / turns
        edge, rising = _first_edge(turns, per_turn, duty, phase, age)
        level += gain * _before(rising, duty)
        while True:
            first, fraction = _nearest((edge + (0.0 if rising else duty) - phase) * per_turn)
            if first - age >= len(out):
                break
            size = gain * (2.0 if rising else -2.0)
            _add_step(size, first - age, fraction, out, step)
            over = first - age + 2 * _REACH
            if over < len(out):
                jumps[over] += size
            edge, rising = (edge, False) if rising else (edge + 1.0, True)
    for i in range(len(out)):
        level += jumps[i]
        out[i] += level


def _before(rising: bool, duty: float) -> float:
    """Return where a square stands before an edge, less its mean."""
    return (-1.0 if rising else 1.0) - (2.0 * duty - 1.0)


def _first_edge(turns: float, per_turn: float, duty: float, phase: float, age: int) -> tuple[float, bool]:
    """Return the number and kind of the first edge that is not over by sample ``age``."""
    edge = math.floor(phase + turns * (age - _REACH)) - 1.0
    rising = True
    while _nearest((edge + (0.0 if rising else duty) - phase) * per_turn)[0] + 2 * _REACH <= age:
        edge, rising = (edge, False) if rising else (edge + 1.0, True)
    return edge, rising


def _nearest(at: float) -> tuple[int, float]:
    """Return the first sample that a step in the middle of ``at`` touches, and by how much its table begins later.

    Both follow from where the step is in the stroke, not in the block, so that blocks change no bit.
    """
    first = math.floor(at) - _REACH + 1
    return int(first), first - at + _REACH


def _add_step(size: float, first: int, fraction: float, out: Any, step: Any) -> None:
    """Add a step to the samples that it touches, from ``first`` on, which may lie beyond either end."""
    row, w0, w1, v0, v1 = _weights(fraction)
    low, high = max(first, 0), min(first + 2 * _REACH, len(out))
    near, skipped = out[low:high], low - first
    value, next_value = step[0, row, skipped:], step[0, row + 1, skipped:]
    slope, next_slope = step[1, row, skipped:], step[1, row + 1, skipped:]
    w0, w1, v0, v1 = size * w0, size * w1, size * v0, size * v1
    for i in range(len(near)):
        near[i] += w0 * value[i] + w1 * next_value[i] + v0 * slope[i] + v1 * next_slope[i]


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
    c: Any, count: int, key: Any, white: Any, age: int, pull: Any, slopes: Any, later: Any, step: Any
) -> None:
    """Add the slopes by gain, pitch and duty of each square; ``later``, one longer than the chunk, is overwritten."""
    later[len(pull)] = 0.0
    for i in range(len(pull) - 1, -1, -1):
        later[i] = later[i + 1] + pull[i]
    for k in range(count):
        gain, turns, duty = c[1 + k], c[1 + count + k], c[1 + 2 * count + k]
        phase, per_turn = 0.5 + 0.5 * noise_value(key, white, k), 1.0 / turns
        edge, rising = _first_edge(turns, per_turn, duty, phase, age)
        by_gain, by_turns, by_duty = _before(rising, duty) * later[0], 0.0, -2.0 * later[0]
        while True:
            at = (edge + (0.0 if rising else duty) - phase) * per_turn
            first, fraction = _nearest(at)
            if first - age >= len(pull):
                break
            size = 2.0 if rising else -2.0
            on_step, on_slope = _pull_on_step(first - age, fraction, pull, step)
            by_gain += size * (on_step + later[min(first - age + 2 * _REACH, len(pull))])
            # A later edge takes away from every sample near it.
            by_turns += size * on_slope * at * per_turn
            by_duty -= 0.0 if rising else size * on_slope * per_turn
            edge, rising = (edge, False) if rising else (edge + 1.0, True)
        slopes[1 + k] += by_gain
        slopes[1 + count + k] += gain * by_turns
        slopes[1 + 2 * count + k] += gain * by_duty


def _pull_on_step(first: int, fraction: float, pull: Any, step: Any) -> tuple[float, float]:
    """Return the pull on a step and on its slope per sample, over the samples that it touches."""
    row, w0, w1, v0, v1 = _weights(fraction)
    _, by_w0, by_w1, by_v0, by_v1 = _slope_weights(fraction)
    low = max(first, 0)
    near, skipped = pull[low : first + 2 * _REACH], low - first
    value, next_value = step[0, row, skipped:], step[0, row + 1, skipped:]
    slope, next_slope = step[1, row, skipped:], step[1, row + 1, skipped:]
    on_value, on_next, on_slope, on_next_slope = 0.0, 0.0, 0.0, 0.0
    for i in range(len(near)):
        on_value += near[i] * value[i]
        on_next += near[i] * next_value[i]
        on_slope += near[i] * slope[i]
        on_next_slope += near[i] * next_slope[i]
    on_step = w0 * on_value + w1 * on_next + v0 * on_slope + v1 * on_next_slope
    return on_step, by_w0 * on_value + by_w1 * on_next + by_v0 * on_slope + by_v1 * on_next_slope
