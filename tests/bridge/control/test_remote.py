"""Every live control by OSC and by MIDI; whatever the bytes."""

from __future__ import annotations

import contextlib
import gc
import json
import random
import socket
import struct
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bridge.control.controls import live_controls
from bridge.control.midi import checked_bindings
from bridge.control.oscquery import describe
from bridge.control.remote import RemoteControl
from bridge.control.subscribers import SILENT_S, Subscribers
from bridge.control.surface import StillSurface
from bridge.ear.analyzer import Analyzer, ChannelSettings
from bridge.events import PlayKey
from bridge.osc.messages import bundle, message_bytes
from bridge.osc.reader import parse_packet
from bridge.realtime.child import wait_for
from bridge.rig.control import CcControl, ControlSettings
from bridge.rig.detector import DetectorSettings
from bridge.rig.targets import Receiver
from models.mapping.bundle import untrained_bundle
from synth.errors import InputError
from synth.presets import Patch
from synth.spec import ParamSpace
from synth.voices.snare808.table import SNARE808
from tests.bridge.rigs import WHOLE_RIG, hit_of, rig_from, snare_bundle
from tests.bridge.stages import DRUMS, QuietStage

AMOUNT = "/ghostnote/drum/snare/amount"


@pytest.fixture
def stage() -> QuietStage:
    return QuietStage()


def remote_of(stage: QuietStage, **table: Any) -> closing[RemoteControl]:
    settings = ControlSettings.model_validate({"query": False, **table})
    # Port 0 is no port for a rig, but a free one for a test.
    return closing(RemoteControl(settings.model_copy(update={"port": 0}), stage, DRUMS))


@pytest.fixture
def remote(stage: QuietStage) -> Iterator[RemoteControl]:
    with remote_of(stage) as opened:
        yield opened


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
            stage.figures["strokes"] = 3.0
            assert told(udp, 1) == {"/ghostnote/state/strokes": [3.0]}


@dataclass
class Surface:
    """A remote that listens on a socket and sends from another port, as many do."""

    remote: RemoteControl
    udp: socket.socket
    port: int
    source: tuple[str, int]

    def send(self, address: str, *arguments: Any) -> bool:
        return self.remote.take(address, list(arguments), self.source)

    def told(self) -> dict[str, list[Any]]:
        """Return what one more round of the state tells this surface."""
        state: dict[str, list[Any]] = {}
        self.remote.publish()
        with contextlib.suppress(BlockingIOError):
            while True:
                state |= dict(parse_packet(self.udp.recv(65_536)) or [])
        return state


@pytest.fixture
def surfaces(stage: QuietStage) -> Iterator[list[Surface]]:
    """Return two remotes on one machine that have subscribed and know everything."""
    # So slow that only the test's own rounds tell anything.
    with remote_of(stage, rate_hz=0.001, cc=[{"number": 7, "control": AMOUNT}]) as remote, ExitStack() as sockets:
        opened = [sockets.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) for _ in range(2)]
        made = []
        for index, udp in enumerate(opened):
            udp.bind(("127.0.0.1", 0))
            udp.setblocking(False)
            made.append(Surface(remote, udp, udp.getsockname()[1], ("127.0.0.1", 50_000 + index)))
            assert made[-1].send("/ghostnote/subscribe", made[-1].port)
            assert AMOUNT in made[-1].told()
        yield made


def test_what_one_remote_turns_every_other_is_told_and_itself_not(surfaces: list[Surface]) -> None:
    first, second = surfaces
    first.send(AMOUNT, 2.0)
    assert (first.told(), second.told()) == ({}, {AMOUNT: [2.0]})
    second.send("/ghostnote/drum/snare/preset", "tom")
    assert list(first.told()) == ["/ghostnote/drum/snare/preset"]


def test_what_a_controller_turns_every_remote_is_told(surfaces: list[Surface]) -> None:
    surfaces[0].remote.midi.take(bytes((0xB0, 7, 127)))
    assert [surface.told() for surface in surfaces] == [{AMOUNT: [4.0]}] * 2


@pytest.mark.parametrize(
    ("name", "sent", "holds"),
    [("amount", 9.0, 4.0), ("preset", "no such", "snare-1"), ("parameter/drive/lock", 0.5, 1)],
)
def test_a_remote_is_told_what_holds_instead_of_what_it_sent(
    surfaces: list[Surface], name: str, sent: Any, holds: Any
) -> None:
    address = f"/ghostnote/drum/snare/{name}"
    for _ in range(2):  # the second time nothing changes but what the sender shows
        surfaces[0].send(address, sent)
        assert surfaces[0].told() == {address: [holds]}


