"""How drums play targets, as a rig file says it: settings of ``[[drum.play]]``. Door: pydantic.

Which keys a play may have follows from the kind of its target. An unknown key is an error that names the key.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, model_validator

from bridge.midi_bytes import KINDS
from bridge.rig.midi import Controller, MidiKinds
from bridge.rig.settings import (
    AudioChannel,
    Channel,
    Finite,
    FromFile,
    OscConstant,
    OscText,
    Settings,
    SevenBit,
    fits_osc,
)
from bridge.rig.tunings import Tuning
from synth.errors import shorter, spelt

SourceRange = Annotated[tuple[Finite, Finite], Field(strict=False)]
_End = Annotated[float, Field(allow_inf_nan=True)]
PartOfRange = Annotated[tuple[_End, _End], Field(strict=False)]
"""From the first number up to but not including the second; ``inf`` and ``-inf`` leave an end open."""
CurveName = Literal["linear", "exponential", "logarithmic", "power"]
_CURVES = (
    "how it goes between: linear by differences; exponential (linexp) by ratio of what is sent; logarithmic (explin) "
    "by ratio of the source; power (expexp) by ratio of both"
)


class PlaySettings(FromFile):
    """What every ``[[drum.play]]`` may say, whatever it plays."""

    target: str = Field(min_length=1, description="name of a [[target]]")
    trigger_when: Literal["complete", "early"] = Field(
        "complete", description="early: the note at detection, its values when the window is full"
    )
    model: str | None = Field(None, min_length=1, description="a model for this play alone; default: the drum's")
    preset: str | None = Field(
        None, description="a preset for this play alone; default: its own model's if it has one, else the drum's"
    )
    amount: float | None = Field(None, ge=0, le=4, description="an amount for this play alone; default: the drum's")
    when: dict[str, PartOfRange] = Field(
        {},
        description="only strokes whose numbers lie in these ranges, each in its own unit: { centroid = [90, inf] }; "
        "the first end is part of a range, the second only where it is the number's highest; default: every stroke",
    )

    @model_validator(mode="after")
    def _when_can_be_known(self) -> PlaySettings:
        for name, (low, high) in self.when.items():
            if not low < high:
                raise ValueError(
                    f"when.{shorter(spelt(name))} is [{low:g}, {high:g}]; its first end must be below its second"
                )
        if self.when and self.trigger_when == "early":
            raise ValueError(
                "when does not go with trigger_when = 'early', which plays before the numbers of a stroke are known; "
                "use 'complete'"
            )
        return self

    @property
    def own(self) -> dict[str, Any]:
        """What of the drum's mapping this play changes for itself; a model brings the preset it was trained on."""
        given = {key: getattr(self, key) for key in ("model", "preset", "amount")}
        changes = {key: value for key, value in given.items() if value is not None}
        return {"preset": ""} | changes if "model" in changes else changes


class Source(Settings):
    """A number of the stroke, scaled: ``range`` of the source becomes ``low`` to ``high``."""

    source: str = Field(
        alias="from", min_length=1, description="a number of a stroke (docs/protocol.md): level, a parameter, unit.X"
    )
    range: SourceRange | None = Field(
        None, description="part of the source that is used, in the source's unit; default: its whole range"
    )
    low: Finite | None = Field(None, description="sent at the first end of range, in the unit that is sent")
    high: Finite | None = Field(None, description="sent at the last end of range")
    curve: CurveName = Field("linear", description=_CURVES)


class OscValue(Source):
    """One value of an OSC map."""

    name: str | None = Field(
        None, min_length=1, description="in addresses and key/value arguments; default: the source"
    )
    control: str | None = Field(None, description="name of a control of the profile: its address and range")
    type: Literal["f", "i", "d", "T", "s"] | None = Field(
        None,
        description="OSC type: float, integer, double, T or F (true from 0.5 on), one of texts; default: f, or i for "
        "what counts",
    )
    texts: tuple[Annotated[OscText, Field(max_length=255)], ...] = Field(
        (), strict=False, max_length=128, description="what type s sends: the number's range is divided among them"
    )
    args: tuple[OscConstant, ...] = Field((), strict=False, description="arguments before the value (bundle)")


