"""The OSC server obeys what is urgent first, loses no last value and survives its handler."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import pytest

from bridge.osc import server
from bridge.osc.messages import bundle, message_bytes
from bridge.osc.server import OscServer
from bridge.realtime.child import wait_for


class Desk:
    """Notes what it is given, and can be held up."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, list[Any]]] = []
        self.free = threading.Event()
        self.free.set()

    def take(self, address: str, arguments: list[Any], sender: Any) -> bool:
        self.free.wait(10.0)
        self.heard.append((address, arguments))
        if address == "/fault":
            raise RuntimeError("as no handler should")
        return address != "/nothing"


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
def send() -> Iterator[Callable[[OscServer, bytes], None]]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:

        def sent(opened: OscServer, packet: bytes) -> None:
            udp.sendto(packet, ("127.0.0.1", opened.port))

        yield sent


def test_what_is_urgent_goes_before_all_that_waits(desk: Desk, send: Callable[[OscServer, bytes], None]) -> None:
    with closing(OscServer("127.0.0.1", 0, desk.take, urgent=("/panic",))) as opened:
        desk.free.clear()
        send(opened, message_bytes("/first", []))
        assert wait_for(lambda: opened.packets == 1, 5.0)
        for index in range(200):
            send(opened, message_bytes(f"/control/{index}", [1.0]))
        send(opened, bundle([message_bytes("/last", []), message_bytes("/panic", [])]))
        desk.free.set()
        assert wait_for(lambda: len(desk.heard) == 203, 5.0)
    addresses = [address for address, _ in desk.heard]
    assert addresses[:2] == ["/first", "/panic"]
    assert addresses[-1] == "/last"


def test_of_one_address_only_the_latest_value_waits(desk: Desk, send: Callable[[OscServer, bytes], None]) -> None:
    with closing(OscServer("127.0.0.1", 0, desk.take)) as opened:
        desk.free.clear()
        send(opened, message_bytes("/first", []))
        assert wait_for(lambda: opened.packets == 1, 5.0)
        for index in range(100):
            send(opened, message_bytes("/amount", [index]))
            send(opened, message_bytes("/level", [index]))
        desk.free.set()
        assert wait_for(lambda: opened.packets == 201 and desk.heard[-1] == ("/level", [99]), 5.0)
    assert desk.heard[-2:] == [("/amount", [99]), ("/level", [99])]
    assert len(desk.heard) < 50


def test_what_can_mean_nothing_never_waits(desk: Desk, send: Callable[[OscServer, bytes], None]) -> None:
    with closing(OscServer("127.0.0.1", 0, desk.take, means="/known".__eq__)) as opened:
        send(opened, bundle([message_bytes("/other", []), message_bytes("/known", [])]))
        assert wait_for(lambda: (opened.unknown, desk.heard) == (1, [("/known", [])]), 5.0)


def test_more_than_can_wait_is_dropped_and_counted(
    desk: Desk, send: Callable[[OscServer, bytes], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "MOST_MESSAGES", 10)
    with closing(OscServer("127.0.0.1", 0, desk.take)) as opened:
        send(opened, bundle([message_bytes(f"/control/{index}", []) for index in range(30)]))
        assert wait_for(lambda: opened.overrun + len(desk.heard) == 30, 5.0)
        assert desk.heard[-1][0] == "/control/29"
        assert opened.overrun == 20


def test_what_is_posted_is_bounded_by_its_bytes_and_dropped_and_counted(
    desk: Desk, send: Callable[[OscServer, bytes], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    packets = [message_bytes(f"/control/{index:02}", ["x" * 79]) for index in range(30)]
    monkeypatch.setattr(server, "MOST_BYTES", 10 * len(packets[0]))
    with closing(OscServer("127.0.0.1", 0, desk.take)) as opened:
        desk.free.clear()
        send(opened, message_bytes("/first", []))
        assert wait_for(lambda: opened.packets == 1, 5.0)
        for packet in packets:
            opened.post(packet, ("websocket", 1))
        assert opened.overrun == 20
        desk.free.set()
        assert wait_for(lambda: len(desk.heard) == 11, 5.0)
        assert (opened.overrun, desk.heard[-1][0]) == (20, "/control/29")


def test_more_is_posted_than_is_taken_at_once_and_all_is_heard(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "MOST_AT_ONCE", 2)
    with closing(OscServer("127.0.0.1", 0, desk.take)) as opened:
        for index in range(30):
            opened.post(message_bytes(f"/control/{index}", []), ("websocket", 1))
        assert wait_for(lambda: len(desk.heard) == 30, 5.0)


def test_a_handler_that_fails_is_asked_again(desk: Desk, send: Callable[[OscServer, bytes], None]) -> None:
    with closing(OscServer("127.0.0.1", 0, desk.take)) as opened:
        for address in ("/fault", "/nothing", "/amount"):
            send(opened, message_bytes(address, []))
        assert wait_for(lambda: len(desk.heard) == 3, 5.0)
        assert wait_for(lambda: opened.unknown == 2, 5.0)


def test_it_answers_from_the_port_that_it_listens_on(desk: Desk) -> None:
    with closing(OscServer("127.0.0.1", 0, desk.take)) as opened, socket.socket(type=socket.SOCK_DGRAM) as udp:
        udp.settimeout(5.0)
        udp.connect(("127.0.0.1", opened.port))
        assert opened.send(b"word", udp.getsockname())
        assert udp.recv(10) == b"word"
        assert not opened.send(b"word", ("127.0.0.1", 70_000))
