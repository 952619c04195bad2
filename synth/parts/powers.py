"""Powers of a factor, a chunk at a time: how everything that decays is written."""

from __future__ import annotations

from typing import Any

_STRIDE = 8
NOTHING = 1e-60
"""Far below what a double can add to any sound, and far above where it becomes slow."""


def fill_powers(first: float, factor: float, row: Any) -> None:
    """Write first, first * factor, first * factor**2 and so on.

    From the ninth on, each is eight before it times the factor's eighth power, so that several are made at once.
    """
    if first < NOTHING:
        first = 0.0
    now = first
    for i in range(min(_STRIDE, len(row))):
        row[i] = now
        now *= factor
    square = factor * factor
    leap = square * square
    leap *= leap
    later = row[_STRIDE:]
    for i in range(len(later)):
        later[i] = row[i] * leap
