"""A large bank of partials that ring at fixed pitches, as a part: a blow on a string, a bar, a bell or a plate.

Partial k at sample n is its gain times the imaginary part of (real + i imag)^n, up to its last sample; together they
rise in the attack's length. A chunk goes in leaps of `LEAP` samples: where a partial stands at the start of a leap,
times its first powers, which all leaps share. So a sample costs two multiplications for each partial, and a long sum
that the compiler cuts into vectors. (It does so for loops that write few rows: it must compare all that a loop writes
with all that it reads.)
"""

from __future__ import annotations

from typing import Any

LEAP = 16
"""Leaps are counted from the start of the stroke, so that a partial ends at the same sample whatever the chunks are."""
MOST = 64
"""Partials of one part: a row of scratch has room for as many."""
ROWS = 2 * (LEAP + 1) + 9
"""Rows of scratch that are overwritten."""
_IMAG = LEAP + 1
_OTHER = 2 * (LEAP + 1)


def play_partials(c: Any, state: Any, count: int, age: int, out: Any, scratch: Any) -> None:
    """Write the sum of ``count`` partials; ``state`` is their real, then their imaginary parts."""
    x, y = state[:count], state[count : 2 * count]
    _begin(x, y, age)
    _sum_partials(c, x, y, count, age, out, scratch)
    attack = c[1]
    for i in range(_rising(attack, age, len(out))):
        u = min((age + i + 1.0) / attack, 1.0)
        out[i] *= u * u * (3.0 - 2.0 * u)


def _begin(x: Any, y: Any, age: int) -> None:
    if age == 0:
        for k in range(len(x)):
            x[k], y[k] = 1.0, 0.0


def _rising(attack: float, age: int, count: int) -> int:
    """Return how many of the next samples come before the end of the attack."""
    return int(min(max(attack - age, 0.0), float(count)))


def _sum_partials(c: Any, x: Any, y: Any, count: int, age: int, out: Any, scratch: Any) -> None:
    """Write the sum without its attack, and move ``x`` and ``y`` on."""
    gain, real, imag, last = _each(c, count)
    alive = _alive(last, count, age)
    powers_re, powers_im = scratch[:_IMAG], scratch[_IMAG:_OTHER]
    _fill_powers(real[:alive], imag, powers_re, powers_im)
    done = 0
    while done < len(out):
        alive = _alive(last, alive, age + done)
        steps = min(LEAP - (age + done) % LEAP, len(out) - done)
        by_re, by_im = scratch[_OTHER, :alive], scratch[_OTHER + 1, :alive]
        for k in range(alive):
            by_re[k], by_im[k] = gain[k] * y[k], gain[k] * x[k]
        _weigh_leap(by_re, by_im, powers_re, powers_im, out[done : done + steps])
        _move_on(x[:alive], y, powers_re[steps], powers_im[steps])
        done += steps


def _each(c: Any, count: int) -> tuple[Any, Any, Any, Any]:
    """Return gain, real, imag and last sample of each partial."""
    own = c[2:]
    return own[:count], own[count : 2 * count], own[2 * count : 3 * count], own[3 * count : 4 * count]


def _fill_powers(real: Any, imag: Any, powers_re: Any, powers_im: Any) -> None:
    """Write the powers 0 to `LEAP` of every partial, a row for each power."""
    for k in range(len(real)):
        powers_re[0, k], powers_im[0, k] = 1.0, 0.0
    for step in range(LEAP):
        re, im, next_re, next_im = powers_re[step], powers_im[step], powers_re[step + 1], powers_im[step + 1]
        for k in range(len(real)):
            next_re[k] = re[k] * real[k] - im[k] * imag[k]
        for k in range(len(real)):
            next_im[k] = re[k] * imag[k] + im[k] * real[k]


def _alive(last: Any, before: int, age: int) -> int:
    """Return how many partials are needed in the leap of sample ``age``: to the last that rings, of those before."""
    start = age - age % LEAP
    alive = before
    while alive > 0 and last[alive - 1] <= start:
        alive -= 1
    return alive


def _weigh_leap(by_re: Any, by_im: Any, powers_re: Any, powers_im: Any, out: Any) -> None:
    """Write each sample of a leap, four at a time: the sum of all partials' powers, weighed."""
    fours = len(out) - len(out) % 4
    for i in range(0, fours, 4):
        re0, re1, re2, re3 = powers_re[i], powers_re[i + 1], powers_re[i + 2], powers_re[i + 3]
        im0, im1, im2, im3 = powers_im[i], powers_im[i + 1], powers_im[i + 2], powers_im[i + 3]
        a, b, c, d = 0.0, 0.0, 0.0, 0.0
        for k in range(len(by_re)):
            a += by_re[k] * re0[k] + by_im[k] * im0[k]
            b += by_re[k] * re1[k] + by_im[k] * im1[k]
            c += by_re[k] * re2[k] + by_im[k] * im2[k]
            d += by_re[k] * re3[k] + by_im[k] * im3[k]
        out[i], out[i + 1], out[i + 2], out[i + 3] = a, b, c, d
    for i in range(fours, len(out)):
        re, im, total = powers_re[i], powers_im[i], 0.0
        for k in range(len(by_re)):
            total += by_re[k] * re[k] + by_im[k] * im[k]
        out[i] = total