def test_a_turned_knob_that_moves_another_tells_of_that_one(surfaces: list[Surface]) -> None:
    surfaces[0].send("/ghostnote/drum/snare/softest_db", -5.0)
    assert surfaces[0].told() == {"/ghostnote/drum/snare/loudest_db": [-4.0]}


def test_a_receiver_on_another_machine_is_known_by_its_address() -> None:
    told_of = Subscribers(8)
    assert told_of.add("192.0.2.1", 9000)
    assert told_of.add("127.0.0.1", 9000)
    there, here = told_of
    assert told_of.who(("192.0.2.1", 50_000)) is there
    assert told_of.who(("127.0.0.1", 9000)) is here
    assert told_of.who(("127.0.0.1", 50_000)) is None
    told_of.close()


def test_a_known_subscriber_is_told_everything_again_though_every_place_is_taken(surfaces: list[Surface]) -> None:
    first = surfaces[0]
    for index in range(6):
        assert first.remote.take("/ghostnote/subscribe", [40_000 + index], ("127.0.0.1", 40_000 + index))
    assert not first.remote.take("/ghostnote/subscribe", [40_100], ("127.0.0.1", 40_100))
    assert first.send("/ghostnote/subscribe", first.port)
    assert AMOUNT in first.told()


def test_who_is_silent_longest_makes_room_and_the_rigs_own_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    now_s = 1000.0
    monkeypatch.setattr("bridge.control.subscribers.time.monotonic", lambda: now_s)
    told_of = Subscribers(3)
    assert told_of.add("127.0.0.1", 9000)
    assert told_of.add("127.0.0.1", 9001, ("127.0.0.1", 51))
    now_s += 1.0
    assert told_of.add("127.0.0.1", 9002, ("127.0.0.1", 52))
    now_s += SILENT_S - 0.5
    assert told_of.who(("127.0.0.1", 51)) is not None
    assert not told_of.add("127.0.0.1", 9003, ("127.0.0.1", 53))
    now_s += 1.0
    assert told_of.add("127.0.0.1", 9003, ("127.0.0.1", 53))
    assert [one.address[1] for one in told_of] == [9000, 9001, 9003]
    told_of.close()


def test_more_receivers_than_places_are_refused() -> None:
    receivers = ", ".join(f"{{ port = {port} }}" for port in range(9000, 9009))
    with pytest.raises(InputError, match=r"my\.toml: control: send_to names 9 receivers; allowed are at most 8"):
        rig_from(f'[[drum]]\nname = "x"\n[control]\nsend_to = [{receivers}]\n')


def test_a_receiver_that_is_not_found_is_one_sentence(stage: QuietStage) -> None:
    # Two dots: no name server is asked.
    with pytest.raises(InputError, match=r"send_to has host 'no\.\.host', which is not found"):
        remote_of(stage, send_to=[{"host": "no..host", "port": 9000}])
    with pytest.raises(InputError, match=r"cannot listen there: host is 'no\.\.host'"):
        remote_of(stage, host="no..host")


def test_a_controllers_input_that_is_not_there_is_one_sentence(stage: QuietStage) -> None:
    sentence = r"control: midi is 'no such controller'(; the MIDI inputs here are|, which cannot be opened)"
    with pytest.raises(InputError, match=sentence):
        remote_of(stage, midi="no such controller")


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


def test_a_controller_covers_the_whole_range(stage: QuietStage) -> None:
    with remote_of(stage, cc=[{"number": 7, "channel": 1, "control": AMOUNT}]) as remote:
        amounts = []
        for value in (0, 127):
            assert remote.midi.take(bytes((0xB0, 7, value)))
            amounts.append(stage.mappings[PlayKey("snare")].controls.amount)
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


def test_only_what_was_learned_is_kept_and_the_rigs_own_may_change(stage: QuietStage, tmp_path: Path) -> None:
    own, other, file = {"number": 7, "channel": 1}, "/ghostnote/drum/snare/follow_level", tmp_path / "learned.json"
    with remote_of(stage, learned=str(file), cc=[{**own, "control": AMOUNT}]) as remote:
        remote.take("/ghostnote/learn", [other])
        remote.midi.take(bytes((0xB3, 21, 0)))
        assert remote.midi.bindings == {(0, 7): AMOUNT, (3, 21): other}
    assert [entry["number"] for entry in json.loads(file.read_text())] == [21]
    with remote_of(stage, learned=str(file), cc=[{**own, "control": other}]) as again:
        assert again.midi.bindings == {(0, 7): other, (3, 21): other}


