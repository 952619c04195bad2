"""``[control]`` of a rig file: who may change live controls, and who is sent the state."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Self

from pydantic import Field, model_validator

from bridge.rig.settings import Channel, FromFile, Port, Settings, SevenBit
from bridge.rig.targets import Receiver

MOST_SUBSCRIBERS = 8
"""Who is sent the live state, whether the rig names them or they ask."""


class CcControl(Settings):
    """One controller that turns one live control."""

    channel: Channel | None = Field(None, description="1 to 16; left out: any")
    number: SevenBit = Field(description="controller number")
    control: str = Field(pattern="^/", description="address of the control, as OSC has it")


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
    midi: str = Field("", description="part of a MIDI input's name; ghostnote makes a port; empty: none")
    cc: tuple[CcControl, ...] = Field((), strict=False, description="what controllers turn")
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
