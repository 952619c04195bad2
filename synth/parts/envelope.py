"""A sum of decaying exponentials by which a part is multiplied: bursts, two-stage decays, held and released sounds.

At sample n an exponential with a delay of D samples and an attack of A is, with u = n - D, gain times (u + 1) / A up
to A and decay^(u + 1 - A) after it. Both lengths may be fractions of a sample, so training can move them.
"""

from __future__ import annotations

import math
from typing import Any

from synth.parts.powers import fill_powers


def play_envelope(c: Any, state: Any, count: int, age: int, given: Any, out: Any, row: Any) -> None:
    """Multiply ``given`` into ``out``; ``state`` is where each of ``count`` exponentials stands.

    ``row`` is overwritten.
    """
    for k in range(count):
        gain, decay, delay, attack = _exponential(c, count, k)
        now = row[: len(out)]
        state[k] = _fall(state[k], age, decay, delay, attack, now)
        if k == 0:
            for i in range(len(out)):
                out[i] = gain * now[i]
        else:
            for i in range(len(out)):
                out[i] += gain * now[i]
    for i in range(len(out)):
        out[i] *= given[i]


def _exponential(c: Any, count: int, k: int) -> tuple[float, float, float, float]:
    return c[1 + k], c[1 + count + k], c[1 + 2 * count + k], c[1 + 3 * count + k]


def _rising(age: int, delay: float, attack: float, count: int) -> int:
    """Return how many of the next samples come before the fall."""
    return int(min(max(math.ceil(attack + delay - 1.0) - age, 0.0), float(count)))


def _fall(now: float, age: int, decay: float, delay: float, attack: float, row: Any) -> float:
    """Write the next samples of an exponential, and return the last; a power is needed only where it starts to fall."""
    rising = _rising(age, delay, attack, len(row))
    since = age - delay
    for i in range(rising):
        row[i] = max(since + i + 1.0, 0.0) / attack
    falling = row[rising:]
    falls = since + rising + 1.0 - attack
    if len(falling) > 0:
        first = now * decay if falls >= 1.0 else math.exp(math.log(decay) * falls)
        fill_powers(first, decay, falling)
    return float(row[-1])


def slopes_envelope(
    c: Any, state: Any, count: int, age: int, given: Any, pull: Any, pull_given: Any, slopes: Any, rows: Any
) -> None:
    """Add the slopes by the coefficients, and the pull on what was given; ``state`` is that before the chunk.

    Two rows are overwritten.
    """
    row, pulled = rows[0, : len(pull)], rows[1, : len(pull)]
    for i in range(len(pull)):
        pulled[i] = pull[i] * given[i]
    for k in range(count):
        gain, decay, delay, attack = _exponential(c, count, k)
        _fall(state[k], age, decay, delay, attack, row)
        rising = _rising(age, delay, attack, len(pull))
        by_rise, by_delay, by_attack = 0.0, 0.0, 0.0
        for i in range(rising):
            by_rise += pulled[i] * row[i]
            by_delay -= pulled[i] / attack if row[i] > 0.0 else 0.0
            by_attack -= pulled[i] * row[i] / attack
        by_fall, by_decay = 0.0, 0.0
        late, late_pulled, falls = row[rising:], pulled[rising:], age - delay + rising + 1.0 - attack
        for i in range(len(late)):
            on_part = late_pulled[i] * late[i]
            by_fall += on_part
            by_decay += on_part * (falls + i)
        shift = -math.log(decay) * by_fall
        slopes[1 + k] += by_rise + by_fall
        slopes[1 + count + k] += gain * by_decay / decay
        slopes[1 + 2 * count + k] += gain * (by_delay + shift)
        slopes[1 + 3 * count + k] += gain * (by_attack + shift)
        for i in range(len(pull)):
            pull_given[i] += gain * row[i] * pull[i]
