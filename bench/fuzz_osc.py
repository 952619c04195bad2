"""Datagrams of every kind at a remote control that runs, with panic asked for throughout: ``python -m bench.fuzz_osc``.

Over a real socket come random bytes, well-formed packets with bytes changed, patterns, nested bundles, every type of
argument, and values for controls that there are. What is asked: nothing ends, no error is written, panic is obeyed, and
memory stands still.
"""

from __future__ import annotations

import random
import socket
import struct
from collections.abc import Sequence
from typing import Any

from bench.fuzz_remote import Fuzzed, Remote, fuzzed
from bench.report import asked, head, heading, line
from bridge.osc.messages import bundle, message_bytes, time_tag
from bridge.osc.patterns import matches

SEED = 7
ROOT = "/ghostnote"
AHEAD = 256
"""Datagrams that may be on their way: more overflow the socket's buffer, and what the kernel drops tests nothing."""

NAMES = ("drum", "snare", "tom", "amount", "parameter", "osc1.freq", "lock", "detector", "floor_db", "state")
TYPES = "ifsSbhdtcrmTFNI[]q"


def known() -> list[bytes]:
    """Return well-formed packets of every kind that is listened to."""
    base = f"{ROOT}/drum/snare"
    words: list[tuple[str, list[Any]]] = [
        (f"{base}/amount", [1.5]),
        (f"{base}/parameter/drive/lock", [True]),
        (f"{base}/preset", ["tom"]),
        (f"{base}/preset", ["/dev/zero"]),
        (f"{base}/model", ["../../snare-1"]),
        (f"{ROOT}/drum/*/amount", [0.5]),
        (f"{ROOT}/learn", [f"{base}/amount"]),
        (f"{ROOT}/subscribe", [9]),
        (f"{ROOT}/unsubscribe", [9]),
        (f"{ROOT}/key", [9, "ABCDEFG"]),
        (f"{ROOT}/resend", []),
    ]
    messages = [message_bytes(address, arguments) for address, arguments in words]
    return [*messages, bundle(messages), bundle([bundle(messages[:3]), messages[0]], time_tag(4e9))]


def mutated(dice: random.Random, packet: bytes) -> bytes:
    """Return a packet with up to four bytes changed, perhaps cut or repeated."""
    result = bytearray(packet)
    for _ in range(dice.randrange(5)):
        result[dice.randrange(len(result))] = dice.randrange(256)
    if dice.random() < 0.1:
        del result[dice.randrange(len(result)) :]
    return bytes(result * (2 if dice.random() < 0.05 else 1))


def pattern(dice: random.Random) -> bytes:
    """Return a message whose address is a pattern, perhaps of the costly kind; none that means panic or enabled."""
    parts = []
    for _ in range(dice.randrange(2, 6)):
        part = list(dice.choice(NAMES))
        for _ in range(dice.randrange(4)):
            part[dice.randrange(len(part))] = dice.choice(("*", "?", "[a-z]", "[!x]", "{a,b,}", "*a*a*a*a", "{", "["))
        parts.append("".join(part))
    if len(parts) == 2 and any(matches(parts[1], name) for name in ("panic", "enabled")):
        parts.append("*")
    return message_bytes("/" + "/".join(["ghostnote", *parts][: len(parts) + dice.randrange(2)]), [dice.random()])


def nested(dice: random.Random, packets: Sequence[bytes]) -> bytes:
    """Return bundles in bundles, wide and deep, now and then with a length that lies."""
    packet = bundle(dice.choices(packets, k=dice.randrange(1, 20)))
    for _ in range(dice.randrange(14)):
        packet = bundle([packet, dice.choice(packets)])
    if dice.random() < 0.2:
        packet = packet[:16] + struct.pack(">I", dice.randrange(2**32)) + packet[20:]
    return packet[:60_000]


def typed(dice: random.Random) -> bytes:
    """Return a message of ours with arguments of any type, whether they are there or not."""
    head = f"{ROOT}/drum/{dice.choice(('snare', 'tom'))}/{dice.choice(('amount', 'preset', 'follow_level'))}".encode()
    tags = b"," + "".join(dice.choices(TYPES, k=dice.randrange(12))).encode()
    padded = (part + bytes(4 - len(part) % 4) for part in (head, tags))
    return b"".join(padded) + dice.randbytes(dice.randrange(64))


def datagram(dice: random.Random, packets: Sequence[bytes]) -> bytes:
    """Return the next packet."""
    kind = dice.random()
    if kind < 0.2:
        return dice.randbytes(dice.randrange(120 if kind > 0.001 else 60_000))
    if kind < 0.5:
        return mutated(dice, dice.choice(packets))
    if kind < 0.65:
        return pattern(dice)
    return nested(dice, packets) if kind < 0.75 else typed(dice)


def run(count: int, seed: int = SEED) -> Fuzzed:
    """Send datagrams to a remote control and return what came of it."""
    dice, packets = random.Random(seed), known()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:

        def send(remote: Remote, index: int) -> None:
            udp.sendto(datagram(dice, packets), ("127.0.0.1", remote.osc))
            if index % AHEAD == 0:
                remote.asked()

        return fuzzed(count, send)


def main(words: Sequence[str] | None = None) -> None:
    """Run the fuzz and print what came of it."""
    options = asked(__doc__, words, count=(1_000_000, "how many datagrams"), seed=(SEED, "of the datagrams"))
    done = run(options.count, options.seed)
    print(heading(options.seed))
    head(f"{done.count} datagrams", "")
    line("arrived", done.counters["packets"])
    line("no OSC, counted", done.counters["malformed"])
    line("meant nothing, counted", done.counters["unknown"])
    line("more than could wait, counted", done.counters["overrun"])
    done.show("datagrams")


if __name__ == "__main__":
    main()