def _move_on(x: Any, y: Any, re: Any, im: Any) -> None:
    for k in range(len(x)):
        turned = x[k] * re[k] - y[k] * im[k]
        y[k] = x[k] * im[k] + y[k] * re[k]
        x[k] = turned


def slopes_partials(c: Any, state: Any, count: int, age: int, pull: Any, slopes: Any, scratch: Any, rows: Any) -> None:
    """Add the slopes by the coefficients; ``state`` is that before the chunk.

    It, `ROWS` of ``scratch`` and two ``rows`` are overwritten. The slope of z^n by z is n z^n / z. The sums over a
    leap, of the pull and of the pull times its place, come first.
    """
    x, y = state[:count], state[count : 2 * count]
    _begin(x, y, age)
    pulled = rows[0, : len(pull)]
    _pull_attack(c, x, y, count, age, pull, pulled, slopes, scratch, rows[1, : len(pull)])
    gain, real, imag, last = _each(c, count)
    alive = _alive(last, count, age)
    powers_re, powers_im = scratch[:_IMAG], scratch[_IMAG:_OTHER]
    _fill_powers(real[:alive], imag, powers_re, powers_im)
    by_gain, by_x, by_y = scratch[_OTHER + 4, :count], scratch[_OTHER + 5, :count], scratch[_OTHER + 6, :count]
    for k in range(count):
        by_gain[k], by_x[k], by_y[k] = 0.0, 0.0, 0.0
    done = 0
    while done < len(pull):
        alive = _alive(last, alive, age + done)
        steps = min(LEAP - (age + done) % LEAP, len(pull) - done)
        _sum_leap(pulled[done : done + steps], alive, powers_re, powers_im, scratch)
        now_re, now_im = scratch[_OTHER, :alive], scratch[_OTHER + 1, :alive]
        later_re, later_im = scratch[_OTHER + 2, :alive], scratch[_OTHER + 3, :alive]
        start = float(age + done)
        for k in range(alive):
            by_gain[k] += x[k] * now_im[k] + y[k] * now_re[k]
        for k in range(alive):
            by_x[k] += x[k] * (start * now_re[k] + later_re[k]) - y[k] * (start * now_im[k] + later_im[k])
        for k in range(alive):
            by_y[k] += x[k] * (start * now_im[k] + later_im[k]) + y[k] * (start * now_re[k] + later_re[k])
        _move_on(x[:alive], y, powers_re[steps], powers_im[steps])
        done += steps
    by = slopes[2:]
    for k in range(count):
        size = real[k] * real[k] + imag[k] * imag[k]
        by[k] += by_gain[k]
        by[count + k] += gain[k] * (by_y[k] * real[k] - by_x[k] * imag[k]) / size
        by[2 * count + k] += gain[k] * (by_x[k] * real[k] + by_y[k] * imag[k]) / size


def _sum_leap(pull: Any, alive: int, powers_re: Any, powers_im: Any, scratch: Any) -> None:
    """Write, for each partial, the sum of its powers weighed by the pull, and by the pull times its place."""
    now_re, now_im = scratch[_OTHER, :alive], scratch[_OTHER + 1, :alive]
    later_re, later_im = scratch[_OTHER + 2, :alive], scratch[_OTHER + 3, :alive]
    for k in range(alive):
        now_re[k], now_im[k], later_re[k], later_im[k] = 0.0, 0.0, 0.0, 0.0
    twos = len(pull) - len(pull) % 2
    for i in range(0, twos, 2):
        p, q, at_p, at_q = pull[i], pull[i + 1], i * pull[i], (i + 1) * pull[i + 1]
        _add_two(p, q, at_p, at_q, powers_re[i], powers_re[i + 1], now_re, later_re)
        _add_two(p, q, at_p, at_q, powers_im[i], powers_im[i + 1], now_im, later_im)
    for i in range(twos, len(pull)):
        _add_two(pull[i], 0.0, i * pull[i], 0.0, powers_re[i], powers_re[i], now_re, later_re)
        _add_two(pull[i], 0.0, i * pull[i], 0.0, powers_im[i], powers_im[i], now_im, later_im)


def _add_two(p: float, q: float, at_p: float, at_q: float, one: Any, two: Any, now: Any, later: Any) -> None:
    for k in range(len(now)):
        now[k] += p * one[k] + q * two[k]
        later[k] += at_p * one[k] + at_q * two[k]


def _pull_attack(
    c: Any, x: Any, y: Any, count: int, age: int, pull: Any, pulled: Any, slopes: Any, scratch: Any, raw: Any
) -> None:
    """Write the pull on the sum before its attack, and add the slope by the attack's length."""
    for i in range(len(pull)):
        pulled[i] = pull[i]
    attack = c[1]
    rising = _rising(attack, age, len(pull))
    if rising == 0:
        return
    kept_x, kept_y = scratch[_OTHER + 7, :count], scratch[_OTHER + 8, :count]
    for k in range(count):
        kept_x[k], kept_y[k] = x[k], y[k]
    _sum_partials(c, kept_x, kept_y, count, age, raw, scratch)
    for i in range(rising):
        u = min((age + i + 1.0) / attack, 1.0)
        slopes[1] -= pull[i] * raw[i] * 6.0 * u * u * (1.0 - u) / attack
        pulled[i] *= u * u * (3.0 - 2.0 * u)
