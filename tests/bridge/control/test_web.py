"""OSCQuery's port: few connections, a time for each request, news over a websocket, and no stranger's page."""

from __future__ import annotations

import contextlib
import json
import socket
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin

from bridge.control import web
from bridge.control.remote import RemoteControl
from bridge.events import PlayKey
from bridge.osc.messages import message_bytes
from bridge.osc.reader import parse_packet
from bridge.realtime.child import wait_for
from bridge.rig.rig import rig_from_table
from synth.errors import InputError
from tests.bridge.control.remotes import AMOUNT, remote_of
from tests.bridge.stages import QuietStage

GET = b"GET /?HOST_INFO HTTP/1.1\r\n"


@pytest.fixture
def remote(stage: QuietStage) -> Iterator[RemoteControl]:
    with remote_of(stage, query=True, rate_hz=100.0) as opened:
        yield opened


def port_of(remote: RemoteControl) -> int:
    assert remote.query is not None
    return remote.query.port


def status(port: int, request: bytes) -> int:
    """Return the status of the answer to the bytes of a request; 0 where none comes."""
    with socket.create_connection(("127.0.0.1", port), timeout=10.0) as asking:
        asking.sendall(request)
        reply = asking.recv(1 << 16)
    return int(reply.split()[1]) if reply else 0


def ended(connection: socket.socket) -> bool:
    """Return whether the other side has let go."""
    try:
        return connection.recv(1) == b""
    except ConnectionError:
        return True


def listening(port: int, origin: str | None = None, most: int = 16) -> ClientConnection:
    own = None if origin is None else Origin(origin)
    return connect(f"ws://127.0.0.1:{port}/", compression=None, origin=own, max_queue=most)


def news(client: ClientConnection) -> tuple[str, list[Any]]:
    packet = client.recv(timeout=5.0)
    assert isinstance(packet, bytes)
    [message] = parse_packet(packet) or []
    return message


def say(client: ClientConnection, command: str, address: str) -> None:
    client.send(json.dumps({"COMMAND": command, "DATA": address}))


def test_who_listens_is_sent_each_new_value(remote: RemoteControl) -> None:
    with listening(port_of(remote)) as client:
        say(client, "LISTEN", AMOUNT)
        assert news(client) == (AMOUNT, [1.0])
        remote.take(AMOUNT, [2.0])
        assert news(client) == (AMOUNT, [2.0])
        say(client, "IGNORE", AMOUNT)
        say(client, "LISTEN", "/ghostnote/enabled")
        assert news(client) == ("/ghostnote/enabled", [True])
        remote.take(AMOUNT, [3.0])
        remote.take("/ghostnote/enabled", [0])
        assert news(client) == ("/ghostnote/enabled", [False])


def test_who_listens_turns_controls_and_is_not_told_of_its_own(remote: RemoteControl, stage: QuietStage) -> None:
    with listening(port_of(remote)) as client:
        say(client, "LISTEN", "/ghostnote/drum/snare")
        while news(client)[0] != "/ghostnote/drum/snare/detector/floor_db":
            pass
        client.send(message_bytes(AMOUNT, [2.0]))
        assert wait_for(lambda: stage.mappings[PlayKey("snare")].controls.amount == 2.0, 5.0)
        remote.take("/ghostnote/drum/snare/follow_level", [0.5])
        while (message := news(client))[0] != "/ghostnote/drum/snare/follow_level":
            assert message != (AMOUNT, [2.0])


@pytest.mark.parametrize("words", ["", "{", "[]", '{"COMMAND": "LISTEN"}', '{"COMMAND": 1, "DATA": 2}', "[" * 60_000])
def test_a_command_that_makes_no_sense_is_counted(remote: RemoteControl, words: str) -> None:
    with listening(port_of(remote)) as client:
        client.send(words)
        client.send(b"\xff" * 64)
        assert wait_for(lambda: (remote.osc.unknown, remote.osc.malformed) == (1, 1), 5.0)
        say(client, "LISTEN", AMOUNT)
        assert news(client) == (AMOUNT, [1.0])


@pytest.mark.parametrize(
    "host", ["localhost", "127.0.0.1", "LOCALHOST:9010", "[::1]:80", socket.gethostname(), "kit.lan"]
)
def test_our_own_names_are_answered(stage: QuietStage, host: str) -> None:
    with remote_of(stage, query=True, names=["kit.lan"]) as remote:
        assert status(port_of(remote), GET + f"Host: {host}\r\n\r\n".encode()) == 200


