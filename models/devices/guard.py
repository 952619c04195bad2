"""Notices a run that diverges: its loss on the device rises over a window and does not come back."""

from __future__ import annotations

from collections import deque

import numpy as np

_FEWEST = 10
"""Steps whose mean says anything."""


class Guard:
    """Watches losses, one a step.

    Parameters
    ----------
    window : int
        Steps whose mean counts.
    rise : float
        A mean this many times the best one is divergence, as is a loss that is no number.
    """

    def __init__(self, window: int = 60, rise: float = 1.3) -> None:
        self._rise = rise
        self._last: deque[float] = deque(maxlen=window)
        self._best = np.inf

    @property
    def improves(self) -> bool:
        """Whether the last mean was the best so far."""
        return len(self._last) == self._last.maxlen and float(np.mean(self._last)) <= self._best

    def diverges(self, loss: float) -> bool:
        """Take the loss of a step, and return whether the run has diverged by now."""
        if not np.isfinite(loss):
            return True
        self._last.append(loss)
        if len(self._last) < _FEWEST:
            return False
        mean = float(np.mean(self._last))
        # From the first steps on: a run may rise at once.
        self._best = min(self._best, mean)
        return mean > self._rise * self._best