class OscPlaySettings(PlaySettings):
    """How a drum plays an OSC receiver: addresses and arguments."""

    layout: Literal["bundle", "single"] = Field(
        "bundle", description="bundle: a message a value, then the trigger; single: one message with all as arguments"
    )
    values: str = Field("/synth/{name}", pattern="^/", description="address of a value; {name} {path} {index} {drum}")
    send: list[Annotated[str, Field(min_length=1)] | OscValue] | None = Field(
        None, description="which numbers, each in its own unit unless it is scaled; default: every parameter"
    )
    units: Literal["unit", "real"] = Field(
        "unit", description="without send: every parameter as unit.NAME, 0..1, or as NAME, in its own unit"
    )
    trigger: str = Field(
        "/drum/{drum}/hit", pattern="^(/.*)?$", description="address of the trigger (single: the message); empty: none"
    )
    cancel: str = Field(
        "/drum/{drum}/cancel",
        pattern="^(/.*)?$",
        description="address to which the number of an early trigger goes whose stroke was none; empty: none",
    )
    trigger_args: tuple[Annotated[bool | str | int | float | OscValue, AfterValidator(fits_osc)], ...] = Field(
        ("{velocity}",),
        strict=False,
        description='a text, a number, "{source}" or a table; single: also "{values}" and "{pairs}"',
    )
    profile: str | None = Field(
        None, description="a file of config/synths, or path from the rig's folder, for control names"
    )

    @model_validator(mode="after")
    def _units_are_of_all_parameters(self) -> OscPlaySettings:
        if self.send is not None and self.units == "unit" and "units" in self.model_fields_set:
            raise ValueError("units = 'unit' is for a play without send; in send, unit.NAME is a number in 0 to 1")
        return self


NoteNumber = SevenBit | Annotated[str, Field(min_length=1, max_length=60)]
"""A note, a sound of the profile or a pitch such as F#2."""


class NoteFrom(Source):
    """A note chosen by a number of the stroke."""

    scale: str = Field("chromatic", description="chromatic, major, minor, minor-pentatonic, ...")
    root: NoteNumber = Field(36, description="note on which the scale starts")


class VoicePlaySettings(PlaySettings):
    """How a drum plays the built-in voice."""

    gain_db: float = Field(0.0, ge=-60, le=24, description="level of this drum in the voice")
    pan: float | None = Field(None, ge=-1, le=1, description="a pan for this play alone; default: the target's")
    outputs: tuple[AudioChannel, ...] | None = Field(
        None,
        strict=False,
        min_length=1,
        description="outputs for this play alone; default: the target's. Where pan or outputs differ from those of the "
        "target, another voice of the same settings plays there, with its own polyphony",
    )
    note: NoteNumber | NoteFrom | Annotated[list[NoteNumber], Field(min_length=1, max_length=64)] | None = Field(
        None,
        description="the voice's pitch: a note's number or name (F#2), a list that strokes take in turn, or {from, "
        "scale, root, low, high}; the mapping moves the voice from there. Of several pitches the first is brought to "
        "the note, and the others move along; default: the preset's pitch",
    )
    middle_c: Literal["C3", "C4", "C5"] = Field("C4", description="what a pitch's name calls note 60; many makers: C3")
    tuning: Tuning | None = Field(None, description="which pitch a note has; default: equal, A4 at 440 Hz")

    @model_validator(mode="after")
    def _outputs_differ(self) -> VoicePlaySettings:
        require_different(self.outputs or ())
        return self

    @model_validator(mode="after")
    def _tuning_has_a_note(self) -> VoicePlaySettings:
        if self.tuning is not None and self.note is None:
            raise ValueError("tuning says which pitch a note has; give note, too")
        return self


def require_different(outputs: Sequence[int]) -> None:
    """Refuse outputs of which one is named twice."""
    if len(set(outputs)) < len(outputs):
        raise ValueError(f"outputs is {list(outputs)}; each may be named once")


