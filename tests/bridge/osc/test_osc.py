"""OSC byte for byte, on a loopback socket and over TCP."""

from __future__ import annotations

import socket
import struct
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from types import SimpleNamespace

import pytest

from bridge.events import Moment, Transcript
from bridge.osc import carrier
from bridge.osc.messages import time_tag
from bridge.osc.net import slip
from bridge.osc.reader import parse_packet
from bridge.realtime.child import wait_for
from bridge.rig.targets import OscTargetSettings, parse_target
from bridge.targets.osc import OscTarget
from synth.errors import InputError
from tests.bridge.strokes import CONTEXT, at, numbers, play_of, sent, target_on

END = b"\xc0"
CUTOFF = b"/synth/cutoff\0\0\0,f\0\0\x3f\0\0\0"
GAIN = b"/synth/gain\0,f\0\0\x3f\0\0\0"
HIT = b"/drum/snare/hit\0,f\0\0\x3f\0\0\0"


def bundle(*messages: bytes, tag: int = 1) -> bytes:
    return b"#bundle\0" + struct.pack(">Q", tag) + b"".join(struct.pack(">i", len(one)) + one for one in messages)


@pytest.fixture
def receiver() -> Iterator[socket.socket]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        udp.bind(("127.0.0.1", 0))
        udp.settimeout(5.0)
        yield udp


def live(**table: object) -> OscTarget:
    settings = parse_target({"name": "t", "type": "osc", **table}, "test")
    assert isinstance(settings, OscTargetSettings)
    return OscTarget(settings)


def test_a_stroke_is_one_bundle_with_parameters_first(receiver: socket.socket) -> None:
    with live(port=receiver.getsockname()[1]) as target:
        target.strike(target.bind(play_of(target), CONTEXT, "test"), numbers(), at(time.monotonic()))
    assert receiver.recv(4096) == bundle(CUTOFF, GAIN, HIT)


def test_without_a_time_tag_each_message_is_a_packet() -> None:
    play = {"send": ["cutoff"]}
    assert sent(play, [(1.0, numbers())], type="osc", port=9, timetag="none") == [(1.0, CUTOFF), (1.0, HIT)]


def test_a_time_tag_counts_from_the_stroke() -> None:
    tape = Transcript()
    with target_on(tape, type="osc", port=9, timetag={"after_ms": 500}) as target:
        target.strike(target.bind(play_of(target, send=[]), CONTEXT, "test"), numbers(), Moment(1.0, 1.006, 1.006))
    assert tape[0].data == bundle(HIT, tag=int((2_208_988_800 + 1.5) * 2**32))


def test_real_units_are_sent_as_they_are() -> None:
    [(_, data)] = sent({"units": "real", "send": ["gain"]}, [(1.0, numbers(1.0))], type="osc", port=9)[:1]
    assert data == bundle(b"/synth/gain\0,f\0\0\0\0\0\0", HIT)


def test_one_message_may_carry_everything() -> None:
    play = {"layout": "single", "trigger": "/s_new", "units": "real", "trigger_args": ["snare", -1, 0, 1, "{pairs}"]}
    [(_, data)] = sent(play, [(1.0, numbers(1.0))], type="osc", port=57110)
    expected = b"/s_new\0\0,siiisfsf\0\0\0snare\0\0\0\xff\xff\xff\xff\0\0\0\0\0\0\0\1"
    expected += b"cutoff\0\0" + struct.pack(">f", 20_000) + b"gain\0\0\0\0" + struct.pack(">f", 0)
    assert data == bundle(expected)


def test_indexed_arguments_and_types() -> None:
    play = {
        "layout": "single",
        "trigger": "/live/device/set/parameter/value",
        "trigger_args": [0, 1, 5, {"from": "level", "range": [-60, 0], "low": 0, "high": 10, "type": "i"}, "{stroke}"],
    }
    [(_, data)] = sent(play, [(1.0, numbers(0.5))], type="osc", port=11000, timetag="none")
    assert parse_packet(data) == [("/live/device/set/parameter/value", [0, 1, 5, 5, 3])]


@pytest.mark.parametrize(("velocity", "tags", "arguments"), [(0.2, "TFs", "soft"), (0.9, "TTs", "hard")])
def test_switches_and_texts_follow_a_number(velocity: float, tags: str, arguments: str) -> None:
    words = {"from": "velocity", "type": "s", "texts": ["soft", "medium", "hard"]}
    play = {"send": [], "trigger_args": [True, {"from": "velocity", "type": "T"}, words]}
    [(_, data)] = sent(play, [(1.0, numbers(velocity=velocity))], type="osc", port=9, timetag="none")
    assert data == b"/drum/snare/hit\0," + tags.encode() + bytes(4) + arguments.encode() + bytes(4)


