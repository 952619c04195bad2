"""What travels to a MIDI port, and what it costs there. Only the standard library."""

from __future__ import annotations

from dataclasses import dataclass

Message = bytes
Note = tuple[int, int]
"""Channel 0..15 and note."""

SECONDS_PER_DIN_BYTE = 10 / 31_250
SECONDS_PER_USB_MESSAGE = 1e-3 / 16
"""A full-speed packet holds 16 messages and may leave each millisecond."""


@dataclass(frozen=True, slots=True)
class Value:
    """One control's new value: the messages that carry it stay together and in order.

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


@dataclass(slots=True)
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
    """

    start_s: float
    note_s: float
    values: tuple[Value, ...]
    note: NoteOn | None = None


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


def note_off(note: Note) -> Message:
    """Return a note-off with release velocity 64, as devices without release velocity send it."""
    return bytes((0x80 | note[0], note[1], 64))
