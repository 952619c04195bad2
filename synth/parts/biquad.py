"""A second-order filter as a part: y = b0 x + b1 x' + b2 x'' - a1 y' - a2 y''."""

from __future__ import annotations

from typing import Any

from synth.parts.powers import NOTHING


def play_filter(c: Any, state: Any, given: Any, out: Any, moving: Any) -> None:
    """Filter ``given`` to ``out``; ``state`` is the last two samples of both. ``moving`` is overwritten."""
    b0, b1, b2, a1, a2 = c[0], c[1], c[2], c[3], c[4]
    count = len(out)
    x1, x2, y1, y2 = state[0], state[1], state[2], state[3]
    moving[0] = b0 * given[0] + b1 * x1 + b2 * x2
    if count > 1:
        moving[1] = b0 * given[1] + b1 * given[0] + b2 * x1
    fresh, one_late, two_late = moving[2:count], given[1:], given[2:]
    for i in range(count - 2):
        fresh[i] = b0 * two_late[i] + b1 * one_late[i] + b2 * given[i]
    y1, y2 = _through_poles(a1, a2, y1, y2, moving[:count], out)
    state[0], state[1] = given[count - 1], given[count - 2] if count > 1 else x1
    state[2], state[3] = _ringing(y1, y2)


def _through_poles(a1: float, a2: float, y1: float, y2: float, given: Any, out: Any) -> tuple[float, float]:
    """Write y = x - a1 y' - a2 y'', and return the last two.

    Four samples are made at once from the two before: h is the answer of the poles to an impulse, so sample k is
    h[0] x[k] + ... + h[k] x[0] + h[k + 1] y' - a2 h[k] y''. So only one product in four waits for the sample before.
    """
    h1 = -a1
    h2 = -a1 * h1 - a2
    h3 = -a1 * h2 - a2 * h1
    h4 = -a1 * h3 - a2 * h2
    whole = len(out) // 4 * 4
    for i in range(0, whole, 4):
        x0, x1, x2, x3 = given[i], given[i + 1], given[i + 2], given[i + 3]
        late = a2 * y2
        first, second = (x0 - late) + h1 * y1, (x1 + h1 * x0 - h1 * late) + h2 * y1
        third = (x2 + h1 * x1 + h2 * x0 - h2 * late) + h3 * y1
        fourth = (x3 + h1 * x2 + h2 * x1 + h3 * x0 - h3 * late) + h4 * y1
        out[i], out[i + 1], out[i + 2], out[i + 3] = first, second, third, fourth
        y1, y2 = fourth, third
    for i in range(whole, len(out)):
        y = (given[i] - a2 * y2) - a1 * y1
        out[i] = y
        y2, y1 = y1, y
    return y1, y2


def slopes_filter(c: Any, ahead: Any, given: Any, out: Any, pull: Any, pull_given: Any, slopes: Any, held: Any) -> None:
    """Add the slopes by the coefficients, and the pull on what was given.

    The pull goes backwards through the poles; ``ahead`` keeps its first two samples for the chunk before. ``held`` is
    overwritten, two longer than the chunk.
    """
    b0, b1, b2, a1, a2 = c[0], c[1], c[2], c[3], c[4]
    count = len(pull)
    held[count], held[count + 1] = ahead[0], ahead[1]
    for i in range(count):
        pull_given[i] = pull[count - 1 - i]
    _through_poles(a1, a2, ahead[0], ahead[1], pull_given, pull_given)
    for i in range(count):
        held[i] = pull_given[count - 1 - i]
    by_b0, by_b1, by_b2, by_a1, by_a2 = 0.0, 0.0, 0.0, 0.0, 0.0
    next_held, second_held = held[1:], held[2:]
    for i in range(count):
        by_b0 += held[i] * given[i]
        by_b1 += next_held[i] * given[i]
        by_b2 += second_held[i] * given[i]
        by_a1 -= next_held[i] * out[i]
        by_a2 -= second_held[i] * out[i]
        pull_given[i] = b0 * held[i] + b1 * next_held[i] + b2 * second_held[i]
    slopes[0] += by_b0
    slopes[1] += by_b1
    slopes[2] += by_b2
    slopes[3] += by_a1
    slopes[4] += by_a2
    ahead[0], ahead[1] = _ringing(held[0], held[1])


def _ringing(y1: float, y2: float) -> tuple[float, float]:
    """Return where a filter rings on from, or rest: what it was given may be over long before the stroke is."""
    return (y1, y2) if abs(y1) + abs(y2) > NOTHING else (0.0, 0.0)
