"""``[control]`` of a rig file: who may change live controls, and who is sent the state."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Literal, Self, get_args

from pydantic import Field, model_validator

from bridge.rig.midi import Controller
from bridge.rig.settings import LONGEST_PORT, Channel, FromFile, Port, Settings, SevenBit
from bridge.rig.targets import Receiver

MOST_SUBSCRIBERS = 8
"""Who is sent the live state, whether the rig names them or they ask."""


Relative = Literal["twos-complement", "signed-bit", "binary-offset"]
RELATIVE: tuple[str, ...] = get_args(Relative)
"""How a value of seven bits says a step: -1 is 127, 65 or 63."""

MOST_BINDINGS = 512
"""Of each kind: more than a controller has knobs and pads."""


class MidiBinding(Settings):
    """What of a MIDI input turns a live control."""

    channel: Channel | None = Field(None, description="1 to 16; left out: any")
    control: str = Field(pattern="^/", max_length=200, description="address of the control, as OSC has it")


class CcControl(MidiBinding):
    """One controller that turns one live control."""

    number: Controller = Field(description="controller number; of 14-bit the higher half, 0 to 31")
    encoding: Literal["absolute", "14-bit"] | Relative = Field(
        "absolute", description="how it says its value; the last three are of encoders that turn without an end"
    )
    step: float = Field(
        0.01, ge=0.0001, le=1, description="of an encoder without an end: share of the control's range a step moves"
    )

    @model_validator(mode="after")
    def _has_a_lower_half(self) -> Self:
        if self.encoding == "14-bit" and self.number > 31:
            raise ValueError(f"number is {self.number}; a 14-bit controller is 0 to 31, its lower half 32 above")
        return self


class NoteControl(MidiBinding):
    """One note, as a pad or a key sends it, that turns one live control."""

    number: SevenBit = Field(description="note")
    mode: Literal["toggle", "momentary", "velocity"] = Field(
        "toggle",
        description="toggle: each note switches over, or chooses the next name; momentary: on, or at the high end, "
        "while the note is held; velocity: as far as the note is hard",
    )
    value: bool | int | float | Annotated[str, Field(max_length=200)] | None = Field(
        None, description="what each note sets, in place of mode: a number in the control's unit, true, false, a name"
    )


class ProgramControl(MidiBinding):
    """Program changes that choose what a live control is."""

    values: tuple[bool | int | float | Annotated[str, Field(max_length=200)], ...] = Field(
        (),
        strict=False,
        max_length=128,
        description="what programs 1, 2, 3 ... choose; default: the control's own names in their order",
    )


class ControlSettings(FromFile):
    """Remote control: OSC in and out, its description by OSCQuery, and MIDI controllers."""

    host: str = Field("127.0.0.1", description="address to listen on; 0.0.0.0 lets the whole network in")
    port: Port = Field(9010, description="UDP for OSC, and TCP for its description (OSCQuery)")
    send_to: tuple[Receiver, ...] = Field((), strict=False, description="who is sent the live state; at most 8")
    rate_hz: float = Field(10.0, gt=0, le=100, description="how often the state is sent; only what changed goes")
    query: bool = Field(True, description="describe everything by OSCQuery")
    names: tuple[Annotated[str, Field(min_length=1, max_length=253)], ...] = Field(
        (),
        strict=False,
        max_length=16,
        description="more names by which OSCQuery may be called, besides its address, localhost and the machine's name",
    )
    announce: bool = Field(
        False, description="tell the network of OSCQuery by mDNS; needs ghostnote[discover] and a host that it reaches"
    )
    midi: str = Field(
        "",
        max_length=LONGEST_PORT,
        description="a MIDI input's name or a part of it, as a target's port; ghostnote makes a port; empty: none",
    )
    cc: tuple[CcControl, ...] = Field((), strict=False, max_length=MOST_BINDINGS, description="what controllers turn")
    note: tuple[NoteControl, ...] = Field((), strict=False, max_length=MOST_BINDINGS, description="what notes turn")
    program: tuple[ProgramControl, ...] = Field(
        (), strict=False, max_length=MOST_BINDINGS, description="what program changes choose"
    )
    learned: str = Field(
        "", description="file that keeps what was learned, from the rig's folder; empty: until the end of play"
    )

    @model_validator(mode="after")
    def _receivers_have_places(self) -> Self:
        if len(self.send_to) > MOST_SUBSCRIBERS:
            raise ValueError(f"send_to names {len(self.send_to)} receivers; allowed are at most {MOST_SUBSCRIBERS}")
        return self

    @model_validator(mode="after")
    def _announces_what_is_reached(self) -> Self:
        if self.announce and not self.query:
            raise ValueError("announce tells of OSCQuery, which query = false turns off; leave one of them out")
        if self.announce and self.host in ("127.0.0.1", "localhost", "::1"):
            raise ValueError(f"announce tells the network of {self.host}, which it cannot reach; give host = '0.0.0.0'")
        return self

    @property
    def where(self) -> str:
        """How a complaint about this table begins: the rig's file and the table's name."""
        return f"{self._source}: control"

    @property
    def learned_file(self) -> Path | None:
        """The file that keeps what was learned, or None."""
        return self.folder / os.path.expanduser(self.learned) if self.learned else None
