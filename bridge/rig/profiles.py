"""Profiles of other synths: notes and controls by name, so that a rig can say ``control = "SD snappy"``.

One TOML file a synth in ``config/synths``; every number in it names its source.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import Literal, TypeVar

from pydantic import Field, model_validator

from bridge.midi_bytes import KINDS
from bridge.rig.midi import MidiKinds
from bridge.rig.settings import Channel, OscConstant, Settings, SevenBit
from bridge.rig.validation import checked
from synth.errors import InputError, nearest, shown
from synth.files import Shelf, config_dir, read_toml

PROFILES = Shelf(config_dir() / "synths", ".toml", "profile")
"""The profiles that ship."""


class _Entry(Settings):
    name: str = Field(min_length=1, description="what a rig's map calls it")
    source: str = Field(min_length=1, description="where the number was read: a key of sources")


EntryT = TypeVar("EntryT", bound=_Entry)


class Control(MidiKinds, _Entry):
    """One control of a synth: how it is reached, its range, what it does."""

    address: str = Field("", pattern="^(/.*)?$", description="OSC address; {drum} and {index} are filled in")
    key: str = Field("", description="OSC: name before the value, where one message carries all")
    type: Literal["f", "i", "d"] = Field("f", description="OSC type")
    low: float | None = Field(None, description="lowest value of the message; MIDI: 0")
    high: float | None = Field(
        None, description="highest value of the message; MIDI: 127; OSC: a rig says what is left out"
    )
    unit: str = Field("", description="of the value")
    meaning: str = Field("", description="what it does")
    range_source: str = Field("", description="where low and high were read, if not there")

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
    notes: list[NoteName] = Field(default_factory=list)
    controls: list[Control] = Field(default_factory=list)

    @model_validator(mode="after")
    def _sources_are_named(self) -> Profile:
        used = [note.source for note in self.notes] + [control.source for control in self.controls]
        used += [control.range_source for control in self.controls if control.range_source]
        places = ((self.channel, self.channel_source), (self.port, self.port_source), (self.layout, self.layout_source))
        used += [source for number, source in places if number is not None]
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
