"""Every live control by OSC and by MIDI; whatever the bytes."""

from __future__ import annotations

import gc
import json
import random
import socket
import struct
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bridge.analyzer import Analyzer, ChannelSettings
from bridge.control import RemoteControl
from bridge.control_settings import CcControl, ControlSettings
from bridge.detector_settings import DetectorSettings
from bridge.live_controls import live_controls
from bridge.midi_control import checked_bindings
from bridge.oscquery import describe
from bridge.routes import Receiver
from bridge.stage import StillStage
from bridge.wire.child import wait_for
from bridge.wire.osc import bundle, message_bytes
from bridge.wire.osc_in import parse_packet
from synth.errors import InputError
from synth.snare808 import SNARE808
from tests.bridge.rigs import hit_of
from tests.bridge.stages import DRUMS, QuietStage

AMOUNT = "/ghostnote/drum/snare/amount"


@pytest.fixture
def stage() -> QuietStage:
    return QuietStage()


def remote_of(stage: QuietStage, **table: Any) -> RemoteControl:
    settings = ControlSettings.model_validate({"query": False, **table})
    # Port 0 is no port for a rig, but a free one for a test.
    return RemoteControl(settings.model_copy(update={"port": 0}), stage, DRUMS)


@pytest.fixture
def remote(stage: QuietStage) -> Iterator[RemoteControl]:
    with remote_of(stage) as opened:
        yield opened


