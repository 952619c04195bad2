"""Live controls are turned by OSC, whatever the bytes."""

from __future__ import annotations

import gc
import random
import socket
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
from models.mapping.bundle import untrained_bundle
from synth.errors import InputError
from synth.spec import ParamSpace
from synth.voices.presets import Patch
from synth.voices.snare808.table import SNARE808
from tests.bridge.control.remotes import AMOUNT
from tests.bridge.rigs import WHOLE_RIG, hit_of, rig_from, snare_bundle
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
    drum = rig_from(WHOLE_RIG).drum[0]
    for plays in (drum.plays, ()):
        stage = QuietStage()
        model = live_controls(stage, (drum.model_copy(update={"plays": plays}),))["/ghostnote/drum/snare/model"]
        before = stage.mappings[PlayKey("snare")]
        with pytest.raises(InputError, match=r"my\.toml: drum 'snare': model .* with other parameters or ranges"):
            model.set(str(tmp_path / "louder.safetensors"))
        with pytest.raises(InputError, match=r"hears a window of 42\.67 ms; the drum's ear keeps 5\.33 ms"):
            model.set(str(tmp_path / "longer.safetensors"))
        assert not model.take([str(tmp_path / "louder.safetensors")])
        assert (stage.mappings[PlayKey("snare")], stage.endings) == (before, 0)
        assert model.get() == drum.model


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
