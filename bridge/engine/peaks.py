"""The highest levels since somebody looked: a meter that is read less often, or more often, than it is told."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest
from typing import Literal, get_args

from synth.dsp.levels import decibels

SILENCE = 1e-5
"""The lowest level that is told: -100 dBFS."""

Looker = Literal["display", "remote"]
"""Who reads the meters, each as often as it likes."""


class PeakHold:
    """Keeps the highest of some levels until it is read.

    Where nothing was told since it was read, it repeats what it said: a display that is faster than the reports would
    flicker between level and silence.

    Examples
    --------
    >>> hold = PeakHold()
    >>> hold.note([0.5, 0.1]); hold.note([0.25, 1.0])
    >>> [round(level_db, 1) for level_db in hold.take_db()]
    [-6.0, 0.0]
    """

    def __init__(self) -> None:
        self._since: list[float] = []
        self._read: list[float] = []

    def note(self, levels: Sequence[float]) -> None:
        """Take levels, linear."""
        self._since = [max(pair) for pair in zip_longest(self._since, levels, fillvalue=0.0)]

    def take_db(self) -> tuple[float, ...]:
        """Return the highest levels since the last call, dBFS."""
        since, self._since = self._since, []
        self._read = since or self._read
        return tuple(decibels(level, floor=SILENCE) for level in self._read)

    def clear(self) -> None:
        """Forget all: there is nothing to measure."""
        self._since, self._read = [], []


class Meters:
    """The levels of the input and of each output, for each `Looker`."""

    def __init__(self) -> None:
        self._holds = {looker: (PeakHold(), PeakHold()) for looker in get_args(Looker)}

    def note(self, heard: float, played: Sequence[float]) -> None:
        """Take the level of the input and those of the outputs, linear."""
        for input_hold, output_hold in self._holds.values():
            input_hold.note([heard])
            output_hold.note(played)

    def take_db(self, looker: Looker) -> tuple[float, tuple[float, ...]]:
        """Return the highest input and the highest of each output since the looker's last call, dBFS."""
        heard, played = (hold.take_db() for hold in self._holds[looker])
        return max(heard, default=decibels(0.0, floor=SILENCE)), played

    def clear(self) -> None:
        """Forget all levels: there is no audio."""
        for holds in self._holds.values():
            for hold in holds:
                hold.clear()
