"""Profiles of other synths: notes and controls by name, so that a rig can say ``control = "SD snappy"``.

One TOML file a synth in ``config/synths``; every number in it names its source.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import Literal

from pydantic import Field, model_validator

from bridge.rig.settings import Channel, OscConstant, Settings, SevenBit
from bridge.rig.validation import checked
from synth.errors import InputError, nearest, shown
from synth.files import Shelf, config_dir, read_toml

PROFILES = Shelf(config_dir() / "synths", ".toml", "profile")
"""The profiles that ship."""


class Control(Settings):
    """One control of a synth: how it is reached, its range, what it does."""

    name: str = Field(min_length=1, description="what a rig's map calls it")
    cc: SevenBit | None = Field(None, description="seven-bit controller")
    cc14: int | None = Field(None, ge=0, le=31, description="fourteen-bit controller pair")
    nrpn: int | None = Field(None, ge=0, le=16383, description="non-registered parameter number")
    address: str = Field("", pattern="^(/.*)?$", description="OSC address; {drum} and {index} are filled in")
    key: str = Field("", description="OSC: name before the value, where one message carries all")
    type: Literal["f", "i", "d"] = Field("f", description="OSC type")
    low: float | None = Field(None, description="lowest value of the message; MIDI: 0")
    high: float | None = Field(
        None, description="highest value of the message; MIDI: 127; OSC: a rig says what is left out"
    )
    unit: str = Field("", description="of the value")
    meaning: str = Field("", description="what it does")
    source: str = Field(min_length=1, description="where the number was read: a key of sources")
    range_source: str = Field("", description="where low and high were read, if not there")

    @property
    def kind(self) -> str:
        """``cc``, ``cc14``, ``nrpn`` or ``osc``."""
        return next((kind for kind in ("cc", "cc14", "nrpn") if getattr(self, kind) is not None), "osc")

    @property
    def number(self) -> int:
        """The controller or parameter number."""
        return int(getattr(self, self.kind))

    @property
    def span(self) -> tuple[float, float] | None:
        """Lowest and highest value of the message; None where the receiver sets none."""
        if self.low is None or self.high is None:
            return None if self.kind == "osc" else (self.low or 0.0, 127.0 if self.high is None else self.high)
        return self.low, self.high

    @model_validator(mode="after")
    def _one_way(self) -> Control:
        ways = [kind for kind in ("cc", "cc14", "nrpn") if getattr(self, kind) is not None]
        if len(ways) + bool(self.address or self.key) != 1:
            raise ValueError(f"control {shown(self.name)} needs exactly one of cc, cc14, nrpn, address, key")
        return self

    @model_validator(mode="after")
    def _ends_fit_the_message(self) -> Control:
        highest = {"cc": 127, "cc14": 16383, "nrpn": 16383}.get(self.kind)
        for key, end in (("low", self.low), ("high", self.high)):
            if highest is not None and end is not None and not 0 <= end <= highest:
                raise ValueError(f"{key} of control {shown(self.name)} is {end:g}; a {self.kind} takes 0 to {highest}")
        return self


class NoteName(Settings):
    """One sound of a synth that a note plays."""

    name: str = Field(min_length=1)
    note: SevenBit
    source: str = Field(min_length=1, description="where the number was read: a key of sources")


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

    def note(self, name: str, where: str) -> int:
        """Return the note of a sound; `InputError` names those that exist."""
        found = {entry.name.lower(): entry.note for entry in self.notes}
        if name.lower() not in found:
            raise InputError(f"{where}: {shown(name)} is no sound of {self.name}; {_meant(name, found)}")
        return found[name.lower()]

    def control(self, name: str, where: str) -> Control:
        """Return a control by its name; `InputError` names those that exist."""
        found = {entry.name.lower(): entry for entry in self.controls}
        if name.lower() not in found:
            raise InputError(f"{where}.control: {shown(name)} is no control of {self.name}; {_meant(name, found)}")
        return found[name.lower()]

    def midi_control(self, name: str, where: str) -> Control:
        """Return a control that MIDI reaches."""
        control = self.control(name, where)
        if control.kind == "osc":
            raise InputError(f"{where}.control: {shown(name)} of {self.name} is reached by OSC; this play is MIDI")
        return control

    def osc_control(self, name: str, where: str) -> Control:
        """Return a control that OSC reaches."""
        control = self.control(name, where)
        if control.kind != "osc":
            raise InputError(f"{where}.control: {shown(name)} of {self.name} is reached by MIDI; this play is OSC")
        return control


def _meant(name: str, found: Iterable[str]) -> str:
    """Return the names that were probably meant, or all there are."""
    return nearest(name.lower(), found) or f"it has {', '.join(found) or 'none'}"


def load_profile(name_or_path: str, where: str, beside: Path = Path()) -> Profile:
    """Return one of `PROFILES`, or one from a file (relative paths from ``beside``).

    ``where`` begins the text of an `InputError`.
    """
    return _read(PROFILES.find(name_or_path, f"{where}.profile", beside))


@lru_cache
def _read(path: Path) -> Profile:
    return checked(Profile, read_toml(path), str(path))
