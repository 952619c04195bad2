"""Live controls are turned by OSC, whatever the bytes."""

from __future__ import annotations

import gc
import os
import random
import socket
import threading
import tomllib
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bridge.control.controls import live_controls
from bridge.control.remote import RemoteControl
from bridge.ear.analyzer import Analyzer, ChannelSettings
from bridge.events import PlayKey
from bridge.osc.messages import bundle, message_bytes
from bridge.realtime.child import wait_for
from bridge.rig.control import ControlSettings
from bridge.rig.detector import DetectorSettings
from bridge.rig.rig import rig_from_table
from models.mapping.bundle import untrained_bundle
from synth.errors import InputError
from synth.spec import ParamSpace
from synth.voices.presets import Patch
from synth.voices.snare808.table import SNARE808
from tests.bridge.control.remotes import AMOUNT
from tests.bridge.rigs import WHOLE_RIG, hit_of, snare_bundle
from tests.bridge.stages import DRUMS, QuietStage


@pytest.mark.parametrize(
    ("address", "value", "read"),
    [
        ("amount", 2.5, lambda stage: stage.mappings[PlayKey("snare")].controls.amount),
        ("follow_level", 0.5, lambda stage: stage.mappings[PlayKey("snare")].controls.follow_level),
        ("parameter/drive/amount", 3.0, lambda stage: stage.mappings[PlayKey("snare")].controls.parameter_amount[13]),
        ("parameter/osc1.freq/lock", True, lambda stage: stage.mappings[PlayKey("snare")].controls.locked[0]),
        ("feature/centroid/offset", -1.5, lambda stage: stage.mappings[PlayKey("snare")].controls.feature_offset[1]),
        ("feature/level/invert", True, lambda stage: stage.mappings[PlayKey("snare")].controls.feature_invert[0]),
        ("detector/sensitivity", 0.75, lambda stage: stage.detectors[0].sensitivity),
        ("detector/floor_db", -60.0, lambda stage: stage.detectors[0].floor_db),
    ],
)
def test_a_message_turns_its_control(
    remote: RemoteControl, stage: QuietStage, address: str, value: float, read: Any
) -> None:
    assert remote.take(f"/ghostnote/drum/snare/{address}", [value])
    assert read(stage) == value
    assert remote.controls[f"/ghostnote/drum/snare/{address}"].get() == value


def test_every_control_takes_both_ends_of_its_range(remote: RemoteControl) -> None:
    for control in remote.controls.values():
        if control.kind == "number":
            for end in (control.low, control.high):
                assert remote.take(control.address, [end])
                assert control.get() == pytest.approx(end)


def test_a_number_beyond_its_range_is_clamped(remote: RemoteControl, stage: QuietStage) -> None:
    assert remote.take(AMOUNT, [99.0])
    assert stage.mappings[PlayKey("snare")].controls.amount == 4.0


@pytest.mark.parametrize("arguments", [[], ["loud"], [float("nan")], [None], [b"\0"]])
def test_an_argument_that_is_no_number_changes_nothing(
    remote: RemoteControl, stage: QuietStage, arguments: Any
) -> None:
    assert not remote.take(AMOUNT, arguments)
    assert stage.mappings[PlayKey("snare")].controls.amount == 1.0


def test_panic_and_stop(remote: RemoteControl, stage: QuietStage) -> None:
    assert remote.take("/ghostnote/panic", [])
    assert (stage.panics, stage.enabled) == (1, True)
    assert remote.take("/ghostnote/enabled", [0])
    assert (stage.panics, stage.enabled) == (2, False)
    assert remote.take("/ghostnote/enabled", [0])
    assert remote.take("/ghostnote/enabled", [1])
    assert (stage.panics, stage.enabled) == (2, True)


def test_a_synth_that_came_late_is_told_everything_on_request(remote: RemoteControl, stage: QuietStage) -> None:
    assert remote.take("/ghostnote/resend", [])
    assert stage.resends == 1


def test_a_preset_is_chosen_by_name_and_keeps_the_controls(remote: RemoteControl, stage: QuietStage) -> None:
    remote.take(AMOUNT, [2.0])
    assert remote.take("/ghostnote/drum/snare/preset", ["tom"])
    assert not remote.take("/ghostnote/drum/snare/preset", ["no such"])
    mapping = stage.mappings[PlayKey("snare")]
    assert (mapping.bundle.preset.name, mapping.controls.amount, stage.endings) == ("tom", 2.0, 1)


