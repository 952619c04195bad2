"""Strikes as MIDI: controllers, most important first, then the note."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np

from bridge.events import Moment, Numbers, Transcript
from bridge.mapping.numbers import Scaler, bend
from bridge.midi.carrier import ChildMidiCarrier, TranscriptMidiCarrier
from bridge.midi.messages import NoteOn, Value
from bridge.midi_bytes import KINDS, program_change
from bridge.rig.plays import CcValue, MidiPlaySettings, MidiValue, NoteFrom, Source
from bridge.rig.profiles import control_of, load_profile
from bridge.rig.targets import MidiTargetSettings
from bridge.targets.base import DrumContext, Play, Target
from bridge.targets.cost import WireCost, stroke_cost
from synth.errors import InputError, shown

DRUM_CHANNEL = 10

SCALES: dict[str, tuple[int, ...]] = {
    "chromatic": tuple(range(12)),
    "major": (0, 2, 4, 5, 7, 9, 11),
    "minor": (0, 2, 3, 5, 7, 8, 10),
    "harmonic-minor": (0, 2, 3, 5, 7, 8, 11),
    "dorian": (0, 2, 3, 5, 7, 9, 10),
    "phrygian": (0, 1, 3, 5, 7, 8, 10),
    "lydian": (0, 2, 4, 6, 7, 9, 11),
    "mixolydian": (0, 2, 4, 5, 7, 9, 10),
    "major-pentatonic": (0, 2, 4, 7, 9),
    "minor-pentatonic": (0, 3, 5, 7, 10),
    "blues": (0, 3, 5, 6, 7, 10),
    "whole-tone": (0, 2, 4, 6, 8, 10),
    "octaves": (0,),
    "fifths": (0, 7),
}


class Step:
    """Rounds to whole steps with hysteresis, so that a value on the edge of a step does not chatter.

    Parameters
    ----------
    highest : int
        Last step; the first is 0.
    hysteresis : float
        How far beyond the edge of its step a value must go before it moves, in steps.

    Examples
    --------
    >>> step = Step(127, 0.25)
    >>> [step(value) for value in (10.4, 10.6, 10.8, 10.4, 10.2, 127.0)]
    [10, 10, 11, 11, 10, 127]
    """

    def __init__(self, highest: int, hysteresis: float) -> None:
        self._highest = highest
        self._reach = 0.5 + hysteresis
        self._last: int | None = None

    def __call__(self, value: float) -> int:
        """Return the step of a value; it stays on the last one within its reach, except at both ends."""
        step = min(max(round(value), 0), self._highest)
        at_an_end = value <= 0 or value >= self._highest
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
    channel : int
        From 0.
    note : int
        For polyphonic pressure.
    """

    def __init__(self, entry: MidiValue, scaler: Scaler, channel: int, note: int) -> None:
        kind = KINDS[entry.kind]
        number = note if kind.per_note else entry.number
        self.kind = entry.kind
        self.key = f"{entry.kind} {channel} {number}"
        self.carried_by = tuple(f"cc {number + one}" for one in kind.controllers) or (f"{entry.kind} {number}",)
        self._scaler = scaler
        self._step = Step(kind.highest, entry.hysteresis)
        self._messages = partial(kind.messages, channel, number, null=entry.null)

    def value(self, numbers: Numbers) -> Value:
        """Return the value's messages for a stroke."""
        return Value(self.key, self._messages(self._step(self._scaler(numbers))))


