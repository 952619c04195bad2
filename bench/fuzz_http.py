"""Requests of every kind at OSCQuery's port, with slow and many connections: ``python -m bench.fuzz_http``.

The remote control may have 256 files and sockets open. It is sent requests that are right, damaged, half, slow and by
strangers' names, many at once, and websockets that talk nonsense or never read. What is asked: nothing ends, no error
is written, most descriptors stay free, panic is obeyed, and memory stands still.
"""

from __future__ import annotations

import contextlib
import random
import socket
import struct
from collections import deque
from collections.abc import Sequence

from bench.fuzz_osc import known, mutated
from bench.fuzz_remote import Fuzzed, Remote, fuzzed
from bench.report import asked, head, heading, line

SEED = 7
DESCRIPTORS = 256
HELD = 200
"""Connections that are kept open at once: more than the remote may have."""

TARGETS = (
    "/",
    "/?HOST_INFO",
    "/ghostnote/drum/snare",
    "/ghostnote/drum/snare/amount?VALUE",
    "/ghostnote?RANGE",
    "/%00",
)
HOSTS = ("localhost", "127.0.0.1:9010", "rebound.example", "[", "")
UPGRADE = "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n"
KEY = "AAAAAAAAAAAAAAAAAAAAAA=="


def request(dice: random.Random) -> bytes:
    """Return a request: right, or wrong in one of many ways."""
    words = f"GET {dice.choice(TARGETS)} HTTP/1.1\r\nHost: {dice.choice(HOSTS)}\r\n"
    kind = dice.random()
    if kind < 0.2:
        words += UPGRADE.format(key=KEY if dice.random() < 0.8 else "no key")
    if 0.2 < kind < 0.25:
        words += f"X: {'y' * dice.randrange(20_000)}\r\n" * dice.randrange(200)
    whole = f"{words}\r\n".encode()
    if kind < 0.2:
        whole += b"".join(frame(dice) for _ in range(dice.randrange(6)))
    if kind > 0.9:
        return dice.randbytes(dice.randrange(2000))
    return mutated(dice, whole) if kind > 0.6 else whole


def frame(dice: random.Random) -> bytes:
    """Return a frame of a websocket: a command, a packet of OSC, or nonsense; its mask is zero."""
    commands = (
        b'{"COMMAND": "LISTEN", "DATA": "/ghostnote"}',
        b'{"COMMAND": "IGNORE", "DATA": "/"}',
        b"[" * 2000,
        b"{",
    )
    text = dice.random() < 0.5
    payload = dice.choice(commands) if text else mutated(dice, dice.choice(known()))
    first = (0x81 if text else 0x82) if dice.random() < 0.9 else dice.randrange(256)
    return bytes((first, 0x80 | 126)) + struct.pack(">H", len(payload)) + bytes(4) + payload


def answers(port: int) -> bool:
    """Return whether a right request is answered."""
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=10.0) as asking:
        asking.sendall(b"GET /?HOST_INFO HTTP/1.1\r\nHost: localhost\r\n\r\n")
        return asking.recv(12) == b"HTTP/1.1 200"
    return False


def run(count: int, seed: int = SEED) -> tuple[Fuzzed, list[bool]]:
    """Send requests to a remote control; return what came of it, and of each right one whether it was answered."""
    dice, answered = random.Random(seed), list[bool]()
    held: deque[socket.socket] = deque()

    def send(remote: Remote, index: int) -> None:
        begin(dice, remote.http, held)
        if index % max(count // 50, 1) == 0:
            answered.append(answers(remote.http))
        while index == count - 1 and held:
            held.pop().close()

    return fuzzed(count, send, DESCRIPTORS), answered


def begin(dice: random.Random, port: int, held: deque[socket.socket]) -> None:
    """Begin a request, perhaps go on with one that was begun before, and let go of the oldest."""
    with contextlib.suppress(OSError):
        one = socket.create_connection(("127.0.0.1", port), timeout=2.0)
        one.setblocking(False)
        held.append(one)
        whole = request(dice)
        one.send(whole[: dice.randrange(len(whole) + 1)] if dice.random() < 0.3 else whole)
    if held and dice.random() < 0.5:
        with contextlib.suppress(OSError):
            dice.choice(held).send(dice.choice((b"x", b"\r\n\r\n", frame(dice))))
    while len(held) > HELD or (held and dice.random() < 0.3):
        gone = held.popleft()
        if dice.random() < 0.3:  # closing is a reset
            gone.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        gone.close()


def main(words: Sequence[str] | None = None) -> None:
    """Run the fuzz and print what came of it."""
    options = asked(__doc__, words, count=(100_000, "how many requests"), seed=(SEED, "of the requests"))
    done, answered = run(options.count, options.seed)
    print(heading(options.seed))
    head(f"{done.count} requests", "")
    line("right ones among them that were answered", f"{sum(answered)} of {len(answered)}")
    line("descriptors open at most, allowed", f"{done.most_descriptors}, {DESCRIPTORS}")
    done.show("requests")


if __name__ == "__main__":
    main()