@pytest.mark.parametrize(
    ("address", "value", "read"),
    [
        ("amount", 2.5, lambda stage: stage.mappings["snare"].controls.amount),
        ("follow_level", 0.5, lambda stage: stage.mappings["snare"].controls.follow_level),
        ("parameter/drive/amount", 3.0, lambda stage: stage.mappings["snare"].controls.parameter_amount[13]),
        ("parameter/osc1.freq/lock", True, lambda stage: stage.mappings["snare"].controls.locked[0]),
        ("feature/centroid/offset", -1.5, lambda stage: stage.mappings["snare"].controls.feature_offset[1]),
        ("feature/level/invert", True, lambda stage: stage.mappings["snare"].controls.feature_invert[0]),
        ("detector/sensitivity", 0.75, lambda stage: stage.detectors["snare"].sensitivity),
        ("detector/floor_db", -60.0, lambda stage: stage.detectors["snare"].floor_db),
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
    assert stage.mappings["snare"].controls.amount == 4.0


@pytest.mark.parametrize("arguments", [[], ["loud"], [float("nan")], [None], [b"\0"]])
def test_an_argument_that_is_no_number_changes_nothing(
    remote: RemoteControl, stage: QuietStage, arguments: Any
) -> None:
    assert not remote.take(AMOUNT, arguments)
    assert stage.mappings["snare"].controls.amount == 1.0


def test_panic_and_stop(remote: RemoteControl, stage: QuietStage) -> None:
    assert remote.take("/ghostnote/panic", [])
    assert remote.take("/ghostnote/enabled", [0])
    assert (stage.panics, stage.enabled) == (1, False)


def test_a_preset_is_chosen_by_name_and_keeps_the_controls(remote: RemoteControl, stage: QuietStage) -> None:
    remote.take(AMOUNT, [2.0])
    assert remote.take("/ghostnote/drum/snare/preset", ["tom"])
    assert not remote.take("/ghostnote/drum/snare/preset", ["no such"])
    mapping = stage.mappings["snare"]
    assert (mapping.bundle.preset.name, mapping.controls.amount, stage.endings) == ("tom", 2.0, 1)


def test_messages_arrive_over_the_loopback_interface(remote: RemoteControl, stage: QuietStage) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        udp.sendto(message_bytes(AMOUNT, [0.25]), ("127.0.0.1", remote.osc.port))
    assert wait_for(lambda: stage.mappings["snare"].controls.amount == 0.25, 5.0)


def test_unless_told_otherwise_it_listens_on_the_loopback_interface_only() -> None:
    assert ControlSettings().host == "127.0.0.1"


def told(udp: socket.socket, count: int) -> dict[str, list[Any]]:
    """Return the state that a socket receives, once it holds at least ``count`` values."""
    state: dict[str, list[Any]] = {}
    while len(state) < count:
        state |= dict(parse_packet(udp.recv(65_536)) or [])
    return state


def test_the_state_is_sent_once_and_then_only_what_changed(stage: QuietStage) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        udp.bind(("127.0.0.1", 0))
        udp.settimeout(5.0)
        receiver = Receiver(port=udp.getsockname()[1])
        with remote_of(stage, send_to=[receiver.model_dump()], rate_hz=100.0) as remote:
            shown = sum(control.kind != "trigger" for control in remote.controls.values())
            first = told(udp, shown)
            assert first[AMOUNT] == [1.0]
            assert first["/ghostnote/drum/snare/preset"] == ["snare-1"]
            stage.numbers["strokes"] = 3.0
            assert told(udp, 1) == {"/ghostnote/state/strokes": [3.0]}
            remote.take(AMOUNT, [2.0])
            assert remote.publish() == 0


def test_a_subscriber_is_told_everything(remote: RemoteControl) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        udp.bind(("127.0.0.1", 0))
        udp.settimeout(5.0)
        assert remote.take("/ghostnote/subscribe", [udp.getsockname()[1]], "127.0.0.1")
        assert AMOUNT in told(udp, 60)


def test_a_controller_covers_the_whole_range(stage: QuietStage) -> None:
    with remote_of(stage, cc=[{"number": 7, "channel": 1, "control": AMOUNT}]) as remote:
        amounts = []
        for value in (0, 127):
            assert remote.midi.take(bytes((0xB0, 7, value)))
            amounts.append(stage.mappings["snare"].controls.amount)
        assert amounts == [0.0, 4.0]
        assert not remote.midi.take(bytes((0xB1, 7, 64)))


def test_what_is_learned_is_kept(stage: QuietStage, tmp_path: Path) -> None:
    file = tmp_path / "learned.json"
    with remote_of(stage, learned=str(file)) as remote:
        assert remote.take("/ghostnote/learn", [AMOUNT])
        assert not remote.take("/ghostnote/learn", ["/nothing"])
        assert remote.midi.take(bytes((0xB3, 21, 127)))
    with remote_of(stage, learned=str(file)) as again:
        assert again.midi.bindings == {(3, 21): AMOUNT}
        assert again.take("/ghostnote/unlearn", [AMOUNT])
        assert json.loads(file.read_text()) == []


def test_a_file_that_is_no_memory_is_refused(stage: QuietStage, tmp_path: Path) -> None:
    file = tmp_path / "learned.json"
    file.write_text("{")
    with pytest.raises(InputError, match="is not what"):
        remote_of(stage, learned=str(file))


def test_a_controller_for_an_unknown_control_is_refused(stage: QuietStage) -> None:
    with pytest.raises(InputError, match="'/ghostnote/volume' is no live control"):
        remote_of(stage, cc=[CcControl(number=7, control="/ghostnote/volume").model_dump()])


def test_an_address_in_use_is_refused_in_one_sentence(remote: RemoteControl, stage: QuietStage) -> None:
    with pytest.raises(InputError, match="cannot listen there"):
        RemoteControl(ControlSettings(port=remote.osc.port, query=False), stage, DRUMS)


def asked(port: int, target: str) -> tuple[int, Any]:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{target}", timeout=5.0) as reply:
            body = reply.read()
            return reply.status, json.loads(body) if body else None
    except urllib.error.HTTPError as error:
        return error.code, None


def test_oscquery_describes_every_control(stage: QuietStage) -> None:
    with remote_of(stage, query=True) as remote:
        assert remote.query is not None
        port = remote.query.port
        info = asked(port, "/?HOST_INFO")[1]
        assert (info["OSC_PORT"], info["OSC_TRANSPORT"], info["EXTENSIONS"].get("LISTEN")) == (
            remote.osc.port,
            "UDP",
            None,
        )
        status, node = asked(port, AMOUNT)
        assert (status, node["TYPE"], node["VALUE"], node["RANGE"]) == (200, "f", [1.0], [{"MIN": 0.0, "MAX": 4.0}])
        assert asked(port, f"{AMOUNT}?VALUE") == (200, {"VALUE": [1.0]})
        assert asked(port, f"{AMOUNT}?UNIT") == (204, None)
        assert asked(port, "/ghostnote/state/latency_ms?UNIT") == (200, {"UNIT": ["time.ms"]})
        assert asked(port, f"{AMOUNT}?COLOUR") == (400, None)
        assert asked(port, "/nothing") == (404, None)


@pytest.mark.parametrize("request_line", [b"GET http://[ HTTP/1.0\r\n\r\n", b"\x00\xff\r\n\r\n", b""])
def test_a_request_that_makes_no_sense_leaves_the_terminal_alone(
    request_line: bytes, stage: QuietStage, capfd: pytest.CaptureFixture[str]
) -> None:
    with remote_of(stage, query=True) as remote:
        assert remote.query is not None
        with socket.create_connection(("127.0.0.1", remote.query.port)) as asking:
            asking.sendall(request_line)
            asking.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # closing is a reset
        assert asked(remote.query.port, "/?HOST_INFO")[0] == 200
    assert capfd.readouterr().err == ""


def test_the_description_holds_every_address_of_the_table(stage: QuietStage) -> None:
    controls = live_controls(stage, DRUMS)

    def leaves(node: dict[str, Any]) -> Iterator[str]:
        if "TYPE" in node:
            yield node["FULL_PATH"]
        for below in node.get("CONTENTS", {}).values():
            yield from leaves(below)

    assert set(leaves(describe(controls))) == set(controls)


def test_random_bytes_are_survived_and_counted(remote: RemoteControl) -> None:
    dice, seed = random.Random(5), bundle([message_bytes(AMOUNT, [1.0]), message_bytes("/ghostnote/learn", ["x"])])
    for _ in range(3_000):
        packet = bytearray(seed if dice.random() < 0.5 else dice.randbytes(dice.randrange(64)))
        for _ in range(dice.randrange(4) if packet else 0):
            packet[dice.randrange(len(packet))] = dice.randrange(256)
        remote.osc.take(bytes(packet), "127.0.0.1")
        remote.midi.take(dice.randbytes(dice.randrange(5)))
    gc.collect()
    assert remote.osc.received.packets == 3_000
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
    stage.strikes["snare"] = stage.mappings["snare"](hit_of())
    assert remote.controls["/ghostnote/drum/snare/stroke/velocity"].get() == stage.strikes["snare"].velocity
    drive = stage.strikes["snare"].values[13]
    assert remote.controls["/ghostnote/drum/snare/stroke/drive"].get() == SNARE808.params[13].to_unit(drive)


def test_a_rig_is_checked_for_controls_that_are_not_there(stage: QuietStage) -> None:
    controls = live_controls(StillStage(stage.mappings), DRUMS)
    table = {"cc": [{"number": 7, "control": "/ghostnote/drum/snare/amoun"}]}
    settings = ControlSettings.model_validate(table, context={"source": "my.toml"})
    with pytest.raises(InputError, match=r"my\.toml: control\.cc\[1\]: .* did you mean '/ghostnote/drum/snare/amount'"):
        checked_bindings(settings, controls)
