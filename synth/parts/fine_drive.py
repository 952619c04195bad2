"""Saturation at four times the rate, for what would fold back: as `synth.parts.drive`, three samples later.

Between two of the finer samples the signal is a line, and what a line gives is the mean of the tanh along it: the
difference of its integral, log cosh, over that of the signal (Parker, Zavalishin and Le Bivic, DAFx-16). That adds the
zero of a moving mean to the low-pass, where most of what is left would fold back to.
"""

from __future__ import annotations

from typing import Any

from synth.dsp.formulas import log_cosh, saturate, saturation
from synth.parts.oversampling import DOWN, DOWNWARDS, HISTORY, TIMES, UP, UPWARDS

_EXT, _X, _SUM, _MEAN = 0, 1, 1 + TIMES, 1 + 2 * TIMES
_PULL, _PULL_X, _PULL_EXT = 1 + 3 * TIMES, 1 + 4 * TIMES, 1 + 5 * TIMES
_NEAR = 0.005
"""Nearer samples than this have the mean by two terms of its series in their distance."""


def play_fine_drive(c: Any, state: Any, given: Any, out: Any, rows: Any) -> None:
    """Bend ``given`` to ``out``; ``state`` is what was given before. ``rows`` are overwritten, longer by `HISTORY`."""
    gain, bias, level = c[0], c[1], c[2]
    count = len(out)
    _fill_means(gain, bias, state, given, rows)
    rest = saturate(bias)
    for i in range(count):
        out[i] = -rest
    for p in range(TIMES):
        for d in range(DOWN):
            tap, mean = DOWNWARDS[TIMES * (d + 1) - 1 - p], rows[_MEAN + p, DOWN - d : DOWN - d + count]
            for i in range(count):
                out[i] += tap * mean[i]
    for i in range(count):
        out[i] *= level
    kept = rows[_EXT, count : count + HISTORY]
    for i in range(HISTORY):
        state[i] = kept[i]


def _fill_means(gain: float, bias: float, state: Any, given: Any, rows: Any) -> None:
    """Write what was given with its history, the finer samples, log cosh of them, and the means of the tanh."""
    count = len(given) + DOWN
    ext = rows[_EXT]
    for i in range(HISTORY):
        ext[i] = state[i]
    for i in range(len(given)):
        ext[HISTORY + i] = given[i]
    for p in range(TIMES):
        x, total = rows[_X + p, :count], rows[_SUM + p, :count]
        for i in range(count):
            x[i] = bias
        for u in range(UP):
            tap, late = gain * UPWARDS[p + TIMES * u], rows[_EXT, UP - 1 - u : UP - 1 - u + count]
            for i in range(count):
                x[i] += tap * late[i]
        for i in range(count):
            total[i] = log_cosh(x[i])
    for p in range(TIMES):
        x, total, mean = rows[_X + p], rows[_SUM + p], rows[_MEAN + p]
        before, late = rows[_X + (p - 1) % TIMES], int(p == 0)
        total_before = rows[_SUM + (p - 1) % TIMES]
        now, then = x[1:count], before[1 - late :]
        area, area_then, means = total[1:count], total_before[1 - late :], mean[1:count]
        for i in range(count - 1):
            step, bent = now[i] - then[i], saturate(0.5 * (now[i] + then[i]))
            near = bent - step * step * (1 / 12) * bent * (1.0 - bent * bent)
            far = (area[i] - area_then[i]) / step
            means[i] = far if abs(step) > _NEAR else near


def slopes_fine_drive(
    c: Any, state: Any, ahead: Any, given: Any, pull: Any, pull_given: Any, slopes: Any, rows: Any
) -> None:
    """Add the slopes by the coefficients, and the pull on what was given; ``state`` is that before the chunk.

    ``ahead`` is the pull of the chunk after this one on its history, and becomes that of this one on its own. ``rows``
    are overwritten.
    """
    gain, bias, level = c[0], c[1], c[2]
    count = len(pull)
    _fill_means(gain, bias, state, given, rows)
    slopes[2] += _pull_means(level, bias, pull, rows)
    _pull_samples(count, rows)
    by_gain, by_bias = _pull_history(gain, bias, count, rows)
    _, rest_slope = saturation(bias)
    for i in range(count):
        by_bias -= level * pull[i] * rest_slope
    slopes[0] += by_gain
    slopes[1] += by_bias
    on_ext = rows[_PULL_EXT]
    for i in range(HISTORY):
        on_ext[count + i] += ahead[i]
    for i in range(HISTORY):
        ahead[i] = on_ext[i]
    for i in range(count):
        pull_given[i] += on_ext[HISTORY + i]


def _pull_means(level: float, bias: float, pull: Any, rows: Any) -> float:
    """Write the pull on the means, and return the slope by the level."""
    count = len(pull)
    by_level = 0.0
    rest = saturate(bias)
    for i in range(count):
        by_level -= rest * pull[i]
    for p in range(TIMES):
        on_mean = rows[_PULL + p]
        for i in range(count + DOWN):
            on_mean[i] = 0.0
        for d in range(DOWN):
            tap, first = DOWNWARDS[TIMES * (d + 1) - 1 - p], DOWN - d
            mean, pulled = rows[_MEAN + p, first : first + count], rows[_PULL + p, first : first + count]
            for i in range(count):
                by_level += tap * mean[i] * pull[i]
                pulled[i] += level * tap * pull[i]
    return by_level


def _pull_samples(count: int, rows: Any) -> None:
    """Write the pull on the finer samples: each mean hangs on two of them."""
    for p in range(TIMES):
        on_x = rows[_PULL_X + p]
        for i in range(count + DOWN):
            on_x[i] = 0.0
    for p in range(TIMES):
        x, mean, on_mean, on_x = rows[_X + p], rows[_MEAN + p], rows[_PULL + p], rows[_PULL_X + p]
        before, late = rows[_X + (p - 1) % TIMES], int(p == 0)
        on_before = rows[_PULL_X + (p - 1) % TIMES]
        for i in range(1, count + DOWN):
            step = x[i] - before[i - late]
            if abs(step) > _NEAR:
                by_now = (saturate(x[i]) - mean[i]) / step
                by_before = (mean[i] - saturate(before[i - late])) / step
            else:
                bent, slope = saturation(0.5 * (x[i] + before[i - late]))
                second = -2.0 * bent * slope
                third = 4.0 * bent * bent * slope - 2.0 * slope * slope
                even, odd = 0.5 * slope + step * step * (1 / 48) * third, step * (1 / 12) * second
                by_now, by_before = even + odd, even - odd
            on_x[i] += on_mean[i] * by_now
            on_before[i - late] += on_mean[i] * by_before


def _pull_history(gain: float, bias: float, count: int, rows: Any) -> tuple[float, float]:
    """Write the pull on what was given and its history; return the slopes by gain and bias."""
    on_ext = rows[_PULL_EXT]
    for i in range(count + HISTORY):
        on_ext[i] = 0.0
    by_gain, by_bias = 0.0, 0.0
    for p in range(TIMES):
        on_x = rows[_PULL_X + p, : count + DOWN]
        for i in range(count + DOWN):
            by_bias += on_x[i]
        for u in range(UP):
            tap, first = UPWARDS[p + TIMES * u], UP - 1 - u
            late, pulled = rows[_EXT, first : first + count + DOWN], rows[_PULL_EXT, first : first + count + DOWN]
            for i in range(count + DOWN):
                by_gain += tap * late[i] * on_x[i]
                pulled[i] += gain * tap * on_x[i]
    return by_gain, by_bias
