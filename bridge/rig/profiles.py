"""Profiles of other synths: notes and controls by name, so that a rig can say ``control = "SD snappy"``.

One TOML file a synth in ``config/synths``; every number in it names its source.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Literal, TypeVar

from pydantic import Field, model_validator

from bridge.midi_bytes import KINDS
from bridge.rig.midi import MidiKinds
from bridge.rig.sampling import SamplingSettings
from bridge.rig.settings import Channel, Finite, OscConstant, Settings, SevenBit
from bridge.rig.validation import checked
from synth.errors import InputError, nearest, shown
from synth.files import Shelf, config_dir, read_toml
from synth.spec import MOST_STEPS, Curve, Role
from synth.spec import Kind as Takes

PROFILES = Shelf(config_dir() / "synths", ".toml", "profile")
"""The profiles that ship."""


RESERVED = ("velocity", "gain_db", "level", "centroid", "flatness", "stroke", "onset_samples", "note")
"""Names that numbers of a stroke have already."""

OF_SYNTH = "synth."
"""Begins the name of a parameter that would else have one of these names."""


def parameter_name(control: str) -> str:
    """Return what a model calls a control, or another number that a synth takes.

    >>> parameter_name("SD snappy"), parameter_name("Cutoff (Hz)"), parameter_name("Level"), parameter_name("%")
    ('sd_snappy', 'cutoff_hz', 'synth.level', 'control')
    """
    name = re.sub(r"[^a-z0-9.]+", "_", control.lower()).strip("_.") or "control"
    return f"{OF_SYNTH}{name}" if name in RESERVED else name


class _Entry(Settings):
    name: str = Field(min_length=1, description="what a rig's map calls it")
    source: str = Field(min_length=1, description="where the number was read: a key of sources")


EntryT = TypeVar("EntryT", bound=_Entry)


class Control(MidiKinds, _Entry):
    """One control of a synth: how it is reached, its range, what it does."""

    address: str = Field("", pattern="^(/.*)?$", description="OSC address; {drum} and {index} are filled in")
    key: str = Field("", description="OSC: name before the value, where one message carries all")
    type: Literal["f", "i", "d", "T"] = Field("f", description="OSC type; T: true or false, for a switch")
    low: Finite | None = Field(None, description="lowest value of the message; MIDI: 0")
    high: Finite | None = Field(
        None, description="highest value of the message; MIDI: 127; OSC: a rig says what is left out"
    )
    unit: str = Field("", description="of the value")
    meaning: str = Field("", description="what it does")
    range_source: str = Field("", description="where low and high were read, if not there")
    takes: Takes = Field(
        "number", description="number: values in order; choice: values without one; switch: two values"
    )
    choices: tuple[str, ...] = Field((), strict=False, description="names of a choice's values, from low to high")
    steps: int | None = Field(
        None, ge=0, le=MOST_STEPS, description="how many values differ; 0: any; default: what the message can carry"
    )
    curve: Curve = Field("linear", description="how low to high is covered evenly: by differences or by ratios")
    default: Finite | None = Field(None, description="value while the control is not moved; sent before sampling")
    role: Role = Field("", description="what it does to a stroke, if it is its pitch, decay or level")
    settle_ms: float = Field(0.0, ge=0, le=10_000, description="time that the synth takes to follow it")
    learn: tuple[Finite, Finite] | None = Field(
        None, strict=False, description="part of the range in which it is sampled and learned; default: all of it"
    )
    weights: tuple[Annotated[float, Field(ge=0, le=1000)], ...] = Field(
        (), strict=False, description="how often each value of a choice is sampled, against the others"
    )

    @property
    def parameter(self) -> str:
        """Its name as a parameter of a model."""
        return parameter_name(self.name)

    @property
    def way(self) -> str:
        """``MIDI`` or ``OSC``."""
        return "MIDI" if self.kinds else "OSC"

    @property
    def span(self) -> tuple[float, float] | None:
        """Lowest and highest value of the message; None where the receiver sets none."""
        if self.low is not None and self.high is not None:
            return self.low, self.high
        if self.way == "OSC":
            return None
        low, high = KINDS[self.kind].ends if KINDS[self.kind].lowest else (0.0, 127.0)
        return low if self.low is None else self.low, high if self.high is None else self.high

    @model_validator(mode="after")
    def _fits_its_message(self) -> Control:
        if len(self.kinds) + bool(self.address or self.key) != 1:
            raise ValueError(f"control {shown(self.name)} needs exactly one of {', '.join(KINDS)}, address, key")
        lowest, highest = (KINDS[self.kind].lowest, KINDS[self.kind].highest) if self.kinds else (0, 0)
        for key, end in (("low", self.low), ("high", self.high)) if self.kinds else ():
            if end is not None and not lowest <= end <= highest:
                takes = f"a {self.kind} takes {lowest} to {highest}"
                raise ValueError(f"{key} of control {shown(self.name)} is {end:g}; {takes}")
        return self

    @model_validator(mode="after")
    def _fits_its_kind(self) -> Control:
        ends = self.learn or self.span
        if self.weights and len(self.weights) != self.resolution:
            raise ValueError(
                f"control {shown(self.name)} has {len(self.weights)} weights and takes {self.resolution} values"
            )
        if self.weights and not any(self.weights):
            raise ValueError(f"weights of control {shown(self.name)} are all 0; leave at least one that is not")
        if self.takes == "choice" and not self.resolution:
            raise ValueError(f"control {shown(self.name)} is a choice; give choices or steps")
        if self.choices and self.steps not in (None, len(self.choices)):
            raise ValueError(f"control {shown(self.name)} has {len(self.choices)} choices and {self.steps} steps")
        if ends and self.curve == "log" and min(ends) <= 0.0:
            raise ValueError(f"control {shown(self.name)} goes by ratios from {min(ends):g}; both ends must be above 0")
        if self.learn and self.learn[0] == self.learn[1]:
            raise ValueError(f"learn of control {shown(self.name)} is one value; give two that differ")
        if self.span and not all(min(self.span) <= end <= max(self.span) for end in self.learn or ()):
            raise ValueError(
                f"learn of control {shown(self.name)} leaves its range, {self.span[0]:g} to {self.span[1]:g}"
            )
        return self

    @property
    def resolution(self) -> int:
        """How many values differ in the part that is learned; 0: any."""
        if self.takes == "switch":
            return 2
        if self.choices or self.steps is not None:
            return len(self.choices) or self.steps or 0
        ends = self.learn or self.span
        if ends is None or (self.way == "OSC" and self.type != "i"):
            return 0
        return round(abs(ends[1] - ends[0])) + 1


class NoteName(_Entry):
    """One sound of a synth that a note plays."""

    note: SevenBit


class Profile(Settings):
    """A synth: what it listens to."""

    name: str = Field(min_length=1, description="maker and model")
    channel: Channel | None = Field(None, description="MIDI channel as delivered")
    channel_source: str = Field("", description="where the channel was read")
    port: int | None = Field(None, ge=1, le=65535, description="OSC port, for a rig's [[target]] to name")
    port_source: str = Field("", description="where the port was read")
    about: str = Field("", description="what a person should know before playing it")
    layout: Literal["bundle", "single"] | None = Field(None, description="OSC: as in a play, where it says nothing")
    trigger: str | None = Field(None, pattern="^(/.*)?$", description="OSC: the same")
    trigger_args: tuple[OscConstant, ...] | None = Field(None, strict=False, description="OSC: the same")
    layout_source: str = Field("", description="where the layout was read")
    sources: dict[str, str] = Field(default_factory=dict, description="what the sources are")
    sampling: SamplingSettings | None = Field(None, description="how it is recorded, so that it can be learned")
    notes: list[NoteName] = Field(default_factory=list)
    controls: list[Control] = Field(default_factory=list)

    @model_validator(mode="after")
    def _sources_are_named(self) -> Profile:
        used = [note.source for note in self.notes] + [control.source for control in self.controls]
        used += [control.range_source for control in self.controls if control.range_source]
        places = ((self.channel, self.channel_source), (self.port, self.port_source), (self.layout, self.layout_source))
        used += [source for number, source in places if number is not None]
        used += [self.sampling.source] if self.sampling else []
        for source in used:
            if source not in self.sources:
                raise ValueError(
                    f"source {shown(source)} is not described; [sources] has {', '.join(self.sources) or 'none'}"
                )
        return self

    @model_validator(mode="after")
    def _names_are_unique(self) -> Profile:
        for kind, entries in (("note", self.notes), ("control", self.controls)):
            names = [entry.name.lower() for entry in entries]
            for entry in entries:
                if names.count(entry.name.lower()) > 1:
                    raise ValueError(f"{kind} {shown(entry.name)} is there twice; capitals make no other name")
        return self

    def has_note(self, name: str) -> bool:
        """Tell whether there is a sound of that name."""
        return name.lower() in {note.name.lower() for note in self.notes}

    def note(self, name: str, where: str) -> int:
        """Return the note of a sound; `InputError` names those that exist."""
        return self._named(self.notes, name, "sound", where).note

    def control(self, name: str, way: str, where: str) -> Control:
        """Return a control that is reached by OSC or MIDI; `InputError` names those that exist."""
        control = self._named(self.controls, name, "control", where)
        if control.way != way:
            raise InputError(f"{where}: {shown(name)} of {self.name} is reached by {control.way}; this play is {way}")
        return control

    def _named(self, entries: Iterable[EntryT], name: str, word: str, where: str) -> EntryT:
        found = {entry.name.lower(): entry for entry in entries}
        if name.lower() not in found:
            meant = nearest(name.lower(), found) or f"it has {', '.join(found) or 'none'}"
            raise InputError(f"{where}: {shown(name)} is no {word} of {self.name}; {meant}")
        return found[name.lower()]


def control_of(profile: Profile | None, name: str, way: str, where: str) -> Control:
    """Return a control that a play names, from the play's profile; ``where`` is the place in the play."""
    if profile is None:
        raise InputError(f"{where}.control: a control needs a profile; add profile = '...' to this play")
    return profile.control(name, way, f"{where}.control")


def load_profile(name_or_path: str, where: str, beside: Path = Path()) -> Profile:
    """Return one of `PROFILES`, or one from a file (relative paths from ``beside``).

    ``where`` begins the text of an `InputError`.
    """
    return _read(PROFILES.find(name_or_path, f"{where}.profile", beside))


@lru_cache
def _read(path: Path) -> Profile:
    return checked(Profile, read_toml(path), str(path))
