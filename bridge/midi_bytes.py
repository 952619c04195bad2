"""MIDI as bytes: the kinds of continuous value and the encoder.

`KINDS` is the one table of kinds: rigs, profiles, targets and the reference pages read it. Channels count from 0 here.
Only the standard library: the child processes that own ports import this file.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

Message = bytes
Note = tuple[int, int]
"""Channel 0..15 and note."""

NULL = 127
"""Both halves of the parameter number that selects no parameter."""


@dataclass(frozen=True, slots=True)
class MidiKind:
    """A kind of continuous MIDI value, from its lowest to its highest.

    Parameters
    ----------
    meaning : str
        In words, for the reference pages.
    highest : int
        Highest value.
    encode : callable
        Takes channel, number and value, and returns the messages that carry the value.
    numbers : int or None
        Highest controller or parameter number. None: the kind has no number, and a map says ``true``.
    beyond : str
        What the numbers above that are, for whoever names one.
    lowest : int
        Lowest value; below 0 where the value counts from a centre.
    carries : str
        The kind whose value this one carries in another way; empty: its own.
    controllers : tuple of int
        Controllers that belong to the value alone, counted from its number.
    closing : tuple of int
        Controllers that are set to `NULL` after the value, so that stray data entry changes nothing.
    per_note : bool
        Whether the value belongs to a note, which then is its number.
    """

    meaning: str
    highest: int
    encode: Callable[[int, int, int], tuple[Message, ...]]
    numbers: int | None = None
    controllers: tuple[int, ...] = ()
    closing: tuple[int, ...] = ()
    per_note: bool = False
    beyond: str = ""
    lowest: int = 0
    carries: str = ""

    @property
    def ends(self) -> tuple[float, float]:
        """What the ends of a number's range become where a map says nothing; a centre stays in the middle."""
        return float(self.lowest), float(max(self.highest, -self.lowest))

    def messages(self, channel: int, number: int, value: int, null: bool = True) -> tuple[Message, ...]:
        """Return what carries a value; ``null`` adds the closing controllers."""
        closing = control_changes(channel, *((controller, NULL) for controller in self.closing)) if null else ()
        return (*self.encode(channel, number, value), *closing)


def control_changes(channel: int, *values: tuple[int, int]) -> tuple[Message, ...]:
    """Return a control change for each controller and its value."""
    return tuple(bytes((0xB0 | channel, controller, value)) for controller, value in values)


NOTE_OFF = 0x80


def note_off(note: Note) -> Message:
    """Return a note-off with release velocity 64, as devices without release velocity send it."""
    return bytes((NOTE_OFF | note[0], note[1], 64))


def all_off(channel: int) -> tuple[Message, ...]:
    """Return what ends every note of a channel: controller 123, and 120 for what heeds only that."""
    return control_changes(channel, (123, 0), (120, 0))


def poly_pressure(note: Note, value: int) -> Message:
    """Return the pressure of one note."""
    return bytes((0xA0 | note[0], note[1], value))


def program_change(channel: int, program: int, bank: int | None) -> tuple[Message, ...]:
    """Return a program change, ``program`` from 0, with its bank before it."""
    select = () if bank is None else control_changes(channel, (0, bank >> 7), (32, bank & 0x7F))
    return (*select, bytes((0xC0 | channel, program)))


def mpe_configuration(manager: int, members: int) -> tuple[Message, ...]:
    """Return the MPE Configuration Message, registered parameter 6 on a zone's manager channel (MPE 1.1, 2.2.2)."""
    return control_changes(manager, (101, 0), (100, 6), (6, members), (101, NULL), (100, NULL))


def bend_range(channel: int, semitones: int) -> tuple[Message, ...]:
    """Return how far a channel's pitch bend reaches: registered parameter 0."""
    return control_changes(channel, (101, 0), (100, 0), (6, semitones), (38, 0), (101, NULL), (100, NULL))


MIDDLE_C = 60
_PITCH = re.compile(r"([A-Ga-g])([#b]*)(-?\d{1,2})")


