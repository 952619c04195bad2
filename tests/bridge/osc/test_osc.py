"""OSC byte for byte, on a loopback socket and over TCP."""

from __future__ import annotations

import resource
import socket
import struct
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from types import SimpleNamespace
from typing import Any

import pytest

from bridge.events import Moment, Transcript
from bridge.osc import carrier, net
from bridge.osc.messages import message_bytes, time_tag
from bridge.osc.net import slip
from bridge.osc.reader import parse_packet
from bridge.osc.server import OscServer
from bridge.realtime.child import wait_for
from bridge.rig.targets import OscTargetSettings, parse_target
from bridge.targets.osc import OscTarget, parcels
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
    play = {"send": ["unit.cutoff"]}
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
            target.strike(target.bind(play_of(target), CONTEXT, "test"), numbers(), at(time.monotonic()))
        assert receiver.recv(4096) == second.recv(4096) == bundle(CUTOFF, GAIN, HIT)


def test_a_fixed_delay_holds_the_packet_until_its_moment(receiver: socket.socket) -> None:
    with live(port=receiver.getsockname()[1], timing={"fixed_ms": 200}) as target:
        bound = target.bind(play_of(target), CONTEXT, "test")
        due_s = time.monotonic() + 0.2
        target.strike(bound, numbers(), Moment(due_s - 0.2, due_s - 0.2, due_s))
        assert receiver.recv(4096) == bundle(CUTOFF, GAIN, HIT)
        assert time.monotonic() >= due_s, "never before its moment; how long after is the machine's affair"


