"""The player's set-up, without a sound card."""

import os
import pickle
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from bridge.audio.stream import Process, StreamCounters
from bridge.engine import player
from bridge.engine.changes import LiveState, SetBypass, SetControl, SetDetector, SetEffect, SetEnabled
from bridge.engine.messages import Job, Refused, unpack
from bridge.engine.player import Performance, Player, report_every_s
from bridge.events import Event, Onset, PlayKey, Strike
from bridge.mapping.load import rig_mappings
from bridge.realtime.clock import Line, StreamClock
from bridge.realtime.loop import FrameDecoder, frame
from bridge.realtime.priority import let_go_of_the_compiler
from bridge.rig.effects import EffectPlace
from bridge.rig.rig import Rig, rig_from_table
from models.mapping.bundle import untrained_bundle
from synth.errors import InputError
from synth.voices.presets import Patch, load_preset
from synth.voices.registry import register, unregister, voice_kind
from tests.bell import KIND, PRESET, SPACE
from tests.bridge.rigs import snare_bundle
from tests.bridge.signals import strokes


class EagerStream:
    """A stream whose first block, with a stroke in it, comes before `start` returns; then the player's pipe closes."""

    input = output = SimpleNamespace(host="none", name="eager", sample_rate=48_000)
    missing = 0
    vain_blocks = 0
    """How many blocks an attempt that fails gives first, as JACK does until a port turns out to be missing."""

    told: int

    def __init__(self, rig: Rig, process: Process, clock: StreamClock, *_: object) -> None:
        self.rig, self._process, self.clock, self.counters = rig, process, clock, StreamCounters()

    def start(self) -> None:
        if EagerStream.missing:
            EagerStream.missing -= 1
            for _ in range(EagerStream.vain_blocks):
                self._process(np.zeros((4800, 1), np.float32), np.zeros((4800, 2), np.float32))
            raise InputError("the device is not there yet")
        self._process(strokes([0.02], [-6.0], 0.1, 48_000), np.zeros((4800, 2), np.float32))
        os.close(self.told)

    def host_line(self) -> Line:
        return self.clock.line

    def block_samples(self) -> int:
        return 4800

    def close(self, within_s: float) -> None:
        return


@pytest.fixture
def perform(monkeypatch: pytest.MonkeyPatch) -> Callable[[Job], list[Any]]:
    """Return what lets a player do a job until its pipe closes, and returns its records."""
    for name in ("let_go_of_the_compiler", "quiet_the_collector", "ask_real_time"):
        monkeypatch.setattr(player, name, lambda *_: None)
    monkeypatch.setattr(player, "AudioStream", EagerStream)

    def performed(job: Job) -> list[Any]:
        (pipe, told), (records, reports) = os.pipe(), os.pipe()
        monkeypatch.setattr(EagerStream, "told", told, raising=False)
        os.write(told, frame(pickle.dumps(job)))
        Player(None, pipe, reports).run()
        os.close(reports)
        with open(records, "rb") as file:
            return [pickle.loads(payload) for _, payload in FrameDecoder().feed(file.read())]

    return performed


@pytest.mark.parametrize(("control", "seconds"), [({}, 0.1), ({"rate_hz": 50.0}, 0.02), ({"rate_hz": 1.0}, 0.1)])
def test_levels_are_told_as_often_as_the_state_is_sent(control: dict[str, float], seconds: float) -> None:
    assert report_every_s(rig_from_table({"drum": [{}], "control": control}, "test")) == seconds
    assert report_every_s(rig_from_table({"drum": [{}]}, "test")) == 0.1


def heard(records: list[Any]) -> list[Event]:
    """Return the events among records."""
    return [unpack(record)[0] for record in records if isinstance(record, tuple)]


def kinds(records: list[Any]) -> list[type]:
    """Return what the events among records are."""
    return [type(event) for event in heard(records)]