class MidiPlay(Play):
    """One drum's map to MIDI messages."""

    settings: MidiPlaySettings

    def __init__(self, settings: MidiPlaySettings, context: DrumContext, where: str) -> None:
        super().__init__(settings, context)
        self._where = where
        self._profile = load_profile(settings.profile, where, settings.folder) if settings.profile else None
        self.channel = (settings.channel or (self._profile.channel if self._profile else None) or DRUM_CHANNEL) - 1
        self._scale_notes: tuple[int, ...] = ()
        self._note, self._note_scaler = self._read_note()
        velocity = Source.model_validate({"from": settings.velocity.source})
        self._velocity = self._note_scaler_of(velocity, 0.0, 1.0, f"{where}.velocity")
        self.slots = tuple(self._slots())

    @property
    def programs(self) -> tuple[Value, ...]:
        """What is set when the port opens."""
        if self.settings.program is None:
            return ()
        messages = program_change(self.channel, self.settings.program - 1, self.settings.bank)
        return (Value(f"program {self.channel}", messages),)

    def values(self, numbers: Numbers) -> list[Value]:
        """Return the controllers of a stroke, most important first."""
        return [slot.value(numbers) for slot in self.slots]

    def note(self, numbers: Numbers) -> NoteOn | None:
        """Return the note of a stroke, if the map has one."""
        settings = self.settings
        number = self._note if self._note_scaler is None else self._scale_note(self._note_scaler(numbers))
        if number is None:
            return None
        pressure = settings.choke_with == "poly-pressure"
        length_s = settings.note_ms / 1000
        return NoteOn(self.channel, number, self.velocity(numbers), length_s, tuple(settings.choke), pressure)

    def velocity(self, numbers: Numbers) -> int:
        """Return the velocity of a stroke, 1 to 127."""
        shape = self.settings.velocity
        if shape.curve == "fixed":
            return shape.value
        unit = self._velocity.unit(numbers)
        if shape.curve == "table":
            last = len(shape.table) - 1
            return max(round(float(np.interp(unit * last, range(last + 1), shape.table))), 1)
        return max(round(shape.low + (shape.high - shape.low) * bend(unit, shape.curve)), 1)

    def _read_note(self) -> tuple[int | None, Scaler | None]:
        given = self.settings.note
        if isinstance(given, str):
            if self._profile is None:
                raise InputError(f"{self._where}.note: {shown(given)} is a name; a named note needs profile = '...'")
            return self._profile.note(given, f"{self._where}.note"), None
        if isinstance(given, NoteFrom):
            if given.scale not in SCALES:
                raise InputError(
                    f"{self._where}.note.scale: {shown(given.scale)} is unknown; there are {', '.join(SCALES)}"
                )
            root, steps = given.root, SCALES[given.scale]
            self._scale_notes = tuple(note for note in range(128) if (note - root) % 12 in steps)
            scaler = self._note_scaler_of(given, 36.0, 60.0, f"{self._where}.note")
            _require_ends(scaler, "note", 127, f"{self._where}.note")
            return None, scaler
        return given, None

    def _scale_note(self, wanted: float) -> int:
        """Return the note of the scale that lies nearest."""
        return min(self._scale_notes, key=lambda note: abs(note - wanted))

    def _note_scaler_of(self, entry: Source, low: float, high: float, where: str) -> Scaler:
        """Return the scaler of a number that the note needs."""
        scaler = Scaler.of(entry, self.context.ranges, low, high, where)
        self.require_early(entry.source, f"{where}.from")
        return scaler

    def _slots(self) -> list[MidiSlot]:
        short = [(f"cc[{index}]", _from_short(entry)) for index, entry in enumerate(self.settings.cc, 1)]
        long = [(f"values[{index}]", entry) for index, entry in enumerate(self.settings.values, 1)]
        slots = [self._slot(entry, f"{self._where}.{key}") for key, entry in short + long]
        carriers = [carrier for slot in slots for carrier in slot.carried_by]
        if twice := [carrier for carrier in carriers if carriers.count(carrier) > 1]:
            pairs = [f" ({one.kind} N is a {KINDS[one.kind].meaning})" for one in slots if len(one.carried_by) > 1]
            raise InputError(
                f"{self._where}: {twice[0]} on channel {self.channel + 1} is mapped twice{''.join(pairs[:1])}; "
                "once is allowed"
            )
        return slots

    def _slot(self, entry: MidiValue, where: str) -> MidiSlot:
        span = None
        if entry.control is not None:
            control = control_of(self._profile, entry.control, "MIDI", where)
            entry = entry.model_copy(update={"control": None, control.kind: control.number})
            span = control.span
        kind = KINDS[entry.kind]
        if kind.per_note and self._note is None:
            raise InputError(f"{where}: {entry.kind} needs a play with one fixed note")
        scaler = Scaler.of(entry, self.context.ranges, *(span or (0.0, float(kind.highest))), where)
        _require_ends(scaler, entry.kind, kind.highest, where)
        return MidiSlot(entry, scaler, self.channel, self._note or 0)


class MidiTarget(Target):
    """One MIDI port.

    Parameters
    ----------
    settings : MidiTargetSettings
        As in the rig.
    transcript : Transcript or None
        Gets the messages instead of the port: nothing is opened.
    lines : str or None
        A file that gets them instead, from the child that would own the port.
    """

    settings: MidiTargetSettings
    settings_type = MidiTargetSettings

    def __init__(
        self, settings: MidiTargetSettings, transcript: Transcript | None = None, lines: str | None = None
    ) -> None:
        super().__init__(settings, transcript)
        self.carrier: ChildMidiCarrier | TranscriptMidiCarrier
        if transcript is None:
            self.carrier = ChildMidiCarrier(settings, self.counters, lines)
        else:
            self.carrier = TranscriptMidiCarrier(settings, self.counters, transcript)

    @property
    def away(self) -> tuple[str, ...]:
        """A sentence where the port is not there."""
        return (self.carrier.away,) if self.carrier.away else ()

    @property
    def refusals(self) -> int:
        """Times the system started no process in the place of one that had gone."""
        return self.carrier.refusals

    def bind(self, settings: MidiPlaySettings, context: DrumContext, where: str) -> MidiPlay:
        """Return a drum's compiled map, and set its programs."""
        play = MidiPlay(settings, context, where)
        self.carrier.use(play.channel, play.programs)
        return play

    def strike(self, play: MidiPlay, numbers: Numbers, moment: Moment) -> None:
        """Send a complete stroke."""
        self.counters.strokes += 1
        self._send(play.values(numbers), None if play.early else play.note(numbers), moment)

    def early(self, play: MidiPlay, numbers: Numbers, moment: Moment) -> None:
        """Send the note alone."""
        self._send([], play.note(numbers), moment)

    def cost(self, play: MidiPlay, numbers: Numbers) -> WireCost:
        """Return what a stroke costs, at worst: when every value has changed."""
        places = play.context.drum, self.settings.name
        return stroke_cost(places, self.settings, play.values(numbers), play.note(numbers), play.early)

    def panic(self) -> None:
        """End every note."""
        self.carrier.panic()

    def resend(self) -> None:
        """Send the programs and the latest values again."""
        self.carrier.resend()

    def _close(self) -> None:
        self.carrier.close()

    def _send(self, values: Sequence[Value], note: NoteOn | None, moment: Moment) -> None:
        if values or note is not None:
            self.carrier.stroke(values, note, moment)


def _from_short(entry: CcValue) -> MidiValue:
    fields = entry.model_dump(exclude={"number"}, by_alias=True)
    return MidiValue.model_validate(fields | {"cc": entry.number})


def _require_ends(scaler: Scaler, kind: str, highest: int, where: str) -> None:
    """Refuse a range that leaves what a kind of message carries."""
    for key, end in (("low", scaler.low), ("high", scaler.high)):
        if not 0 <= end <= highest:
            raise InputError(f"{where}.{key} is {end:g}; a {kind} takes 0 to {highest}")