@pytest.mark.parametrize("timing", ["asap", {"fixed_ms": 60}])
def test_the_delay_of_a_trigger_is_counted_from_the_stroke_to_the_moment_at_which_it_leaves(
    timing: Any, receiver: socket.socket
) -> None:
    with live(port=receiver.getsockname()[1], timing=timing) as target:
        bound = target.bind(play_of(target), CONTEXT, "test")
        onset_s = time.monotonic() - 0.02
        target.strike(bound, numbers(), Moment(onset_s, onset_s + 0.005, onset_s + 0.06 * (timing != "asap")))
        receiver.recv(4096)
        assert wait_for(lambda: len(target.counters.delays_s) == 1, 5.0)
    assert (0.02 if timing == "asap" else 0.06) <= target.counters.worst_s <= time.monotonic() - onset_s


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
                    assert read_after(connection, lambda: target.strike(bound, numbers(), at(time.monotonic()))) == [
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


@pytest.mark.parametrize("timing", ["asap", "steady"])
def test_an_unknown_host_is_one_sentence_and_costs_counted_messages(timing: str) -> None:
    with live(port=9, host="no.such.host.invalid", timing=timing) as target:
        assert wait_for(lambda: "not found" in "".join(target.away), 5.0)
        (sentence,) = target.away
        assert "target 't': host is 'no.such.host.invalid', which is not found" in sentence
        target.strike(target.bind(play_of(target), CONTEXT, "test"), numbers(), at(time.monotonic()))
        assert wait_for(lambda: target.counters.lost == 3, 5.0)


def test_an_unknown_further_receiver_is_named_and_the_first_gets_every_stroke(receiver: socket.socket) -> None:
    receivers = [{"port": receiver.getsockname()[1]}, {"host": "no.such.host.invalid", "port": 11}]
    with live(port=receiver.getsockname()[1], receivers=receivers, timing="asap") as target:
        assert ["receivers[2].host is 'no.such.host.invalid', which is not found" in one for one in target.away] == [
            True
        ]
        target.strike(target.bind(play_of(target), CONTEXT, "test"), numbers(), at(time.monotonic()))
        assert receiver.recv(4096) == bundle(CUTOFF, GAIN, HIT)


@pytest.mark.parametrize("host", ["no..host", "a" * 300])
def test_a_name_that_no_host_can_have_is_refused_in_one_sentence(host: str) -> None:
    with pytest.raises(InputError, match=r"target 't': host is '.*', which is not found"):
        live(port=9, host=host)


@pytest.mark.parametrize("timing", ["asap", "steady"])
@pytest.mark.parametrize("timetag", ["immediate", "none"])
def test_a_dead_host_costs_messages_only(timing: str, timetag: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    with live(port=port, protocol="tcp", timing=timing, timetag=timetag) as target:
        target.strike(target.bind(play_of(target), CONTEXT, "test"), numbers(), at(time.monotonic()))
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


@pytest.mark.parametrize("timetag", ["immediate", {"after_ms": 20}])
def test_what_leaves_too_late_is_a_bundle_of_the_values_alone(timetag: Any) -> None:
    settings = parse_target({"name": "t", "type": "osc", "port": 9000, "timetag": timetag}, "test")
    assert isinstance(settings, OscTargetSettings)
    values, trigger = [message_bytes("/a", [1.0]), message_bytes("/b", ["x"])], [message_bytes("/hit", [])]
    ((whole,), (alone,)) = parcels(values, trigger, settings, 5.0), parcels(values, [], settings, 5.0)
    assert (whole.late.packet, whole.late.messages) == (alone.packet, 2)
    assert parcels([], trigger, settings, 5.0)[0].late.packet == b""


@pytest.mark.parametrize("timing", ["asap", "steady"])
@pytest.mark.parametrize("timetag", ["immediate", "none"])
def test_a_stroke_that_would_leave_too_late_loses_its_trigger_and_keeps_its_values(
    receiver: socket.socket, timing: str, timetag: str
) -> None:
    with live(port=receiver.getsockname()[1], timing=timing, timetag=timetag, late_ms=200) as target:
        bound = target.bind(play_of(target), CONTEXT, "test")
        target.strike(bound, numbers(), at(time.monotonic() - 0.3))
        target.strike(bound, numbers(), at(time.monotonic()))
        received: list[str] = []
        while "/drum/snare/hit" not in received:
            received += [address for address, _ in parse_packet(receiver.recv(4096)) or []]
        assert wait_for(lambda: target.counters.late_notes == 1, 5.0)
        assert received == ["/synth/cutoff", "/synth/gain"] * 2 + ["/drum/snare/hit"]
        assert (target.counters.messages, target.counters.lost) == (5, 0)


def names(monkeypatch: pytest.MonkeyPatch, *hosts: str) -> None:
    """Let ``localhost`` have these addresses, in this order, as systems with two families do."""
    asked = socket.getaddrinfo

    def answer(host: str, port: Any, *rest: Any, **how: Any) -> list[Any]:
        if host != "localhost" or how.get("flags"):
            return asked(host, port, *rest, **how)
        return [found for one in hosts for found in asked(one, port, *rest, **how)]

    monkeypatch.setattr(socket, "getaddrinfo", answer)


def listener(host: str) -> socket.socket:
    """Return a socket that receives at an address of this machine, which may have been built without IPv6."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    udp = socket.socket(family, socket.SOCK_DGRAM)
    try:
        udp.bind((host, 0))
    except OSError:
        udp.close()
        if family == socket.AF_INET:
            raise
        pytest.skip("this machine has no IPv6")
    udp.settimeout(5.0)
    return udp


@pytest.mark.parametrize("listens", ["127.0.0.1", "::1"])
def test_a_name_with_two_addresses_reaches_whoever_listens_at_one(
    listens: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    names(monkeypatch, "::1", "127.0.0.1")
    udp = listener(listens)
    with udp, live(host="localhost", port=udp.getsockname()[1], timing="asap") as target:
        bound = target.bind(play_of(target), CONTEXT, "test")
        for _ in range(3):
            target.strike(bound, numbers(), at(time.monotonic()))
            assert udp.recv(4096) == bundle(CUTOFF, GAIN, HIT)
        assert (target.counters.lost, target.away) == (0, ())


@pytest.mark.parametrize("timing", ["asap", "steady"])
def test_a_receiver_on_this_machine_that_is_not_there_is_counted_and_named_and_taken_in_when_it_comes(
    timing: str,
) -> None:
    with listener("127.0.0.1") as free:
        port = free.getsockname()[1]
    with live(port=port, timing=timing) as target:
        bound = target.bind(play_of(target), CONTEXT, "test")
        for _ in range(2):
            target.strike(bound, numbers(), at(time.monotonic()))
        assert wait_for(lambda: target.counters.lost == 6, 5.0), "every message of both strokes"
        assert wait_for(lambda: "".join(target.away).endswith(f"no program listens on port {port}"), 5.0)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
            udp.bind(("127.0.0.1", port))
            udp.settimeout(5.0)
            target.strike(bound, numbers(), at(time.monotonic()))
            assert udp.recv(4096) == bundle(CUTOFF, GAIN, HIT)
            assert wait_for(lambda: target.away == (), 5.0)
        assert target.counters.lost == 6


def test_a_host_that_gets_its_name_later_is_taken_in(receiver: socket.socket, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(net, "LOOK_UP_S", 0.02)
    names(monkeypatch)
    asked = net.places
    known: list[str] = []

    def look(host: str, port: int) -> list[net.Place]:
        if not known:
            raise OSError("nobody knows it")
        return asked("127.0.0.1", port)

    monkeypatch.setattr(net, "places", look)
    with live(host="laptop.local", port=receiver.getsockname()[1], timing="asap") as target:
        bound = target.bind(play_of(target), CONTEXT, "test")
        target.strike(bound, numbers(), at(time.monotonic()))
        assert (target.counters.lost, len(target.away)) == (3, 1)
        known.append("laptop.local")
        assert wait_for(lambda: target.away == (), 5.0)
        target.strike(bound, numbers(), at(time.monotonic()))
        assert receiver.recv(4096) == bundle(CUTOFF, GAIN, HIT)


def test_the_thread_of_a_tcp_receiver_outlives_the_lack_of_descriptors() -> None:
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(5.0)
        resource.setrlimit(resource.RLIMIT_NOFILE, (3, limits[1]))
        try:
            link = net.TcpLink(server.getsockname())
            assert "Too many open files" in link.trouble
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, limits)
        server.accept()[0].close()
        link.close()


def test_remote_control_on_a_name_with_two_addresses_listens_by_ipv4(monkeypatch: pytest.MonkeyPatch) -> None:
    names(monkeypatch, "::1", "127.0.0.1")
    heard: list[str] = []

    def note(address: str, *_: object) -> bool:
        heard.append(address)
        return True

    server = OscServer("localhost", 0, note)
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as remote:
            remote.sendto(HIT, ("127.0.0.1", server.port))
            assert wait_for(lambda: heard == ["/drum/snare/hit"], 5.0)
    finally:
        server.close()


@pytest.mark.parametrize("listens", ["127.0.0.1", "::1"])
def test_the_state_reaches_a_name_with_two_addresses_wherever_it_is_heard(
    listens: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    names(monkeypatch, "::1", "127.0.0.1")
    udp = listener(listens)
    link = net.UdpLink(("localhost", udp.getsockname()[1]))
    with udp:
        assert link.send(HIT)
        assert udp.recv(4096) == HIT
    link.close()


@pytest.mark.parametrize("entry", [{"type": "s"}, {"texts": ["a"], "low": 0, "high": 1}])
def test_texts_are_given_where_a_control_is_sent_them(entry: dict[str, object]) -> None:
    play = {"profile": "superdirt", "send": [{"from": "velocity", "control": "cutoff", **entry}]}
    with pytest.raises(InputError, match='texts and type = "s" belong together'):
        sent(play, [], type="osc", port=9)
