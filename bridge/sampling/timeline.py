"""Notes become events of JACK's cycles: every event stands at the beginning of a period.

A synth that renders in blocks begins a note with the block that follows it. Where every note lies at the same place of
its period, equal notes give equal samples; elsewhere zynaddsubfx differs by 1.5 dB of log-mel between twins.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from bridge.midi_bytes import KINDS
from bridge.osc.messages import message_bytes
from bridge.rig.profiles import Control
from bridge.sampling.engine import Takes
from bridge.sampling.note_messages import NoteMessages, Packet
from bridge.sampling.programs import Program
from bridge.sampling.synth import Note, SampledSynth
from synth.errors import InputError, shown

SOFTEST = 1
"""The velocity of a note that is not to be heard."""

DELAY_CYCLES = 1
"""A client that plays to a synth and hears it is a loop, which JACK opens with one buffer."""

Port = Literal["midi", "osc"]
_PORTS: dict[str, Port] = {"MIDI": "midi", "OSC": "osc"}


class Event(NamedTuple):
    """What is sent at the beginning of a cycle, counted from the first of a job.

    Parameters
    ----------
    cycle : int
    port : {"midi", "osc"}
    data : bytes
        One MIDI or OSC message.
    """

    cycle: int
    port: Port
    data: bytes


@dataclass(frozen=True, slots=True)
class Timeline:
    """How the notes of a synth follow each other.

    A slot holds the values of a note, ``lead`` cycles, then its take. Slots have no gap: what the next one sends is
    heard after the take.

    Parameters
    ----------
    synth : SampledSynth
    program : Program
    rate_hz : int
    period : int
        Samples of a cycle.

    Raises
    ------
    InputError
        A control cannot be sent to this program.
    """

    synth: SampledSynth
    program: Program
    rate_hz: int
    period: int

    def __post_init__(self) -> None:
        for control in self.synth.profile.controls:
            _require_reached(self.synth, control, self.program)
        if self.synth.profile.trigger and not self.program.osc:
            raise InputError(f"{self.synth.name}: trigger is an OSC message, and {self.program.name} takes none")
        if self.synth.sampling.setup and not self.program.osc:
            raise InputError(
                f"{self.synth.name}: sampling.setup holds OSC messages, and {self.program.name} takes none"
            )

    def cycles(self, seconds: float) -> int:
        """Return the whole cycles that are not shorter."""
        # Rounded first: 0.016 s of 48 kHz in cycles of 256 are 3, not 4 for the sake of the last binary digit.
        return -(-round(seconds * self.rate_hz) // self.period)

    @property
    def lead(self) -> int:
        """Cycles from a note's values to the note."""
        return max(self.cycles(self.synth.settle_s), self.cycles(self.program.warm_up_s))

    @property
    def take_samples(self) -> int:
        """Samples of a take."""
        return round(self.synth.take_s * self.rate_hz)

    @property
    def slot(self) -> int:
        """Cycles from one note's values to the next one's."""
        return self.lead + self.cycles(self.synth.take_s)

    def length(self, notes: int, first: int = 0) -> int:
        """Return the cycles of a job with so many notes, whose first slot begins with cycle ``first``."""
        return first + notes * self.slot + DELAY_CYCLES

    def opening(self) -> list[Event]:
        """Return what a synth is told once, a message a cycle: the profile's setup, then the controls at rest."""
        messages = NoteMessages(self.synth)
        setup = [Packet("OSC", message_bytes(one.address, one.args)) for one in self.synth.sampling.setup]
        fixed = (one for control, value in self.synth.fixed for one in messages.moved(control, value))
        return [event for cycle, packet in enumerate((*setup, *fixed)) for event in _events(cycle, [packet])]

    def played(self, notes: Iterable[Note], first: int = 0) -> Iterator[Event]:
        """Yield the events of notes in their order; the first slot begins with cycle ``first``."""
        for place, note in enumerate(notes):
            yield from self._slot_events(note, first + place * self.slot)

    def takes(self, record: NDArray[np.float32], count: int, first: int = 0) -> Takes:
        """Return what was heard as (count, samples), each from its note on: views of the record.

        Parameters
        ----------
        record : (cycles * period,) array
            Of a job as long as `length` says.
        count : int
            Notes.
        first : int, optional
            Cycle with which the first slot begins.
        """
        begin = (first + self.lead + DELAY_CYCLES) * self.period
        step = self.slot * self.period
        windows = np.lib.stride_tricks.sliding_window_view(record[begin:], self.take_samples)
        return windows[::step][:count]

    def _slot_events(self, note: Note, begin: int) -> Iterator[Event]:
        messages = NoteMessages(self.synth)
        on = begin + self.lead
        # One by one: zynaddsubfx ignores bundles.
        moved = (packet for control, value in self.synth.moves(note) for packet in messages.moved(control, value))
        yield from _events(begin, moved)
        if warm_up := self.cycles(self.program.warm_up_s):
            softest = note._replace(velocity=SOFTEST)
            yield from _events(on - warm_up, [messages.on(softest)])
            yield from _events(on, (*messages.off(softest), *messages.silence()))
        yield from _events(on, [messages.on(note)])
        yield from _events(on + self.cycles(self.synth.note_s), messages.off(note))


def _events(cycle: int, packets: Iterable[Packet]) -> Iterator[Event]:
    """Yield what is sent with one cycle."""
    return (Event(cycle, _PORTS[packet.way], packet.data) for packet in packets)


def _require_reached(synth: SampledSynth, control: Control, program: Program) -> None:
    """Refuse a control that cannot be sent to a program."""
    where = f"{synth.name}: control {shown(control.name)}"
    if control.way == "OSC" and not program.osc:
        raise InputError(f"{where} is reached by OSC, and {program.name} takes MIDI only")
    if control.key or "{" in control.address:
        raise InputError(f"{where}: a synth of the engine jack needs an address without {{ }} for each control")
    if control.kind and KINDS[control.kind].per_note:
        raise InputError(f"{where}: {KINDS[control.kind].meaning} belongs to a note, which has not begun yet")
