"""A sine through a shape that bends it, as a part: f(a sin) + cos g(a sin), whose index ``a`` opens with the stroke.

Its first coefficients and its envelope are those of a sine with one sweep (`synth.parts.sine`). f and g are odd: series
of the Chebyshev polynomials 1, 3, 5... The m-th makes nothing above the harmonic m of f, m + 1 of g, whatever the
index, so a series that stops in time folds nothing back. (Le Brun, 1979.) f alone makes the odd harmonics, and g
the even ones: an even shape would make them, too, but with a constant part that moves with the index. The index is
rest + span w, where w rises with the attack and then falls by its own factor; it must stay within -1 to 1.
"""

from __future__ import annotations

import math
from typing import Any

from synth.dsp.formulas import sine_cosine
from synth.parts.sine import AMPLITUDE, COEFFICIENTS, SIZE, fill_envelopes, fill_fall, fill_phases, pull_phase

_PHASE, _FALLEN, _FACTOR, _ONE, _TWO, _STRAIGHT, _QUARTER_ON, _F, _G, _ON, _ON_G, _WEIGHTS, _BENT = range(3, 16)
_STATE = 3
_OWN = SIZE + 3


def play_shaper(coefficients: Any, state: Any, count: int, age: int, out: Any, rows: Any) -> None:
    """Write the sound of two series of ``count`` terms; ``rows`` are overwritten."""
    c = coefficients[:SIZE].view(COEFFICIENTS)[0]
    series = coefficients[_OWN:]
    _fill_sine(c, coefficients, state, age, len(out), rows)
    _begin_first_kind(rows, len(out))
    _sum_up(series[:count], rows, len(out), rows[_F])
    _begin_first_kind(rows, len(out))
    _sum_up(series[count : 2 * count], rows, len(out), rows[_G])
    amplitude, f, g, quarter_on = rows[AMPLITUDE], rows[_F], rows[_G], rows[_QUARTER_ON]
    for i in range(len(out)):
        out[i] = c.gain * amplitude[i] * (f[i] + quarter_on[i] * g[i])


def _fill_sine(c: Any, coefficients: Any, state: Any, age: int, count: int, rows: Any) -> None:
    """Write the envelopes, the phase, how far the index is open, the sine and the cosine."""
    phase, fallen = rows[_PHASE, :count], rows[_FALLEN, :count]
    straight, quarter_on = rows[_STRAIGHT], rows[_QUARTER_ON]
    rest, span, fall = coefficients[SIZE], coefficients[SIZE + 1], coefficients[SIZE + 2]
    fill_envelopes(c, state, 1, age, count, rows)
    fill_phases(c, 1, age, count, rows, phase)
    rising = int(min(max(c.attack - age, 0.0), float(count)))
    fill_fall(state, _STATE, fall, c.attack, age, rising, fallen)
    factor, bent = rows[_FACTOR], rows[_BENT]
    for i in range(count):
        straight[i], quarter_on[i] = sine_cosine(phase[i])
    for i in range(count):
        bent[i] = (rest + span * fallen[i]) * straight[i]
    for i in range(count):
        factor[i] = 4.0 * bent[i] * bent[i] - 2.0


def _begin_first_kind(rows: Any, count: int) -> None:
    """Write the polynomials 1 and -1 of the first kind: both are their number itself."""
    one, two, bent = rows[_ONE], rows[_TWO], rows[_BENT]
    for i in range(count):
        one[i], two[i] = bent[i], bent[i]


def _sum_up(weights: Any, rows: Any, count: int, total: Any) -> None:
    """Write the sum of polynomials, weighed: each is the factor times the one before, less the one before that."""
    factor, one, two = rows[_FACTOR], rows[_ONE], rows[_TWO]
    for i in range(count):
        total[i] = 0.0
    fours = len(weights) - len(weights) % 4
    for k in range(0, fours, 4):
        w0, w1, w2, w3 = weights[k], weights[k + 1], weights[k + 2], weights[k + 3]
        for i in range(count):
            t0 = one[i]
            t1 = factor[i] * t0 - two[i]
            t2 = factor[i] * t1 - t0
            t3 = factor[i] * t2 - t1
            total[i] += w0 * t0 + w1 * t1 + w2 * t2 + w3 * t3
            two[i] = t3
            one[i] = factor[i] * t3 - t2
    for k in range(fours, len(weights)):
        for i in range(count):
            t0 = one[i]
            total[i] += weights[k] * t0
            one[i] = factor[i] * t0 - two[i]
            two[i] = t0