def test_what_was_learned_goes_before_the_rig_and_is_unlearned_with_it(stage: QuietStage, tmp_path: Path) -> None:
    file, other = tmp_path / "learned.json", "/ghostnote/drum/snare/follow_level"
    cc = [{"number": 21, "channel": 4, "control": AMOUNT}, {"number": 22, "control": other}]
    with remote_of(stage, learned=str(file), cc=cc) as remote:
        remote.take("/ghostnote/learn", [other])
        remote.midi.take(bytes((0xB3, 21, 0)))
        assert remote.midi.bindings == {(3, 21): other, (None, 22): other}
        assert remote.take("/ghostnote/unlearn", [other])
        assert not remote.midi.take(bytes((0xB3, 22, 0)))
        assert remote.midi.bindings == {(3, 21): AMOUNT}


def test_what_is_only_read_cannot_be_learned(stage: QuietStage) -> None:
    with remote_of(stage) as remote:
        assert not remote.take("/ghostnote/learn", ["/ghostnote/state/level_db"])


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

    assert set(leaves(describe(stage, controls))) == set(controls)


def test_random_bytes_are_survived_and_counted(remote: RemoteControl) -> None:
    dice, seed = random.Random(5), bundle([message_bytes(AMOUNT, [1.0]), message_bytes("/ghostnote/learn", ["x"])])
    for _ in range(3_000):
        packet = bytearray(seed if dice.random() < 0.5 else dice.randbytes(dice.randrange(64)))
        for _ in range(dice.randrange(4) if packet else 0):
            packet[dice.randrange(len(packet))] = dice.randrange(256)
        remote.osc.take(bytes(packet), ("127.0.0.1", 9))
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
    strike = stage.strikes[PlayKey("snare")] = stage.mappings[PlayKey("snare")](hit_of())
    assert remote.controls["/ghostnote/drum/snare/stroke/velocity"].get() == strike.velocity
    drive = strike.values[13]
    assert remote.controls["/ghostnote/drum/snare/stroke/drive"].get() == SNARE808.params[13].to_unit(drive)


def test_a_rig_is_checked_for_controls_that_are_not_there(stage: QuietStage) -> None:
    controls = live_controls(StillSurface(stage.live), DRUMS)
    table = {"cc": [{"number": 7, "control": "/ghostnote/drum/snare/amoun"}]}
    settings = ControlSettings.model_validate(table, context={"source": "my.toml"})
    with pytest.raises(InputError, match=r"my\.toml: control\.cc\[1\]: .* did you mean '/ghostnote/drum/snare/amount'"):
        checked_bindings(settings, controls)


@pytest.mark.parametrize(
    ("entries", "complaint"),
    [
        ([(7, None, AMOUNT), (7, None, AMOUNT)], r"cc\[2\]: controller 7 on any channel turns '/.*/amount' already"),
        (
            [(7, 2, AMOUNT), (7, 2, "/ghostnote/panic")],
            r"cc\[2\]: controller 7 on channel 2 turns '/.*/amount' already",
        ),
        ([(7, None, "/ghostnote/state/level_db")], r"cc\[1\]: '/ghostnote/state/level_db' is only read"),
    ],
)
def test_a_controller_that_could_turn_nothing_is_refused(
    stage: QuietStage, entries: list[tuple[int, int | None, str]], complaint: str
) -> None:
    cc = [{"number": number, "channel": channel, "control": control} for number, channel, control in entries]
    settings = ControlSettings.model_validate({"cc": cc}, context={"source": "my.toml"})
    with pytest.raises(InputError, match=r"my\.toml: control\." + complaint):
        checked_bindings(settings, live_controls(StillSurface(stage.live), DRUMS))


def test_a_channel_may_have_another_control_than_the_others(stage: QuietStage) -> None:
    cc = [{"number": 7, "control": AMOUNT}, {"number": 7, "channel": 2, "control": "/ghostnote/panic"}]
    settings = ControlSettings.model_validate({"cc": cc})
    bindings = checked_bindings(settings, live_controls(StillSurface(stage.live), DRUMS))
    assert bindings == {(None, 7): AMOUNT, (1, 7): "/ghostnote/panic"}
