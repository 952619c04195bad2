"""A note of a sampled synth as bytes: its controls, its beginning and its end, each by MIDI or OSC."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, NamedTuple

from bridge.midi_bytes import KINDS, all_off, note_off
from bridge.osc.messages import MessageTemplate, Slot, bundle, message_bytes
from bridge.rig.profiles import Control
from bridge.sampling.synth import Note, SampledSynth
from synth.errors import InputError, shown

NOTE_ON = 0x90
LOUDEST_VELOCITY = 127

DRUM = "sampled"
"""Fills ``{drum}`` in an address: the synth is played by no drum."""

Argument = str | int | float | bool


class Packet(NamedTuple):
    """What leaves at once.

    Parameters
    ----------
    way : {"MIDI", "OSC"}
    data : bytes
        One MIDI message, or one OSC message or bundle.
    """

    way: Literal["MIDI", "OSC"]
    data: bytes


@dataclass(frozen=True, slots=True)
class NoteMessages:
    """The messages of a synth.

    A control goes by the way that its profile says. A note begins with the profile's ``trigger`` where it has one, and
    else with a MIDI note. In the ``single`` layout the controls are arguments of that trigger.

    Parameters
    ----------
    synth : SampledSynth

    Raises
    ------
    InputError
        The ``single`` layout has no trigger.
    """

    synth: SampledSynth

    def __post_init__(self) -> None:
        if self.single and not self.synth.profile.trigger:
            raise InputError(f"{self.synth.name}: layout = 'single' is one message for each note; it needs a trigger")

    @property
    def single(self) -> bool:
        """Whether one OSC message carries the controls and the note."""
        return self.synth.profile.layout == "single"

    @property
    def ways(self) -> frozenset[str]:
        """``MIDI`` and ``OSC``, as far as the synth is reached by them."""
        controls = {control.way for control in self.synth.profile.controls}
        setup = {"OSC"} if self.synth.sampling.setup else set()
        return frozenset(controls | setup | {"OSC" if self.synth.profile.trigger else "MIDI"})

    def beginning(self) -> tuple[Packet, ...]:
        """Return what is sent once, before the first note and after each restart."""
        setup = tuple(Packet("OSC", message_bytes(one.address, one.args)) for one in self.synth.sampling.setup)
        return setup + self._moves(self.synth.fixed)

    def values(self, note: Note) -> tuple[Packet, ...]:
        """Return what brings the controls to a note's values."""
        return self._moves(self.synth.moves(note))

    def on(self, note: Note) -> Packet:
        """Return what begins a note."""
        profile = self.synth.profile
        if not profile.trigger:
            return Packet("MIDI", bytes((NOTE_ON | self.synth.channel, note.note, note.velocity)))
        moves = [*self.synth.fixed, *self.synth.moves(note)]
        parts = [part for given in profile.trigger_args or () for part in self._arguments(given, note, moves)]
        return Packet("OSC", MessageTemplate(_filled(profile.trigger, "", 0), tuple(parts)).pack({}))

    def off(self, note: Note) -> tuple[Packet, ...]:
        """Return what ends a note; nothing where it is a trigger, which ends by itself."""
        if self.synth.profile.trigger:
            return ()
        return (Packet("MIDI", note_off((self.synth.channel, note.note))),)

    def silence(self) -> tuple[Packet, ...]:
        """Return what ends every note."""
        if self.synth.profile.trigger:
            return ()
        return tuple(Packet("MIDI", message) for message in all_off(self.synth.channel))

    def moved(self, control: Control, value: float) -> tuple[Packet, ...]:
        """Return what moves one control, alone: one OSC message, or the MIDI messages of its kind."""
        if control.way == "OSC":
            return (Packet("OSC", self._osc(control, value)),)
        return tuple(Packet("MIDI", message) for message in self._midi(control, value))

    def _moves(self, moves: Iterable[tuple[Control, float]]) -> tuple[Packet, ...]:
        """Return what moves controls: those by OSC in one bundle, each by MIDI as a message."""
        moves = list(moves)
        midi = [one for control, value in moves for one in self._midi(control, value)]
        osc = [] if self.single else [self._osc(control, value) for control, value in moves if control.way == "OSC"]
        bundles = (Packet("OSC", osc[0] if len(osc) == 1 else bundle(osc)),) if osc else ()
        return bundles + tuple(Packet("MIDI", message) for message in midi)

    def _midi(self, control: Control, value: float) -> tuple[bytes, ...]:
        if control.way == "OSC":
            return ()
        return KINDS[control.kind].messages(self.synth.channel, control.number, round(value))

    def _osc(self, control: Control, value: float) -> bytes:
        place = self.synth.profile.controls.index(control) + 1
        address = _filled(control.address, control.name, place)
        return MessageTemplate(address, (Slot("value", control.type),)).pack({"value": value})

    def _arguments(self, given: Argument, note: Note, moves: list[tuple[Control, float]]) -> list[Argument | Slot]:
        """Return the arguments that one entry of ``trigger_args`` stands for."""
        if given == "{pairs}":
            return [part for control, value in moves for part in (control.key or control.name, _slot(control, value))]
        if given == "{values}":
            return [_slot(control, value) for control, value in moves]
        if given == "{velocity}":
            return [note.velocity / LOUDEST_VELOCITY]
        if given == "{note}":
            return [note.note]
        if isinstance(given, str) and "{" in given:
            raise InputError(
                f"{self.synth.name}: trigger_args holds {shown(given)}, which no sampled note has; "
                "it has {velocity}, {note}, {pairs}, {values}"
            )
        return [given]


def _slot(control: Control, value: float) -> Slot:
    return Slot(lambda _: value, control.type)


def _filled(template: str, name: str, index: int) -> str:
    """Return an address with the names that a rig fills in."""
    names = {"{drum}": DRUM, "{index}": str(index), "{name}": name}
    for key, word in names.items():
        template = template.replace(key, word)
    return template