def test_messages_arrive_over_the_loopback_interface(remote: RemoteControl, stage: QuietStage) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        udp.sendto(message_bytes(AMOUNT, [0.25]), ("127.0.0.1", remote.osc.port))
    assert wait_for(lambda: stage.mappings[PlayKey("snare")].controls.amount == 0.25, 5.0)


def test_unless_told_otherwise_it_listens_on_the_loopback_interface_only() -> None:
    assert ControlSettings().host == "127.0.0.1"


def test_a_model_that_the_drum_cannot_play_is_refused_as_at_the_start(tmp_path: Path) -> None:
    doubled = tuple(replace(param, high=param.high * 2) for param in SNARE808)
    louder = Patch("louder", ParamSpace("snare808", doubled), SNARE808.defaults, np.ones(len(doubled)))
    untrained_bundle(louder).save(tmp_path / "louder.safetensors")
    replace(snare_bundle(), window_s=2048 / 48_000).save(tmp_path / "longer.safetensors")
    drum = rig_from_table(tomllib.loads(WHOLE_RIG), str(tmp_path / "my.toml")).drum[0]
    for plays in (drum.plays, ()):
        stage = QuietStage()
        model = live_controls(stage, (drum.model_copy(update={"plays": plays}),))["/ghostnote/drum/snare/model"]
        before = stage.mappings[PlayKey("snare")]
        with pytest.raises(InputError, match=r"my\.toml: drum 'snare': model .* with other parameters or ranges"):
            model.set("louder.safetensors")
        with pytest.raises(InputError, match=r"hears a window of 42\.67 ms; the drum's ear keeps 5\.33 ms"):
            model.set("longer.safetensors")
        assert not model.take(["louder.safetensors"])
        assert (stage.mappings[PlayKey("snare")], stage.endings) == (before, 0)
        assert model.get() == drum.model


@pytest.mark.parametrize("kind", ["preset", "model"])
@pytest.mark.parametrize(
    "name", ["/dev/zero", "../up.toml", "~/up.toml", "below/../../up.toml", "a-pipe", "large.toml", ""]
)
def test_a_remote_names_only_files_that_ship_or_lie_by_the_rig(tmp_path: Path, kind: str, name: str) -> None:
    folder = tmp_path / "rigs"
    folder.mkdir()
    (tmp_path / "up.toml").write_text("")
    os.mkfifo(folder / "a-pipe")
    with (folder / "large.toml").open("wb") as file:
        file.truncate(1 << 30)
    drum = rig_from_table({"drum": [{"name": "snare"}]}, str(folder / "my.toml")).drum[0]
    stage = QuietStage()
    assert not live_controls(stage, (drum,))[f"/ghostnote/drum/snare/{kind}"].take([name])
    assert stage.changes == []


