"""Single periods of sound, read at any pitch and blended, as a part: a wavetable oscillator.

Its first coefficients and its envelope are those of a sine with one sweep (`synth.parts.sine`). It reads between two
neighbours of a row of tables, at place + shift w, where w rises with the attack and then falls by its own factor.
``level`` says how many harmonics the tables still have, so that none lies beyond half the sample rate. A table has its
values and its slopes, and between two points runs the cubic that has both.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from synth.parts.bands import POINTS
from synth.parts.sine import AMPLITUDE, COEFFICIENTS, SIZE, fill_envelopes, fill_fall, fill_phases, pull_phase

_PHASE, _FALLEN = 3, 4
_STATE = 3


def play_tables(coefficients: Any, state: Any, age: int, out: Any, rows: Any, tables: Any) -> None:
    """Write the sound; ``rows`` are overwritten, ``tables`` are as `synth.parts.bands.banded` made them."""
    c = coefficients[:SIZE].view(COEFFICIENTS)[0]
    place, shift, fall = coefficients[SIZE], coefficients[SIZE + 1], coefficients[SIZE + 2]
    phase, fallen = rows[_PHASE, : len(out)], rows[_FALLEN, : len(out)]
    amplitude, waves = rows[AMPLITUDE], tables[int(coefficients[SIZE + 3])]
    _fill_place(c, state, fall, age, fallen, phase, rows)
    for i in range(len(out)):
        row, share = _between(place + shift * fallen[i], len(waves))
        at, x = _point(phase[i])
        rest = 1.0 - x
        w0, w1 = (1.0 + 2.0 * x) * rest * rest, x * x * (3.0 - 2.0 * x)
        v0, v1 = x * rest * rest, -x * x * rest
        low = w0 * waves[row, at] + v0 * waves[row, at + 1] + w1 * waves[row, at + 2] + v1 * waves[row, at + 3]
        row += 1
        high = w0 * waves[row, at] + v0 * waves[row, at + 1] + w1 * waves[row, at + 2] + v1 * waves[row, at + 3]
        out[i] = c.gain * amplitude[i] * (low + share * (high - low))


def _fill_place(c: Any, state: Any, fall: float, age: int, fallen: Any, phase: Any, rows: Any) -> None:
    """Write the envelopes, the phase and how far the place has moved."""
    fill_envelopes(c, state, 1, age, len(phase), rows)
    fill_phases(c, 1, age, len(phase), rows, phase)
    rising = int(min(max(c.attack - age, 0.0), float(len(phase))))
    fill_fall(state, _STATE, fall, c.attack, age, rising, fallen)


def _between(place: float, count: int) -> tuple[int, float]:
    """Return the lower of two neighbours, and the share of the other."""
    row = int(min(max(place, 0.0), count - 2.0))
    return row, place - row


def _point(phase: float) -> tuple[int, float]:
    """Return where the point before a phase stands in a table, and how far the phase is beyond it."""
    place = (phase - np.floor(phase)) * POINTS
    point = min(int(place), POINTS - 1)
    return 2 * point, place - point


def slopes_tables(coefficients: Any, state: Any, age: int, pull: Any, slopes: Any, rows: Any, tables: Any) -> None:
    """Add the slopes by the coefficients; ``state`` is that before the chunk; it and ``rows`` are overwritten."""
    c, by = coefficients[:SIZE].view(COEFFICIENTS)[0], slopes[:SIZE].view(COEFFICIENTS)[0]
    place, shift, fall = coefficients[SIZE], coefficients[SIZE + 1], coefficients[SIZE + 2]
    phase, fallen = rows[_PHASE, : len(pull)], rows[_FALLEN, : len(pull)]
    amplitude, waves = rows[AMPLITUDE], tables[int(coefficients[SIZE + 3])]
    _fill_place(c, state, fall, age, fallen, phase, rows)
    gain, decay, by_place, by_shift, by_fall = 0.0, 0.0, 0.0, 0.0, 0.0
    falls = age + 1.0 - c.attack
    for i in range(len(pull)):
        row, share = _between(place + shift * fallen[i], len(waves))
        at, x = _point(phase[i])
        low, low_slope = _read(waves[row], at, x)
        high, high_slope = _read(waves[row + 1], at, x)
        loud, late = pull[i] * amplitude[i], max(falls + i, 0.0)
        on_gain = loud * (low + share * (high - low))
        on_place = c.gain * loud * (high - low)
        gain += on_gain
        decay += on_gain * late
        by_place += on_place
        by_shift += on_place * fallen[i]
        by_fall += on_place * fallen[i] * late
        phase[i] = c.gain * loud * POINTS * (low_slope + share * (high_slope - low_slope))
    by.gain += gain
    by.decay += c.gain * decay / c.decay
    slopes[SIZE] += by_place
    slopes[SIZE + 1] += by_shift
    slopes[SIZE + 2] += shift * by_fall / fall
    pull_phase(c, age, phase, by, rows)


def _read(wave: Any, at: int, x: float) -> tuple[float, float]:
    """Return the cubic at ``x`` beyond a point, and its slope per point."""
    rest = 1.0 - x
    first, first_slope, second, second_slope = wave[at], wave[at + 1], wave[at + 2], wave[at + 3]
    value = (1.0 + 2.0 * x) * rest * rest * first + x * x * (3.0 - 2.0 * x) * second
    value += x * rest * (rest * first_slope - x * second_slope)
    slope = 6.0 * x * rest * (second - first)
    slope += rest * (1.0 - 3.0 * x) * first_slope + x * (3.0 * x - 2.0) * second_slope
    return value, slope