class Velocity(Settings):
    """How hard a note is."""

    source: str = Field("velocity", alias="from", min_length=1, description="number that sets it")
    range: SourceRange | None = Field(None, description="part of the source that is used; default: its whole range")
    curve: CurveName | Literal["fixed", "table"] = Field("linear", description="as of a map, or one value, or a table")
    low: int = Field(1, ge=1, le=127, description="of the softest stroke")
    high: int = Field(127, ge=1, le=127, description="of the hardest stroke")
    value: int = Field(100, ge=1, le=127, description="when the curve is fixed")
    table: list[Annotated[int, Field(ge=1, le=127)]] = Field(
        default_factory=list,
        max_length=128,
        description="velocities from soft to hard, joined by lines; 0 would be a note-off",
    )

    @model_validator(mode="after")
    def _table_is_there(self) -> Velocity:
        if (self.curve == "table") != bool(self.table):
            raise ValueError('a table and curve = "table" belong together')
        return self


Hysteresis = Annotated[float, Field(ge=0, le=1, description="in steps; how far past a step before the value moves")]


class CcValue(Source):
    """One seven-bit controller: the short form of a `MidiValue`."""

    number: Controller
    hysteresis: Hysteresis = 0.1


class MidiValue(MidiKinds, Source):
    """One continuous value of a MIDI map; exactly one of the keys that say which."""

    control: str | None = Field(None, description="name of a control of the profile")
    null: bool = Field(True, description="close an NRPN or RPN with the null parameter")
    hysteresis: Hysteresis = 0.1

    @model_validator(mode="after")
    def _one_kind(self) -> MidiValue:
        found = self.kinds + ([] if self.control is None else ["control"])
        if len(found) != 1:
            there = " and ".join(found) or "none of them"
            raise ValueError(f"give exactly one of {', '.join(KINDS)}, control; there is {there}")
        return self


class MidiPlaySettings(PlaySettings):
    """How a drum plays a MIDI port: controllers, then the note."""

    channel: Channel | None = Field(None, description="1 to 16; default: the profile's, else 10")
    channels: tuple[Channel, ...] = Field(
        (), strict=False, max_length=16, description="in place of channel: strokes take them in turn, values and note"
    )
    note: NoteNumber | NoteFrom | Annotated[list[NoteNumber], Field(min_length=1, max_length=16)] | None = Field(
        None,
        description="a number, a sound's name in the profile, a pitch (F#2), a list of these, or {from, scale, root, "
        "low, high}; none: values only",
    )
    note_order: Literal["chord", "turn"] = Field("chord", description="of a list: all at once, or one after the other")
    middle_c: Literal["C3", "C4", "C5"] = Field("C4", description="what a pitch's name calls note 60; many makers: C3")
    note_ms: float = Field(100.0, ge=1, le=60_000, description="until note-off")
    choke: list[NoteNumber] = Field(
        default_factory=list, max_length=32, description="notes of the play's channels that this stroke cuts"
    )
    choke_with: Literal["note-off", "poly-pressure"] = "note-off"
    velocity: Velocity = Velocity()
    cc: list[CcValue] = Field(
        default_factory=list, max_length=128, description="seven-bit controllers, most important first"
    )
    values: list[MidiValue] = Field(
        default_factory=list, max_length=128, description="controllers of any kind, most important first"
    )
    program: int | None = Field(None, ge=1, le=128, description="program change at start, counted from 1")
    bank: int | None = Field(None, ge=0, le=16383, description="bank select before it: CC 0 and CC 32")
    profile: str | None = Field(
        None, description="a file of config/synths, or path from the rig's folder, for the names of notes and controls"
    )

    @model_validator(mode="after")
    def _channels_differ(self) -> MidiPlaySettings:
        if self.channels and self.channel is not None:
            raise ValueError("there is channel and channels; give one of them")
        if len(set(self.channels)) < len(self.channels):
            raise ValueError(f"channels is {list(self.channels)}; each may be named once")
        return self

    @model_validator(mode="after")
    def _bank_has_a_program(self) -> MidiPlaySettings:
        if self.bank is not None and self.program is None:
            raise ValueError("bank is sent with a program change; give program (1 to 128) too")
        return self