@pytest.mark.parametrize("lost", [None, ("none: eager", "none: eager")])
def test_a_stroke_in_the_first_block_leaves(
    lost: tuple[str, str] | None, perform: Callable[[Job], list[Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(EagerStream, "missing", 1 if lost else 0)
    rig = rig_from_table({"drum": [{}]}, "test")
    assert kinds(perform(Job(rig, LiveState.of(rig, rig_mappings(rig)), returning=lost))) == [Onset, Strike]


def test_what_a_vain_attempt_heard_moves_no_stroke(
    perform: Callable[[Job], list[Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    rig = rig_from_table({"drum": [{}]}, "test")
    job = Job(rig, LiveState.of(rig, rig_mappings(rig)), returning=("none: eager", "none: eager"))
    onsets = []
    for vain_blocks in (0, 3):
        monkeypatch.setattr(EagerStream, "missing", 1)
        monkeypatch.setattr(EagerStream, "vain_blocks", vain_blocks)
        onsets.append([event.hit.onset for event in heard(perform(job)) if isinstance(event, Strike)])
    assert len(onsets[0]) == 1
    assert onsets[0] == onsets[1]


def test_after_a_lost_sound_card_the_player_comes_back_though_a_models_file_was_moved_meanwhile(
    perform: Callable[[Job], list[Any]], tmp_path: Path
) -> None:
    file = tmp_path / "mine.safetensors"
    snare_bundle().save(file)
    rig = rig_from_table({"drum": [{"model": str(file)}]}, "test")
    job = Job(rig, LiveState.of(rig, rig_mappings(rig)))
    assert kinds(perform(job)) == [Onset, Strike]
    file.rename(tmp_path / "moved")
    assert kinds(perform(replace(job, returning=("none: eager", "none: eager")))) == [Onset, Strike]


def test_a_player_begins_with_everything_that_was_changed(perform: Callable[[Job], list[Any]]) -> None:
    rig = rig_from_table({"drum": [{}]}, "test")
    live = LiveState.of(rig, rig_mappings(rig))
    live.apply(SetControl(PlayKey("snare"), "amount", 0.0))
    strike = heard(perform(Job(rig, live)))[-1]
    assert isinstance(strike, Strike)
    assert strike.values == pytest.approx(live.mappings[PlayKey("snare")].bundle.preset.values)
    live.apply(SetDetector(0, "gain_db", -60.0))
    live.apply(SetDetector(0, "floor_db", -20.0))
    assert kinds(perform(Job(rig, live))) == []
    quiet = LiveState.of(rig, rig_mappings(rig))
    quiet.apply(SetEnabled(False))
    assert kinds(perform(Job(rig, quiet))) == []


def with_effects(*effects: dict[str, Any], **drum: Any) -> Rig:
    target = {"type": "voice", "name": "808", "effect": list(effects)}
    return rig_from_table({"target": [target], "drum": [{"play": [{"target": "808"}], **drum}]}, "test")


@pytest.fixture
def standing(monkeypatch: pytest.MonkeyPatch) -> Callable[[Rig], Performance]:
    """Return what makes a player of a rig whose stream stands still."""
    monkeypatch.setattr(EagerStream, "start", lambda _: None)
    monkeypatch.setattr(player, "AudioStream", EagerStream)
    return lambda rig: Performance(Job(rig, LiveState.of(rig, rig_mappings(rig))), bool)


def test_effects_that_were_edited_before_the_device_was_there_play_as_edited(
    standing: Callable[[Rig], Performance],
) -> None:
    place = EffectPlace("808", 1)
    performance = standing(with_effects({"kind": "room"}))
    performance.change(SetEffect(place, "mix", 0.9))
    performance.change(SetBypass(place, True))
    performance.open()
    running = performance.effects[place][0]
    assert (running.values[running.space.index("mix")], running.bypass) == (0.9, True)


def test_an_edit_leaves_what_strokes_have_moved(standing: Callable[[Rig], Performance], tmp_path: Path) -> None:
    space = voice_kind("snare808+amp").space
    values = space.defaults
    values[space.index("amp.gain")], values[space.index("amp.master")] = 8.0, 9.0
    untrained_bundle(Patch("strip", space, values, np.full(len(space), 0.3))).save(tmp_path / "strip.safetensors")
    performance = standing(with_effects({"kind": "amp", "modulate": True}, model=str(tmp_path / "strip.safetensors")))
    performance.open()
    place = EffectPlace("808", 1)
    running = performance.effects[place][0]
    np.testing.assert_array_equal(running.values, [8.0, 5.0, 5.0, 5.0, 9.0], "it begins where the model's preset is")
    running.set_stroke(np.array([1.0, 2.0, 3.0, 4.0, 5.0]))
    running.process(np.full((1, 480), 0.1), 480)
    performance.change(SetBypass(place, False))
    np.testing.assert_array_equal(running.values, [1.0, 2.0, 3.0, 4.0, 5.0])
    performance.change(SetEffect(place, "treble", 7.0))
    np.testing.assert_array_equal(running.values, [1.0, 2.0, 3.0, 7.0, 5.0])


def test_a_job_that_cannot_be_done_is_refused_in_one_sentence(perform: Callable[[Job], list[Any]]) -> None:
    EagerStream.missing = 1
    rig = rig_from_table({"drum": [{}]}, "test")
    assert perform(Job(rig, LiveState.of(rig, rig_mappings(rig)))) == [Refused("the device is not there yet")]


def test_a_system_without_maps_keeps_its_compiler(tmp_path: Path) -> None:
    assert let_go_of_the_compiler(tmp_path / "none") == 0


PERFORM = """
import pickle, sys
from bridge.engine.player import Performance
from synth.voices.registry import voice_kinds

job = pickle.load(sys.stdin.buffer)
print("bell" in [kind.name for kind in voice_kinds()], "tests.bell" in sys.modules)
Performance(job, bool)
print("bell" in [kind.name for kind in voice_kinds()], "tests.bell" in sys.modules)
"""


def test_a_job_brings_a_voice_that_the_players_process_does_not_know(tmp_path: Path) -> None:
    (tmp_path / "bell.toml").write_text(PRESET)
    register(KIND)
    try:
        untrained_bundle(load_preset(str(tmp_path / "bell.toml"), SPACE)).save(tmp_path / "bell.safetensors")
        drum = {"model": str(tmp_path / "bell.safetensors"), "play": [{"target": "bell"}]}
        rig = rig_from_table({"target": [{"name": "bell", "type": "voice", "voice": "bell"}], "drum": [drum]}, "test")
        job = pickle.dumps(Job(rig, LiveState.of(rig, rig_mappings(rig)), voices=rig.voices))
    finally:
        unregister(KIND.name)
    command = [sys.executable, "-c", PERFORM]
    done = subprocess.run(command, input=job, capture_output=True, check=True, cwd=Path(__file__).parents[3])
    assert done.stdout.decode().splitlines() == ["False False", "True True"]
