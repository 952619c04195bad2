"""Strikes as MIDI: controllers, most important first, then the note."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from bridge.events import Moment, Numbers, Transcript
from bridge.mapping.notes import nearest_note, require_note_range, scale_notes
from bridge.mapping.numbers import Scaler, unlike_its_knob
from bridge.midi.carrier import ChildMidiCarrier, TranscriptMidiCarrier
from bridge.midi.messages import NoteOn, Value
from bridge.midi_bytes import KINDS, program_change
from bridge.rig.plays import CcValue, MidiPlaySettings, MidiValue, NoteFrom, Source, Velocity
from bridge.rig.profiles import control_of, load_profile
from bridge.rig.targets import MidiTargetSettings
from bridge.targets.base import DrumContext, Play, Target
from bridge.targets.cost import WireCost, stroke_cost
from bridge.targets.midi_notes import ChannelTurn, StrokeChannels, Zone, chord, note_number
from bridge.targets.midi_values import MidiSlot
from bridge.targets.modelled import with_model_midi
from synth.errors import InputError

DRUM_CHANNEL = 10


class MidiPlay(Play):
    """One drum's map to MIDI messages. Where it takes channels or notes in turn, each call is the next stroke."""

    settings: MidiPlaySettings

    def __init__(self, settings: MidiPlaySettings, context: DrumContext, where: str, zone: Zone | None = None) -> None:
        self._where = where
        self._profile = load_profile(settings.profile, where, settings.folder) if settings.profile else None
        settings = with_model_midi(settings, self._profile, context)
        super().__init__(settings, context)
        self._scale_notes: tuple[int, ...] = ()
        self._notes, self._note_scaler = self._read_note()
        self._choke = tuple(self._named_note(given, f"choke[{i}]") for i, given in enumerate(settings.choke, 1))
        self._turned = 0
        turn, zoned = self._read_channels(zone)
        self.channels = turn.channels
        self._choke_channels = self.channels if self._choke and len(self.channels) > 1 else ()
        chords = len(self._notes) if zoned and settings.note_order == "chord" else 1
        self._stroke_channels = StrokeChannels(turn, max(chords, 1))
        self._velocity = self._note_scaler_of(_velocity_source(settings.velocity), 1.0, 127.0, f"{where}.velocity")
        self._table = np.array(settings.velocity.table, float)
        self._table_places = np.arange(len(self._table))
        self.slots = tuple(self._slots())

    @property
    def programs(self) -> tuple[Value, ...]:
        """What is set when the port opens."""
        settings = self.settings
        if settings.program is None:
            return ()
        return tuple(
            Value(f"program {channel}", program_change(channel, settings.program - 1, settings.bank))
            for channel in self.channels
        )

    def stroke(self, numbers: Numbers) -> tuple[list[Value], NoteOn | None]:
        """Return a complete stroke: its values, most important first, and its note if that has not left before."""
        channels = self._stroke_channels.complete(numbers)
        values = [value for slot in self.slots for value in slot.values(numbers, channels)]
        return values, None if self.early else self._note(numbers, channels)

    def note(self, numbers: Numbers) -> NoteOn | None:
        """Return the note of a stroke that was only detected, if the map has one."""
        return self._note(numbers, self._stroke_channels.early(numbers))

    def dismiss(self, numbers: Numbers) -> None:
        """Forget an early note: no values follow it."""
        self._stroke_channels.dismiss(numbers)

    def _note(self, numbers: Numbers, channels: Sequence[int]) -> NoteOn | None:
        notes = (
            self._notes if self._note_scaler is None else (nearest_note(self._scale_notes, self._note_scaler(numbers)),)
        )
        if not notes:
            return None
        settings = self.settings
        if settings.note_order == "turn":
            notes = (notes[self._turned % len(notes)],)
            self._turned += 1
        (channel, note), *also = chord(notes, channels)
        pressure, length_s = settings.choke_with == "poly-pressure", settings.note_ms / 1000
        return NoteOn(
            channel, note, self.velocity(numbers), length_s, self._choke, pressure, tuple(also), self._choke_channels
        )

    def velocity(self, numbers: Numbers) -> int:
        """Return the velocity of a stroke, 1 to 127."""
        shape = self.settings.velocity
        if shape.curve == "fixed":
            return shape.value
        if shape.curve == "table":
            place = self._velocity.place(numbers) * (len(self._table) - 1)
            return max(round(float(np.interp(place, self._table_places, self._table))), 1)
        return max(round(self._velocity(numbers)), 1)

    def _read_channels(self, zone: Zone | None) -> tuple[ChannelTurn, bool]:
        """Return what gives out the play's channels, and whether that is the target's MPE zone."""
        settings = self.settings
        named = [channel - 1 for channel in settings.channels or filter(None, [settings.channel])]
        if zone is not None:
            if not named:
                return zone.turn, True
            zone.require_outside(named, self._where)
        own = (self._profile.channel if self._profile else None) or DRUM_CHANNEL
        return ChannelTurn(named or [own - 1]), False

    def _named_note(self, given: int | str, key: str) -> int:
        return note_number(given, self.settings, self._profile, f"{self._where}.{key}")

    def _read_note(self) -> tuple[tuple[int, ...], Scaler | None]:
        given = self.settings.note
        if given is None:
            return (), None
        if isinstance(given, NoteFrom):
            where = f"{self._where}.note"
            self._scale_notes = scale_notes(given.scale, self._named_note(given.root, "note.root"), where)
            scaler = self._note_scaler_of(given, 36.0, 60.0, where)
            require_note_range(scaler, where)
            return (), scaler
        if isinstance(given, list):
            return tuple(self._named_note(one, f"note[{i}]") for i, one in enumerate(given, 1)), None
        return (self._named_note(given, "note"),), None

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
                f"{self._where}: {twice[0]} on channel {self.channels[0] + 1} is mapped twice{''.join(pairs[:1])}; "
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
        if kind.per_note and len(self._notes) != 1:
            raise InputError(f"{where}: {entry.kind} needs a play with one fixed note")
        scaler = Scaler.of(entry, self.context.ranges, *(span or kind.ends), where)
        self.notes += unlike_its_knob(entry, self.context.ranges, where)
        _require_ends(scaler, entry.kind, (kind.lowest, kind.highest), where, kind.ends)
        return MidiSlot(entry, scaler, self._notes[0] if self._notes else 0)


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
        self._zone = Zone(settings.mpe) if settings.mpe is not None else None
        self.carrier: ChildMidiCarrier | TranscriptMidiCarrier
        if transcript is None:
            self.carrier = ChildMidiCarrier(settings, self.counters, lines)
        else:
            self.carrier = TranscriptMidiCarrier(settings, self.counters, transcript)
        if self._zone is not None and settings.mpe is not None:
            self.carrier.use(settings.mpe.manager, self._zone.setup)

    @property
    def away(self) -> tuple[str, ...]:
        """A sentence where the port is not there."""
        return (self.carrier.away,) if self.carrier.away else ()

    @property
    def unended(self) -> str:
        """After `close` a sentence where note-offs could not leave."""
        return self.carrier.unended

    @property
    def refusals(self) -> int:
        """Times the system started no process in the place of one that had gone."""
        return self.carrier.refusals

    def bind(self, settings: MidiPlaySettings, context: DrumContext, where: str) -> MidiPlay:
        """Return a drum's compiled map, and set its programs."""
        play = MidiPlay(settings, context, where, self._zone)
        self.carrier.use(play.channels[0], play.programs)
        for channel in play.channels[1:]:
            self.carrier.use(channel, ())
        return play

    def strike(self, play: MidiPlay, numbers: Numbers, moment: Moment) -> None:
        """Send a complete stroke."""
        self.counters.strokes += 1
        self._send(play, *play.stroke(numbers), numbers, moment)

    def early(self, play: MidiPlay, numbers: Numbers, moment: Moment) -> None:
        """Send the note alone."""
        self._send(play, [], play.note(numbers), numbers, moment)

    def cancel(self, play: MidiPlay, numbers: Numbers, moment: Moment) -> None:
        """End an early note whose stroke was none."""
        play.dismiss(numbers)
        self.carrier.cancel(int(numbers["stroke"]), moment)

    @property
    def reached(self) -> str:
        """The port that is open."""
        return self.carrier.opened

    @property
    def place(self) -> str:
        """The port that is open, or that is waited for."""
        return f"MIDI port {self.carrier.opened or self.settings.port}"

    @property
    def rivals(self) -> tuple[str, ...]:
        """Ports that the rig's name fits as well."""
        return self.carrier.rivals

    def cost(self, play: MidiPlay, numbers: Numbers) -> WireCost:
        """Return what a stroke costs, at worst: when every value has changed."""
        places = play.context.drum, self.settings.name
        note = play.note(numbers) if play.early else None
        values, own = play.stroke(numbers)
        return stroke_cost(places, self.settings, values, note or own, play.early)

    def panic(self) -> None:
        """End every note."""
        self.carrier.panic()

    def resend(self) -> None:
        """Send the programs and the latest values again."""
        self.carrier.resend()

    def pass_time(self, now_s: float) -> None:
        """Write down what has left, note-offs among it."""
        if isinstance(self.carrier, TranscriptMidiCarrier):
            self.carrier.play_until(now_s)

    def _close(self) -> None:
        self.carrier.close()

    def _send(
        self, play: MidiPlay, values: Sequence[Value], note: NoteOn | None, numbers: Numbers, moment: Moment
    ) -> None:
        if note is not None:
            struck = "+".join(str(number) for _, number in note.keys)
            self.counters.last = play.context.drum, f"note {struck} velocity {note.velocity}"
        if values or note is not None:
            self.carrier.stroke(values, note, moment, int(numbers["stroke"]))


def _velocity_source(shape: Velocity) -> Source:
    """Return how hard a note is as an entry of a map; a table is read by the place in the range."""
    curve = "linear" if shape.curve in ("fixed", "table") else shape.curve
    fields = {"from": shape.source, "range": shape.range, "low": shape.low, "high": shape.high, "curve": curve}
    return Source.model_validate(fields)


def _from_short(entry: CcValue) -> MidiValue:
    fields = entry.model_dump(exclude={"number"}, by_alias=True)
    return MidiValue.model_validate(fields | {"cc": entry.number})


def _require_ends(
    scaler: Scaler, kind: str, takes: tuple[int, int], where: str, given: tuple[float, float] | None = None
) -> None:
    """Refuse a range that leaves what a kind of message takes; ``given`` are ends of its own that may."""
    for key, end in (("low", scaler.low), ("high", scaler.high)):
        if not takes[0] <= end <= takes[1] and end not in (given or ()):
            raise InputError(f"{where}.{key} is {end:g}; a {kind} takes {takes[0]} to {takes[1]}")