@pytest.mark.parametrize("entry", [{"type": "s"}, {"texts": ["a"]}])
def test_texts_are_given_where_they_are_sent(entry: dict[str, object]) -> None:
    with pytest.raises(InputError, match='texts and type = "s" belong together'):
        sent({"trigger_args": [{"from": "velocity", **entry}]}, [], type="osc", port=9)


def test_addresses_are_templates() -> None:
    play = {"values": "/{drum}/{index}/{path}/{target}", "send": ["cutoff"]}
    [(_, data)] = sent(play, [(1.0, numbers())], type="osc", port=9)[:1]
    assert parse_packet(data)[0][0] == "/snare/1/cutoff/t"  # type: ignore[index]


def test_an_unknown_name_in_an_address_is_refused() -> None:
    with pytest.raises(InputError, match=r"test.values: '/\{drumm\}' has a name that is unknown here"):
        sent({"values": "/{drumm}"}, [], type="osc", port=9)


@pytest.mark.parametrize(
    ("play", "complaint"),
    [
        ({"values": "/a/{drum[x]}"}, r"test\.values: '/a/\{drum\[x\]\}' has a name that is unknown here"),
        ({"trigger_args": ["{drum[x]}"]}, r"test\.trigger_args: '\{drum\[x\]\}' has a name that is unknown here"),
        ({"values": "/a\0b/{name}"}, r"test\.values: '/a\\x00b/.*' holds a NUL"),
        ({"trigger": "/a\0b"}, r"test\.trigger: '/a\\x00b' holds a NUL"),
        ({"trigger_args": ["a\0b"]}, r"trigger_args\[1\]: 'a\\x00b' holds a NUL"),
        ({"send": [{"from": "cutoff", "name": "a\0b"}]}, r"test\.send\[1\]\.name: 'a\\x00b' holds a NUL"),
        ({"send": [{"from": "cutoff", "args": ["a\0b"]}]}, r"args\[1\]: 'a\\x00b' holds a NUL"),
    ],
)
def test_a_text_that_no_message_can_carry_is_refused(play: dict[str, object], complaint: str) -> None:
    with pytest.raises(InputError, match=complaint):
        sent(play, [], type="osc", port=9)


def test_every_receiver_gets_every_stroke(receiver: socket.socket) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as second:
        second.bind(("127.0.0.1", 0))
        second.settimeout(5.0)
        with live(port=receiver.getsockname()[1], receivers=[{"port": second.getsockname()[1]}]) as target:
            target.strike(target.bind(play_of(target), CONTEXT, "test"), numbers(), at(0.0))
        assert receiver.recv(4096) == second.recv(4096) == bundle(CUTOFF, GAIN, HIT)


def test_a_fixed_delay_holds_the_packet_until_its_moment(receiver: socket.socket) -> None:
    with live(port=receiver.getsockname()[1], timing={"fixed_ms": 200}) as target:
        bound = target.bind(play_of(target), CONTEXT, "test")
        due_s = time.monotonic() + 0.2
        target.strike(bound, numbers(), Moment(due_s - 0.2, due_s - 0.2, due_s))
        assert receiver.recv(4096) == bundle(CUTOFF, GAIN, HIT)
        assert time.monotonic() >= due_s, "never before its moment; how long after is the machine's affair"


def test_tcp_frames_each_bundle_and_connects_again() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(5.0)
        port = server.getsockname()[1]
        with live(port=port, protocol="tcp") as target:
            bound = target.bind(play_of(target), CONTEXT, "test")
            for _ in range(2):
                connection, _ = server.accept()
                with connection:
                    connection.settimeout(5.0)
                    assert read_after(connection, lambda: target.strike(bound, numbers(), at(0.0))) == [
                        bundle(CUTOFF, GAIN, HIT)
                    ]


def read_after(connection: socket.socket, send: Callable[[], None]) -> list[bytes]:
    """Return the first packet that comes while strokes are sent: the sender may need a moment to see the connection."""
    connection.settimeout(0.05)
    received = b""
    while received.count(END) < 2:
        send()
        with suppress(TimeoutError):
            received += connection.recv(65536)
    return unslipped(received)[:1]


def unslipped(received: bytes) -> list[bytes]:
    """Return the packets of a stream, as RFC 1055 takes them out."""
    frames = [frame for frame in received.split(END) if frame]
    return [frame.replace(b"\xdb\xdc", END).replace(b"\xdb\xdd", b"\xdb") for frame in frames]


def test_an_unknown_host_is_refused_in_one_sentence() -> None:
    with pytest.raises(InputError, match=r"target 't': host is 'no\.such\.host\.invalid', which is not found"):
        live(port=9, host="no.such.host.invalid")


