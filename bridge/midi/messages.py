"""What goes to a MIDI port: values, notes and strokes, and what a byte costs there.

Only the standard library: the child processes that own ports import this file.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import NamedTuple

from bridge.midi_bytes import Message, Note

SECONDS_PER_DIN_BYTE = 10 / 31_250
SECONDS_PER_USB_MESSAGE = 1e-3 / 16
BYTES_PER_USB_MESSAGE = 3
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
    """A note, or a chord, with its length and what it cuts.

    Parameters
    ----------
    channel, note, velocity : int
        From 0.
    length_s : float
        Until its note-off.
    choke : tuple of int
        Notes that it cuts.
    choke_pressure : bool
        Whether it cuts them by their pressure.
    also : tuple of Note
        The further notes of a chord.
    choke_channels : tuple of int
        Channels on which it cuts notes; empty: its own.
    """

    channel: int
    note: int
    velocity: int
    length_s: float
    choke: tuple[int, ...] = ()
    choke_pressure: bool = False
    also: tuple[Note, ...] = ()
    choke_channels: tuple[int, ...] = ()

    @property
    def keys(self) -> tuple[Note, ...]:
        """What its note-offs name."""
        return ((self.channel, self.note), *self.also)

    @property
    def cuts(self) -> tuple[Note, ...]:
        """What it cuts where that sounds."""
        return tuple((channel, note) for channel in self.choke_channels or (self.channel,) for note in self.choke)

    @property
    def messages(self) -> tuple[Message, ...]:
        """The note-ons."""
        return tuple(bytes((0x90 | channel, note, self.velocity)) for channel, note in self.keys)


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
    onset_s : float
        When the drum was struck: how long its note takes is measured from there.
    number : int
        The stroke's, by which its note can be taken back; -1: none.
    """

    start_s: float
    note_s: float
    values: tuple[Value, ...]
    note: NoteOn | None = None
    fixed: bool = False
    late_s: float = float("inf")
    first: bool = False
    onset_s: float = math.nan
    number: int = -1

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

    Notes
    -----
    Every message counts whole. Whole messages are handed to the system, and whether a repeated status byte is left out
    on the cable (running status) is decided by the interface, which tells nobody.
    """

    budget: str = "none"

    def cost_s(self, message: Message) -> float:
        """Return the time that a message occupies the wire."""
        if self.budget == "din":
            return len(message) * SECONDS_PER_DIN_BYTE
        packets = math.ceil(len(message) / BYTES_PER_USB_MESSAGE)
        return packets * SECONDS_PER_USB_MESSAGE if self.budget == "usb" else 0.0

    @property
    def longest_s(self) -> float:
        """What the longest message of a note, or of a controller, costs."""
        return {"din": 3 * SECONDS_PER_DIN_BYTE, "usb": SECONDS_PER_USB_MESSAGE, "none": 0.0}[self.budget]