@pytest.mark.parametrize(
    ("lines", "code"),
    [
        ("Host: rebound.example\r\n", 403),
        ("Host: 127.0.0.1.rebound.example\r\n", 403),
        ("Host: 192.0.2.1\r\n", 403),
        ("Host: [\r\n", 403),
        ("Host: \r\n", 403),
        ("", 400),
        ("Host: localhost\r\nHost: rebound.example\r\n", 400),
        ("Host: localhost\r\nOrigin: http://stranger.example\r\n", 403),
        ("Host: localhost\r\nOrigin: null\r\n", 403),
        ("Host: localhost\r\nOrigin: http://localhost:8000\r\n", 200),
    ],
)
def test_a_strangers_page_reads_nothing(remote: RemoteControl, lines: str, code: int) -> None:
    assert status(port_of(remote), GET + lines.encode() + b"\r\n") == code


def test_a_strangers_page_opens_no_websocket(remote: RemoteControl) -> None:
    with pytest.raises(InvalidStatus, match="403"):
        listening(port_of(remote), origin="http://stranger.example")


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\n\r\nabcd",
        b"GET / HTTP/1.1\r\n" + b"A: " + b"x" * 100_000,
        b"GET / HTTP/1.1\r\n" + b"A: b\r\n" * 1000 + b"\r\n",
        b"GET /" + b"x" * 100_000,
        b"\x16\x03\x01" + bytes(100) + b"\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n\r\n",
    ],
)
def test_what_is_no_request_is_refused_and_the_next_is_answered(
    remote: RemoteControl, request_bytes: bytes, capfd: pytest.CaptureFixture[str]
) -> None:
    with contextlib.suppress(ConnectionError):  # it may be let go with bytes unread
        assert status(port_of(remote), request_bytes) != 200
    assert status(port_of(remote), GET + b"Host: localhost\r\n\r\n") == 200
    assert capfd.readouterr().err == ""


def test_half_requests_hold_few_connections_and_keep_nobody_out(remote: RemoteControl) -> None:
    with ExitStack() as opened:
        halves = [opened.enter_context(socket.create_connection(("127.0.0.1", port_of(remote)))) for _ in range(200)]
        for one in halves[-web.MOST_CONNECTIONS // 2 :]:
            one.sendall(GET)
        assert status(port_of(remote), GET + b"Host: localhost\r\n\r\n") == 200
        halves[0].settimeout(5.0)
        assert ended(halves[0])


def test_a_request_has_its_time_however_its_bytes_come(stage: QuietStage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web, "REQUEST_S", 0.3)
    with (
        remote_of(stage, query=True) as remote,
        socket.create_connection(("127.0.0.1", port_of(remote))) as asking,
    ):
        asking.settimeout(0.05)

        def let_go() -> bool:
            try:
                asking.send(b"x")
                return asking.recv(1) == b""
            except TimeoutError:
                return False
            except OSError:
                return True

        assert wait_for(let_go, 10.0)


def test_more_websockets_than_places_are_refused(remote: RemoteControl) -> None:
    with ExitStack() as opened:
        clients = [opened.enter_context(listening(port_of(remote))) for _ in range(web.MOST_LISTENERS)]
        with pytest.raises(InvalidStatus, match="503"):
            listening(port_of(remote))
        clients[0].close()
        say(clients[1], "LISTEN", AMOUNT)
        assert news(clients[1]) == (AMOUNT, [1.0])


def test_a_listener_that_lets_too_much_wait_is_let_go(remote: RemoteControl, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web, "WAITING_PACKETS", 8)
    with listening(port_of(remote), most=1) as client, listening(port_of(remote)) as other:
        say(client, "LISTEN", "/ghostnote")
        say(other, "LISTEN", AMOUNT)
        assert news(other) == (AMOUNT, [1.0])
        assert wait_for(lambda: len(remote._subscribers) == 1, 5.0)
        remote.take(AMOUNT, [2.0])
        assert news(other) == (AMOUNT, [2.0])


@pytest.mark.parametrize(
    ("table", "complaint"),
    [
        ({"announce": True}, "announce tells the network of 127.0.0.1, which it cannot reach"),
        ({"announce": True, "host": "0.0.0.0", "query": False}, "announce tells of OSCQuery, which query = false"),
    ],
)
def test_what_the_network_cannot_reach_is_not_announced(table: dict[str, Any], complaint: str) -> None:
    with pytest.raises(InputError, match=complaint):
        rig_from_table({"drum": [{"name": "x"}], "control": table}, "my.toml")