def slopes_shaper(coefficients: Any, state: Any, count: int, age: int, pull: Any, slopes: Any, rows: Any) -> None:
    """Add the slopes by the coefficients; ``state`` is that before the chunk; it and ``rows`` are overwritten."""
    c, by = coefficients[:SIZE].view(COEFFICIENTS)[0], slopes[:SIZE].view(COEFFICIENTS)[0]
    series, by_series = coefficients[_OWN:], slopes[_OWN:]
    _fill_sine(c, coefficients, state, age, len(pull), rows)
    _begin_first_kind(rows, len(pull))
    _sum_up(series[:count], rows, len(pull), rows[_F])
    _begin_first_kind(rows, len(pull))
    _sum_up(series[count : 2 * count], rows, len(pull), rows[_G])
    _pull_amplitude(c, age, pull, by, rows)
    _begin_first_kind(rows, len(pull))
    _pull_series(by_series[:count], by_series[count : 2 * count], rows, len(pull))
    g, on_g, straight, phase = rows[_G], rows[_ON_G], rows[_STRAIGHT], rows[_PHASE, : len(pull)]
    on, quarter_on = rows[_ON], rows[_QUARTER_ON]
    for i in range(len(pull)):
        phase[i] = -2.0 * math.pi * on[i] * g[i] * straight[i]
    _sum_slopes(series, count, rows, len(pull))
    rest, span, fall = coefficients[SIZE], coefficients[SIZE + 1], coefficients[SIZE + 2]
    by_rest, by_span, by_fall, falls = 0.0, 0.0, 0.0, age + 1.0 - c.attack
    f, fallen = rows[_F], rows[_FALLEN]
    for i in range(len(pull)):
        on_bent = on[i] * f[i] + on_g[i] * g[i]
        on_index = on_bent * straight[i]
        by_rest += on_index
        by_span += on_index * fallen[i]
        by_fall += on_index * fallen[i] * max(falls + i, 0.0)
        phase[i] += 2.0 * math.pi * on_bent * (rest + span * fallen[i]) * quarter_on[i]
    slopes[SIZE] += by_rest
    slopes[SIZE + 1] += by_span
    slopes[SIZE + 2] += span * by_fall / fall
    pull_phase(c, age, phase, by, rows)


def _pull_amplitude(c: Any, age: int, pull: Any, by: Any, rows: Any) -> None:
    """Add the slopes by gain and decay, and write the pull on both sums."""
    amplitude, quarter_on = rows[AMPLITUDE], rows[_QUARTER_ON]
    f, g, on, on_g = rows[_F], rows[_G], rows[_ON], rows[_ON_G]
    gain, decay, falls = 0.0, 0.0, age + 1.0 - c.attack
    for i in range(len(pull)):
        loud = pull[i] * amplitude[i]
        bent = f[i] + quarter_on[i] * g[i]
        gain += loud * bent
        decay += loud * bent * max(falls + i, 0.0)
    for i in range(len(pull)):
        on[i] = c.gain * pull[i] * amplitude[i]
    for i in range(len(pull)):
        on_g[i] = on[i] * quarter_on[i]
    by.gain += gain
    by.decay += c.gain * decay / c.decay


def _pull_series(by_odd: Any, by_even: Any, rows: Any, count: int) -> None:
    """Add the slopes by the terms: the pull times each polynomial."""
    factor, one, two, on, on_g = rows[_FACTOR], rows[_ONE], rows[_TWO], rows[_ON], rows[_ON_G]
    pairs = len(by_odd) - len(by_odd) % 2
    for k in range(0, pairs, 2):
        f0, f1, g0, g1 = 0.0, 0.0, 0.0, 0.0
        for i in range(count):
            t0 = one[i]
            t1 = factor[i] * t0 - two[i]
            f0 += on[i] * t0
            f1 += on[i] * t1
            g0 += on_g[i] * t0
            g1 += on_g[i] * t1
            two[i] = t1
            one[i] = factor[i] * t1 - t0
        by_odd[k] += f0
        by_odd[k + 1] += f1
        by_even[k] += g0
        by_even[k + 1] += g1
    for k in range(pairs, len(by_odd)):
        f0, g0 = 0.0, 0.0
        for i in range(count):
            f0 += on[i] * one[i]
            g0 += on_g[i] * one[i]
        by_odd[k] += f0
        by_even[k] += g0


def _sum_slopes(series: Any, count: int, rows: Any, samples: int) -> None:
    """Write the slopes of both sums: that of the m-th polynomial is m times the one before it of the second kind."""
    weights = rows[_WEIGHTS]
    for k in range(count):
        weights[k] = (2.0 * k + 1.0) * series[k]
        weights[count + k] = (2.0 * k + 1.0) * series[count + k]
    _begin_second_kind(rows, samples)
    _sum_up(weights[:count], rows, samples, rows[_F])
    _begin_second_kind(rows, samples)
    _sum_up(weights[count : 2 * count], rows, samples, rows[_G])


def _begin_second_kind(rows: Any, count: int) -> None:
    """Write the polynomials 0 and -2 of the second kind."""
    one, two = rows[_ONE], rows[_TWO]
    for i in range(count):
        one[i], two[i] = 1.0, -1.0