def test_an_unknown_further_receiver_is_refused_by_its_own_name() -> None:
    receivers = [{"port": 10}, {"host": "no.such.host.invalid", "port": 11}]
    with pytest.raises(InputError, match=r"'t': receivers\[2\]\.host is 'no\.such\.host\.invalid', which is not found"):
        live(port=9, receivers=receivers)


@pytest.mark.parametrize("timing", ["asap", "steady"])
@pytest.mark.parametrize("timetag", ["immediate", "none"])
def test_a_dead_host_costs_messages_only(timing: str, timetag: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    with live(port=port, protocol="tcp", timing=timing, timetag=timetag) as target:
        target.strike(target.bind(play_of(target), CONTEXT, "test"), numbers(), at(0.0))
        assert wait_for(lambda: target.counters.lost == 3, 5.0), "parameters, and the trigger"
        assert target.counters.messages == 3


@pytest.mark.parametrize("packet", [b"!", b"\xc0\xdb", b"\xdb\xdc\xdb\xdd", bytes(range(256)) * 3])
def test_slip_carries_any_bytes(packet: bytes) -> None:
    assert unslipped(slip(packet) + slip(b"next")) == [packet, b"next"]


@pytest.mark.parametrize(
    "packet",
    [
        b"",
        b"/",
        b"#bundle\0" + b"\xff" * 12,
        b"#bundle\0" + bytes(8) + b"\x7f\xff\xff\xff",
        b"/a\0\0,b\0\0\xff\xff\xff\xff",
        b"/a\0\0,f\0\0\0",
        b"/a\0\0,q\0\0",
        b"/\xff\0\0",
    ],
)
def test_what_is_no_osc_is_nothing(packet: bytes) -> None:
    assert parse_packet(packet) is None


def test_a_bundle_in_bundles_is_read_to_a_depth() -> None:
    packet = bundle(CUTOFF)
    assert parse_packet(bundle(packet, GAIN)) == [("/synth/cutoff", [0.5]), ("/synth/gain", [0.5])]
    for _ in range(20):
        packet = bundle(packet)
    assert parse_packet(packet) is None


FOREIGN = {
    "i": b"\0\0\0\1",
    "f": b"\x3f\0\0\0",
    "h": bytes(7) + b"\1",
    "d": b"\x3f\xe0" + bytes(6),
    "t": bytes(7) + b"\1",
    "s": b"ab\0\0",
    "S": b"abc\0",
    "c": b"\0\0\0a",
    "r": b"\1\2\3\4",
    "m": b"\0\x90\x3c\x40",
    "b": b"\0\0\0\3abc\0",
    "TFNI": b"",
    "[ff]": b"\x3f\0\0\0" * 2,
    "[i[s]]": b"\0\0\0\1ab\0\0",
}
"""Type tags and what belongs to them."""


@pytest.mark.parametrize("tags", FOREIGN)
def test_every_type_of_osc_is_read_to_its_end(tags: str) -> None:
    head = b"/a\0\0," + tags.encode() + b"f"
    message = head + bytes(4 - len(head) % 4) + FOREIGN[tags] + b"\x3f\0\0\0"
    [(address, arguments)] = parse_packet(message) or []
    assert (address, arguments[-1]) == ("/a", 0.5)


@pytest.mark.parametrize(
    "wrong",
    [
        b"/a\0\0,q\0\0" + bytes(4),
        b"/a\0\0,[f\0" + bytes(4),
        b"/a\0\0,]f\0" + bytes(4),
        b"/a\0\0,f\0\0",
        b"/a\0\0,s\0\0\xff\xff\0\0",
        b"/a\0\0," + b"[" * 7,
        b"/a\0\0," + b"T" * 2000 + bytes(3),
        b"no address",
        b"",
        b"#bundle\0" + bytes(4),
    ],
)
def test_what_cannot_be_read_costs_its_neighbours_nothing(wrong: bytes) -> None:
    wrong += bytes(-len(wrong) % 4)
    assert parse_packet(bundle(CUTOFF, wrong, GAIN)) == [("/synth/cutoff", [0.5]), ("/synth/gain", [0.5])]


def test_what_stands_before_a_broken_length_is_read() -> None:
    assert parse_packet(bundle(CUTOFF) + b"\x7f\xff\xff\xff" + GAIN) == [("/synth/cutoff", [0.5])]


@pytest.mark.parametrize("after_ms", [0, 1000])
def test_a_live_time_tag_is_in_the_time_of_day(
    after_ms: int, receiver: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(carrier, "time", SimpleNamespace(time=lambda: 1_700_000_000.0, monotonic=lambda: 50.0))
    with live(port=receiver.getsockname()[1], timetag={"after_ms": after_ms}) as target:
        target.strike(target.bind(play_of(target), CONTEXT, "test"), numbers(), Moment(48.0, 49.0, 49.0))
    assert receiver.recv(4096)[8:16] == time_tag(1_700_000_000.0 - 2.0 + after_ms / 1000)
