"""Live targets of this machine's own: datagrams at a socket, MIDI in a file, with the moment at which each arrived."""

from __future__ import annotations

import itertools
import random
import socket
import struct
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bridge.mapping.numbers import number_ranges
from bridge.rig.targets import MidiTargetSettings, OscTargetSettings, TargetSettings, parse_play, parse_target
from bridge.targets.base import DrumContext, Play, Target
from bridge.targets.midi import MidiTarget
from bridge.targets.osc import OscTarget
from synth.voices.snare808.table import SNARE808

SO_TIMESTAMPNS = 35
"""Linux says when a datagram arrived, so that a slow reader measures nothing of itself."""

LATE_MS = 60_000

_STROKES = itertools.count()

CONTEXT = DrumContext("snare", SNARE808.names, number_ranges(SNARE808))


class Datagrams:
    """Notes on the monotonic clock when datagrams arrive at a port of this machine."""

    def __init__(self) -> None:
        self.times_s: list[float] = []
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        self._socket.bind(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self) -> None:
        while True:
            _, control, _, _ = self._socket.recvmsg(65_536, 256)
            seconds, nanoseconds = struct.unpack("qq", control[0][2][:16])
            self.times_s.append(seconds + nanoseconds * 1e-9 - (time.time() - time.monotonic()))


def live_play(target: Mapping[str, Any], play: Mapping[str, Any], file: Path | None = None) -> tuple[Target, Play]:
    """Open a target of these settings, MIDI into a file, and bind a snare's play to it.

    No note is too late to leave: what is measured is how late it was, or that none is lost.
    """
    settings = parse_target({"name": str(target["type"]), "late_ms": LATE_MS, **target}, "bench")
    opened = _opened(settings, file)
    return opened, opened.bind(parse_play({"target": settings.name, **play}, settings, "bench"), CONTEXT, "bench")


def _opened(settings: TargetSettings, file: Path | None) -> Target:
    if isinstance(settings, OscTargetSettings):
        return OscTarget(settings)
    assert isinstance(settings, MidiTargetSettings)
    return MidiTarget(settings, lines=str(file))


def messages(file: Path) -> list[tuple[float, bytes]]:
    """Return (moment, bytes) of every MIDI message in the file."""
    lines = [line.split() for line in file.read_text().splitlines()]
    return [(float(moment), bytes.fromhex(data)) for moment, data in lines]


def numbers(dice: random.Random) -> dict[str, float]:
    """Return the numbers of a stroke whose parameters stand anywhere."""
    units = {f"unit.{name}": dice.random() for name in SNARE808.names}
    return units | {"velocity": dice.uniform(0.1, 1.0), "level": -20.0, "stroke": float(next(_STROKES))}
