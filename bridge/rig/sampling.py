"""How a synth is recorded so that it can be learned: the table ``[sampling]`` of a profile. Door: pydantic."""

from __future__ import annotations

from typing import Annotated, TypeVar

from pydantic import AfterValidator, Field, model_validator

from bridge.rig.settings import AudioChannel, Finite, OscConstant, Settings, SevenBit

LONGEST_NOTE_MS = 20_000.0

Number = TypeVar("Number", int, float)


def _in_order(ends: tuple[Number, Number]) -> tuple[Number, Number]:
    if ends[0] > ends[1]:
        raise ValueError(f"it is {list(ends)}; the first may not be above the second")
    return ends


Part = Annotated[tuple[Finite, Finite], AfterValidator(_in_order)]
"""Of a control's range, low and high, both included."""

Ends = Annotated[tuple[SevenBit, SevenBit], AfterValidator(_in_order)]
"""Lowest and highest note or velocity, both included; twice the same: it does not vary."""


class Setup(Settings):
    """An OSC message that is sent once, before anything is recorded."""

    address: str = Field(pattern="^/", description="OSC address")
    args: tuple[OscConstant, ...] = Field((), strict=False, description="its arguments")


class Forbidden(Settings):
    """Settings that are not recorded: those in which every control named here lies in its part of the range."""

    when: dict[str, Annotated[Part, Field(strict=False)]] = Field(
        min_length=1, description="control to the part of its range, in the values of the message"
    )


class SamplingSettings(Settings):
    """How a synth is recorded."""

    source: str = Field(min_length=1, description="where the numbers were read: a key of sources")
    engine: str = Field("live", min_length=1, description="how it is reached; ghostnote sample --help lists the ways")
    program: str = Field("", description="the program that the bridge starts itself, for an engine that does so")
    alike: str = Field("", description="a voice of ours that sounds alike, with parameters of the same names")
    midi_port: str = Field("", description="live: the MIDI output to the synth, or a part of its name")
    osc_port: int | None = Field(None, ge=1, le=65535, description="live: the synth's OSC port on this machine")
    input: AudioChannel = Field(1, description="live: the input channel at which it is heard")
    jack_audio: str = Field("", description="live: the JACK port at which it is heard, CLIENT:PORT, if it has one")
    notes: Ends = Field((60, 60), strict=False, description="lowest and highest note that is recorded")
    velocities: Ends = Field((100, 100), strict=False, description="softest and hardest velocity that is recorded")
    note: SevenBit | None = Field(None, description="the note where it does not vary; default: the middle of notes")
    velocity: SevenBit | None = Field(None, description="the velocity where it does not vary; default: the middle")
    note_ms: float = Field(500.0, ge=1, le=LONGEST_NOTE_MS, description="until note-off")
    tail_ms: float = Field(500.0, ge=0, le=LONGEST_NOTE_MS, description="after note-off, until the next note")
    setup: list[Setup] = Field(default_factory=list, description="messages before the first note, in their order")
    forbid: list[Forbidden] = Field(default_factory=list, description="settings that are left out")

    @property
    def rests(self) -> tuple[int, int]:
        """Note and velocity of what does not vary them."""
        middles = (round(sum(ends) / 2) for ends in (self.notes, self.velocities))
        note, velocity = (
            middle if given is None else given
            for given, middle in zip((self.note, self.velocity), middles, strict=True)
        )
        return note, velocity

    @model_validator(mode="after")
    def _velocities_sound(self) -> SamplingSettings:
        if self.velocities[0] < 1:
            raise ValueError("velocities begins with 0, which is a note-off; allowed is 1 to 127")
        for key, given, (low, high) in (("note", self.note, self.notes), ("velocity", self.velocity, self.velocities)):
            if given is not None and not low <= given <= high:
                raise ValueError(f"{key} is {given}; it lies outside what is recorded, {low} to {high}")
        return self
