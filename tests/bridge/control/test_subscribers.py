"""Who is told what changed: subscribers over OSC, and the receivers that a rig names."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import pytest

from bridge.control.remote import RemoteControl
from bridge.control.subscribers import LEASE_S, Subscriber, Subscribers
from bridge.osc.messages import message_bytes
from bridge.osc.reader import parse_packet
from bridge.rig.targets import Receiver
from synth.errors import InputError
from tests.bridge.control.remotes import AMOUNT, remote_of
from tests.bridge.rigs import rig_from
from tests.bridge.stages import QuietStage


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


def subscriber(host: str, port: int, source: tuple[str, int] | None = None, lasts: bool = False) -> Subscriber:
    return Subscriber(address=(host, port), send=lambda _: True, source=source, lasts=lasts)


def test_a_receiver_on_another_machine_is_known_by_its_address() -> None:
    told_of = Subscribers(8)
    assert told_of.add(subscriber("192.0.2.1", 9000))
    assert told_of.add(subscriber("127.0.0.1", 9000))
    there, here = told_of
    assert told_of.who(("192.0.2.1", 50_000)) is there
    assert told_of.who(("127.0.0.1", 9000)) is here
    assert told_of.who(("127.0.0.1", 50_000)) is None


def test_a_known_subscriber_is_told_everything_again_though_every_place_is_taken(surfaces: list[Surface]) -> None:
    first = surfaces[0]
    for index in range(6):
        assert first.remote.take("/ghostnote/subscribe", [4000 + index], ("127.0.0.1", 4000 + index))
    assert not first.remote.take("/ghostnote/subscribe", [4100], ("127.0.0.1", 4100))
    assert first.send("/ghostnote/subscribe", first.port)
    assert AMOUNT in first.told()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Let the time of subscriptions be what a test says."""
    now_s = [1000.0]
    monkeypatch.setattr("bridge.control.subscribers.time", SimpleNamespace(monotonic=lambda: now_s[0]))
    return now_s


def test_a_subscription_ends_unless_it_is_renewed(clock: list[float]) -> None:
    told_of, here = Subscribers(3), ("127.0.0.1", 51)
    rigs, quiet, other, renewed = (
        subscriber("127.0.0.1", 9000, lasts=True),
        subscriber("127.0.0.1", 9001, ("127.0.0.1", 52)),
        subscriber("127.0.0.1", 9004, ("127.0.0.1", 54)),
        subscriber("127.0.0.1", 9002, here),
    )
    assert [told_of.add(one) for one in (rigs, quiet, renewed, other)] == [True, True, True, False]
    clock[0] += LEASE_S - 1
    assert told_of.who(here) is renewed
    clock[0] += 1
    assert told_of.ended() == [quiet]
    assert list(told_of) == [rigs, renewed]
    assert told_of.add(other)


def test_a_word_from_another_machine_renews_nothing_since_it_may_be_forged(clock: list[float]) -> None:
    told_of, source = Subscribers(3), ("192.0.2.1", 51)
    told_of.add(subscriber("192.0.2.1", 9000, source))
    clock[0] += LEASE_S - 1
    assert told_of.who(source) is not None
    clock[0] += 1
    assert len(told_of.ended()) == 1


def test_who_is_told_no_more_is_told_so(surfaces: list[Surface], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bridge.control.subscribers.LEASE_S", 0.0)
    assert surfaces[0].told() == {"/ghostnote/unsubscribed": []}
    surfaces[1].send(AMOUNT, 2.0)
    assert surfaces[0].told() == {}


def test_who_unsubscribes_is_told_no_more(surfaces: list[Surface]) -> None:
    first, second = surfaces
    assert first.send("/ghostnote/unsubscribe", first.port)
    assert not first.send("/ghostnote/unsubscribe", first.port)
    second.send(AMOUNT, 2.0)
    second.send(AMOUNT, 3.0)
    assert (first.told(), AMOUNT in second.told()) == ({}, False)


def test_who_names_no_port_is_told_where_it_asked(stage: QuietStage) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp, remote_of(stage, rate_hz=100.0) as remote:
        udp.settimeout(5.0)
        udp.connect(("127.0.0.1", remote.osc.port))  # it takes nothing that comes from another port
        udp.send(message_bytes("/ghostnote/subscribe", []))
        assert AMOUNT in told(udp, 50)


def forged(remote: RemoteControl, monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, list[Any], Any]]:
    """Keep what a remote sends to other machines, which no test has."""
    sent: list[tuple[str, list[Any], Any]] = []

    def keep(packet: bytes, receiver: Any) -> bool:
        sent.extend((address, arguments, receiver) for address, arguments in parse_packet(packet) or [])
        return True

    monkeypatch.setattr(remote.osc, "send", keep)
    return sent


def test_another_machine_is_told_once_it_has_shown_that_it_reads_there(
    stage: QuietStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    with remote_of(stage, rate_hz=0.1) as remote:
        sent, source = forged(remote, monkeypatch), ("192.0.2.1", 51)
        question = message_bytes("/ghostnote/subscribe", [9000])
        assert remote.take("/ghostnote/subscribe", [9000], source)
        remote.publish()
        [(address, key, receiver)] = sent
        assert (address, receiver) == ("/ghostnote/key", ("192.0.2.1", 9000))
        assert len(message_bytes(address, key)) <= len(question), "nobody is flooded by what others ask for"
        assert not remote.take("/ghostnote/key", [9000, "AAAAAAA"], source)
        assert not remote.take("/ghostnote/key", key, ("192.0.2.2", 51))
        assert not remote.take("/ghostnote/key", [9001, key[1]], source)
        assert remote.publish() == 0
        assert remote.take("/ghostnote/key", key, source)
        assert remote.publish() > 50
        assert remote.take("/ghostnote/key", key, source)
        assert remote.publish() == 0, "a lease that is renewed costs nothing more"


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
