"""The player's set-up, without a sound card."""

from collections.abc import Iterator
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from bridge.audio.stream import AudioSettings, Process, StreamCounters, audio_settings
from bridge.engine import player
from bridge.engine.messages import Job, Quit, unpack
from bridge.engine.player import Player, let_go_of_the_compiler
from bridge.events import Onset, Strike
from bridge.mapping.load import rig_mappings
from bridge.realtime.clock import Line, StreamClock
from bridge.rig.rig import rig_from_table
from synth.errors import InputError
from tests.bridge.signals import strokes


def test_a_rig_says_what_is_opened() -> None:
    table = {
        "input": {"device": "Scarlett", "sample_rate": 44_100, "block": 128, "connect": "a:1,b:2"},
        "output": {"channels": 4},
        "drum": [{"channel": 3}],
    }
    expected = AudioSettings("Scarlett", "Scarlett", 3, 4, 44_100, 128, "a:1,b:2", "")
    assert audio_settings(rig_from_table(table, "test")) == expected


def test_an_output_may_be_another_device() -> None:
    rig = rig_from_table({"output": {"device": "HDMI"}, "drum": [{}]}, "test")
    assert audio_settings(rig).output_device == "HDMI"


class EagerStream:
    """A stream whose first block, with a stroke in it, comes before `start` returns."""

    input = output = SimpleNamespace(host="none", name="eager")
    latency_ms = (0.0, 0.0)
    missing = 0
    commands: Connection

    def __init__(self, settings: AudioSettings, process: Process, clock: StreamClock, _rescan: bool) -> None:
        self._process, self.clock, self.counters = process, clock, StreamCounters()

    def start(self) -> None:
        if EagerStream.missing:
            EagerStream.missing -= 1
            raise InputError("the device is not there yet")
        self._process(strokes([0.02], [-6.0], 0.1, 48_000), np.zeros((4800, 2), np.float32))
        self.commands.send(Quit())

    def host_line(self) -> Line:
        return self.clock.line

    def block_samples(self) -> int:
        return 4800

    def close(self, within_s: float) -> None:
        return


@pytest.mark.parametrize("lost", [None, ("none: eager", "none: eager")])
def test_a_stroke_in_the_first_block_leaves(lost: tuple[str, str] | None, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("let_go_of_the_compiler", "quiet_the_collector", "ask_real_time"):
        monkeypatch.setattr(player, name, lambda *_: None)
    monkeypatch.setattr(player, "AudioStream", EagerStream)
    monkeypatch.setattr(EagerStream, "missing", 1 if lost else 0)
    rig = rig_from_table({"drum": [{}]}, "test")
    (commands, told), (records, out) = Pipe(duplex=False), Pipe(duplex=False)
    told.send(Job(rig, rig_mappings(rig), returning=lost))
    monkeypatch.setattr(EagerStream, "commands", told, raising=False)
    Player(commands, out).run()
    heard = [record for record in received(records) if isinstance(record, tuple)]
    assert [type(unpack(record)[0]) for record in heard] == [Onset, Strike]


def received(records: Connection) -> Iterator[Any]:
    """Yield what lies in a pipe."""
    while records.poll():
        yield records.recv()


def test_a_system_without_maps_keeps_its_compiler(tmp_path: Path) -> None:
    assert let_go_of_the_compiler(tmp_path / "none") == 0