def test_a_remote_may_name_a_preset_that_lies_by_the_rig(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text("drive.value = 3.0\n")
    drum = rig_from_table({"drum": [{"name": "snare"}]}, str(tmp_path / "my.toml")).drum[0]
    stage = QuietStage()
    assert live_controls(stage, (drum,))["/ghostnote/drum/snare/preset"].take(["mine.toml"])
    assert stage.mappings[PlayKey("snare")].bundle.preset.name == "mine"


def test_a_file_that_never_comes_keeps_nothing_else_waiting(
    remote: RemoteControl, stage: QuietStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A disk that sleeps or a server that is gone cannot be had in a test: this one never answers.
    asleep, woken = threading.Event(), threading.Event()

    def never(*_: object) -> None:
        asleep.set()
        woken.wait()

    monkeypatch.setattr("bridge.control.controls.load_preset", never)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        udp.connect(("127.0.0.1", remote.osc.port))
        udp.send(message_bytes("/ghostnote/drum/snare/preset", ["tom"]))
        assert asleep.wait(5.0)
        udp.send(message_bytes(AMOUNT, [2.0]))
        udp.send(message_bytes("/ghostnote/panic", []))
        assert wait_for(lambda: stage.panics == 1, 5.0)
        assert wait_for(lambda: stage.mappings[PlayKey("snare")].controls.amount == 2.0, 5.0)
    woken.set()


def test_the_last_value_of_each_address_wins_however_many_come(remote: RemoteControl, stage: QuietStage) -> None:
    names = ("amount", "follow_level", "parameter/drive/amount")
    controls = [remote.controls[f"/ghostnote/drum/snare/{name}"] for name in names]
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        for index in range(1, 601):
            control = controls[index % 3]
            udp.sendto(message_bytes(control.address, [index / 600]), ("127.0.0.1", remote.osc.port))
    assert wait_for(lambda: [round(600 * float(control.get())) for control in controls] == [600, 598, 599], 5.0)


@pytest.mark.parametrize(
    ("pattern", "told"),
    [
        ("/ghostnote/drum/*/amount", ["amount"]),
        ("/ghostnote/drum/sn?re/{amount,follow_level}", ["amount", "follow_level"]),
        (
            "/ghostnote/drum/[r-t]*/parameter/osc[12].freq/amount",
            ["parameter/osc1.freq/amount", "parameter/osc2.freq/amount"],
        ),
        ("/ghostnote/drum/[!s]*/amount", []),
        ("/ghostnote/*/amount", []),
        ("/ghostnote/drum/{snare/amount", []),
    ],
)
def test_a_pattern_turns_every_control_that_it_names(remote: RemoteControl, pattern: str, told: list[str]) -> None:
    assert remote.take(pattern, [0.5]) == bool(told)
    turned = [name for name, control in remote.controls.items() if control.kind == "number" and control.get() == 0.5]
    at_half_before = {"/ghostnote/drum/snare/detector/sensitivity"}
    assert set(turned) - at_half_before == {f"/ghostnote/drum/snare/{name}" for name in told}


def test_a_message_that_is_not_understood_costs_the_others_of_its_bundle_nothing(
    remote: RemoteControl, stage: QuietStage
) -> None:
    foreign = b"/other/xy\0\0\0,q\0\0" + bytes(4)
    packet = bundle([foreign, message_bytes(AMOUNT, [2.0]), foreign])
    remote.osc.take(packet, ("127.0.0.1", 9))
    assert stage.mappings[PlayKey("snare")].controls.amount == 2.0
    assert (remote.osc.malformed, remote.osc.unknown) == (2, 0)


def test_an_array_is_what_it_begins_with(remote: RemoteControl, stage: QuietStage) -> None:
    remote.osc.take(b"/ghostnote/drum/snare/amount\0\0\0\0,[f]\0\0\0\0\x40\0\0\0", ("127.0.0.1", 9))
    assert stage.mappings[PlayKey("snare")].controls.amount == 2.0


def test_an_address_in_use_is_refused_in_one_sentence(remote: RemoteControl, stage: QuietStage) -> None:
    with pytest.raises(InputError, match="cannot listen there"):
        RemoteControl(ControlSettings(port=remote.osc.port, query=False), stage, DRUMS)


def test_random_bytes_are_survived_and_counted(remote: RemoteControl) -> None:
    dice, seed = random.Random(5), bundle([message_bytes(AMOUNT, [1.0]), message_bytes("/ghostnote/learn", ["x"])])
    for _ in range(3_000):
        packet = bytearray(seed if dice.random() < 0.5 else dice.randbytes(dice.randrange(64)))
        for _ in range(dice.randrange(4) if packet else 0):
            packet[dice.randrange(len(packet))] = dice.randrange(256)
        remote.osc.take(bytes(packet), ("127.0.0.1", 9))
        remote.midi.take(dice.randbytes(dice.randrange(5)))
    gc.collect()
    assert remote.osc.packets == 3_000
    assert remote.ignored > 2_000


def test_an_ear_is_tuned_while_it_listens() -> None:
    noise = np.random.default_rng(0).standard_normal((480, 1)).astype(np.float32)
    block = np.concatenate([np.zeros((9600, 1), np.float32), 0.1 * noise])
    analyzer = Analyzer(48_000, [ChannelSettings()])
    analyzer.tune(0, DetectorSettings(gain_db=-20.0))
    tuned = analyzer.process(block)[0]
    plain = Analyzer(48_000, [ChannelSettings()]).process(block)[0]
    assert tuned.level_db == pytest.approx(plain.level_db - 20.0, abs=0.01)


def test_the_latest_stroke_is_shown(remote: RemoteControl, stage: QuietStage) -> None:
    strike = stage.strikes[PlayKey("snare")] = stage.mappings[PlayKey("snare")](hit_of())
    assert remote.controls["/ghostnote/drum/snare/stroke/velocity"].get() == strike.velocity
    drive = SNARE808.to_unit(strike.values)[13]
    assert remote.controls["/ghostnote/drum/snare/stroke/drive"].get() == drive
