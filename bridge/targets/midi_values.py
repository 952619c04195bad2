"""The continuous values of a MIDI map: read, scaled, rounded to the resolution of their kind, encoded."""

from __future__ import annotations

from collections.abc import Sequence

from bridge.events import Numbers
from bridge.mapping.numbers import Scaler
from bridge.midi.messages import Value
from bridge.midi_bytes import KINDS
from bridge.rig.plays import MidiValue

CHANNELS = 16


class Step:
    """Rounds to whole steps with hysteresis, so that a value on the edge of a step does not chatter.

    Parameters
    ----------
    highest : int
        Last step.
    hysteresis : float
        How far beyond the edge of its step a value must go before it moves, in steps.
    lowest : int
        First step.

    Examples
    --------
    >>> step = Step(127, 0.25)
    >>> [step(value) for value in (10.4, 10.6, 10.8, 10.4, 10.2, 127.0)]
    [10, 10, 11, 11, 10, 127]
    """

    def __init__(self, highest: int, hysteresis: float, lowest: int = 0) -> None:
        self._lowest, self._highest = lowest, highest
        self._reach = 0.5 + hysteresis
        self._last: int | None = None

    def __call__(self, value: float) -> int:
        """Return the step of a value; it stays on the last one within its reach, except at both ends."""
        step = min(max(round(value), self._lowest), self._highest)
        at_an_end = value <= self._lowest or value >= self._highest
        if self._last is None or at_an_end or abs(value - self._last) > self._reach:
            self._last = step
        return self._last


class MidiSlot:
    """One continuous value of a map: read, scaled, rounded to the resolution of its kind, encoded.

    Parameters
    ----------
    entry : MidiValue
        As in the rig, ``control`` already resolved.
    scaler : Scaler
        To the range of the kind.
    note : int
        For polyphonic pressure.
    """

    def __init__(self, entry: MidiValue, scaler: Scaler, note: int) -> None:
        self.kind = entry.kind
        self._kind, self._null = KINDS[entry.kind], entry.null
        self._number = note if self._kind.per_note else entry.number
        self._name = self._kind.carries or entry.kind
        self._keys = tuple(f"{self._name} {channel} {self._number}" for channel in range(CHANNELS))
        carriers = tuple(f"cc {self._number + one}" for one in self._kind.controllers)
        numbered = self._kind.per_note or self._kind.numbers is not None
        self.carried_by = carriers or (f"{self._name} {self._number}" if numbered else self._name,)
        self._scaler = scaler
        self._step = Step(self._kind.highest, entry.hysteresis, self._kind.lowest)

    def values(self, numbers: Numbers, channels: Sequence[int]) -> list[Value]:
        """Return the value's messages for a stroke, on each of its channels."""
        value = self._step(self._scaler(numbers))
        return [
            Value(self._keys[channel], self._kind.messages(channel, self._number, value, self._null))
            for channel in channels
        ]