def pitch(name: str, middle_octave: int) -> int | None:
    """Return the note of a pitch's name; None where it is no such name. It may lie beyond 0..127.

    Parameters
    ----------
    name : str
        Letter, sharps ``#`` or flats ``b``, octave.
    middle_octave : int
        The octave in which middle C, note 60, lies: 4 in scientific pitch notation.

    Examples
    --------
    >>> pitch("C4", 4), pitch("F#2", 4), pitch("Bb-1", 4), pitch("C3", 3), pitch("snare", 4)
    (60, 42, 10, 60, None)
    """
    found = _PITCH.fullmatch(name)
    if found is None:
        return None
    letter, accidentals, octave = found.groups()
    semitone = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}[letter.upper()]
    return MIDDLE_C + 12 * (int(octave) - middle_octave) + semitone + accidentals.count("#") - accidentals.count("b")


def _pair(channel: int, number: int, value: int) -> tuple[Message, ...]:
    return control_changes(channel, (number, value >> 7), (number + 32, value & 0x7F))


def _parameter(fine: int, channel: int, number: int, value: int) -> tuple[Message, ...]:
    """Return the number on controllers ``fine + 1`` and ``fine``, then fourteen bits of data entry."""
    select = (fine + 1, number >> 7), (fine, number & 0x7F)
    return control_changes(channel, *select, (6, value >> 7), (38, value & 0x7F))


def _low_byte_first(channel: int, number: int, value: int) -> tuple[Message, ...]:
    """Return an NRPN whose low byte comes first: FluidSynth acts on the high byte, with the low one it has by then."""
    return control_changes(channel, (99, number >> 7), (98, number & 0x7F), (38, value & 0x7F), (6, value >> 7))


def _bend(channel: int, value: int) -> tuple[Message, ...]:
    return (bytes((0xE0 | channel, value & 0x7F, value >> 7)),)


def dx7_parameter(channel: int, number: int, value: int) -> Message:
    """Return a parameter change of a DX7's voice: group 0, nine bits of number (Yamaha, DX7 MIDI data format)."""
    return bytes((0xF0, 0x43, 0x10 | channel, number >> 7, number & 0x7F, value, 0xF7))


CENTRE = 8192
"""The pitch bend at rest."""


KINDS = {
    "cc": MidiKind(
        "seven-bit controller",
        127,
        lambda c, n, v: control_changes(c, (n, v)),
        119,
        (0,),
        beyond="120 to 127 are channel mode messages, such as all notes off",
    ),
    "cc14": MidiKind("fourteen-bit controller pair N and N + 32", 16383, _pair, 31, (0, 32)),
    "nrpn": MidiKind("non-registered parameter number", 16383, partial(_parameter, 98), 16383, closing=(99, 98)),
    "nrpn_low_first": MidiKind(
        "non-registered parameter number, low data byte first (FluidSynth)",
        16383,
        _low_byte_first,
        16383,
        closing=(99, 98),
        carries="nrpn",
    ),
    "rpn": MidiKind("registered parameter number", 16383, partial(_parameter, 100), 16382, closing=(101, 100)),
    "bend": MidiKind("pitch bend", 16383, lambda c, n, v: _bend(c, v)),
    "signed_bend": MidiKind(
        "pitch bend counted from its centre, 0",
        CENTRE - 1,
        lambda c, n, v: _bend(c, v + CENTRE),
        lowest=-CENTRE,
        carries="bend",
    ),
    "pressure": MidiKind("channel pressure", 127, lambda c, n, v: (bytes((0xD0 | c, v)),)),
    "dx7": MidiKind("parameter of a DX7, by SysEx", 127, lambda c, n, v: (dx7_parameter(c, n, v),), 155),
    "poly_pressure": MidiKind(
        "pressure of the play's note", 127, lambda c, n, v: (poly_pressure((c, n), v),), per_note=True
    ),
}
"""Kinds of continuous value by the key that a map names them with; one more kind is one more row."""
