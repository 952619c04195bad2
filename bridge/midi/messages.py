"""What goes to a MIDI port: values, notes and strokes, and what a byte costs there.

Only the standard library: the child processes that own ports import this file.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NamedTuple

from bridge.midi_bytes import Message, Note

SECONDS_PER_DIN_BYTE = 10 / 31_250
SECONDS_PER_USB_MESSAGE = 1e-3 / 16
"""A full-speed packet holds 16 messages and may leave each millisecond."""


class Value(NamedTuple):
    """One control's new value: the messages that carry it stay together and in order.

    A stroke may have many, and a named tuple passes through a pipe twice as fast as a dataclass.

    Parameters
    ----------
    key : str
        Which control, for "the latest wins".
    messages : tuple of bytes
        One for a controller, several for fourteen bits and parameter numbers.
    """

    key: str
    messages: tuple[Message, ...]


@dataclass(frozen=True, slots=True)
class NoteOn:
    """A note with its length and what it cuts."""

    channel: int
    note: int
    velocity: int
    length_s: float
    choke: tuple[int, ...] = ()
    choke_pressure: bool = False

    @property
    def key(self) -> Note:
        """What its note-off names."""
        return self.channel, self.note

    @property
    def message(self) -> Message:
        """The note-on."""
        return bytes((0x90 | self.channel, self.note, self.velocity))


@dataclass(frozen=True, slots=True)
class WireStroke:
    """One stroke for a port.

    Parameters
    ----------
    start_s : float
        From when its values may leave.
    note_s : float
        Before this its note does not leave.
    values : tuple of Value
        Most important first.
    note : NoteOn or None
        None: values alone.
    fixed : bool
        Whether it waits for its moments. Else it begins as soon as a port has it, and its note keeps its distance.
    late_s : float
        After this moment its note does not leave any more; its values do.
    first : bool
        Whether its values leave before every note that leaves after it has begun: programs, without which a note
        sounds wrong. Such a stroke has no note.
    """

    start_s: float
    note_s: float
    values: tuple[Value, ...]
    note: NoteOn | None = None
    fixed: bool = False
    late_s: float = float("inf")
    first: bool = False

    def begun(self, now_s: float, ahead_s: float) -> WireStroke:
        """Return the stroke with the moments at which a port plays it that gets it now.

        A port that passes messages on late is given those of a fixed stroke ``ahead_s`` before their moments.
        """
        if not self.fixed:
            return replace(self, start_s=now_s, note_s=now_s + self.note_s - self.start_s)
        start_s = max(self.start_s - ahead_s, now_s)
        return replace(self, start_s=start_s, note_s=max(self.note_s - ahead_s, start_s))


@dataclass(slots=True)
class Wire:
    """What a byte costs on a port.

    Parameters
    ----------
    budget : str
        din, usb or none.
    running_status : bool
        Whether the interface leaves out repeated status bytes.
    """

    budget: str = "none"
    running_status: bool = False
    _status: int = 0

    def cost_s(self, message: Message) -> float:
        """Return the time that a message occupies the wire."""
        if self.budget == "din":
            saved = self.running_status and message[0] == self._status
            return (len(message) - saved) * SECONDS_PER_DIN_BYTE
        return SECONDS_PER_USB_MESSAGE if self.budget == "usb" else 0.0

    @property
    def longest_s(self) -> float:
        """What the longest message costs."""
        return {"din": 3 * SECONDS_PER_DIN_BYTE, "usb": SECONDS_PER_USB_MESSAGE, "none": 0.0}[self.budget]

    def sent(self, message: Message) -> float:
        """Note that a message leaves; return the time it takes."""
        cost_s = self.cost_s(message)
        self._status = message[0]
        return cost_s
