"""A million datagrams and MIDI strings at the control inputs: ``python -m bench.fuzz [COUNT]``.

Half are random bytes, half are well-formed messages with a few bytes changed, so that every branch of the readers is
reached. What is asked: no exception, every packet counted, and memory that stands still.
"""

from __future__ import annotations

import gc
import random
import sys
import time

import psutil

from bench.machine import heading
from bridge.control.remote import RemoteControl
from bridge.osc.messages import bundle, message_bytes, time_tag
from bridge.rig.control import ControlSettings
from tests.bridge.stages import DRUMS, QuietStage

SEED = 7
ROOT = "/ghostnote"


def seeds() -> list[bytes]:
    """Return well-formed packets of every kind that is listened to."""
    amount = message_bytes(f"{ROOT}/drum/snare/amount", [1.5])
    lock = message_bytes(f"{ROOT}/drum/snare/parameter/drive/lock", [1])
    preset = message_bytes(f"{ROOT}/drum/snare/preset", ["tom"])
    learn = message_bytes(f"{ROOT}/learn", [f"{ROOT}/drum/snare/amount"])
    return [amount, lock, preset, learn, bundle([amount, bundle([lock, learn])]), bundle([amount], time_tag(4e9))]


def mutated(dice: random.Random, packet: bytes) -> bytes:
    """Return a packet with up to four bytes changed, perhaps cut or repeated."""
    result = bytearray(packet)
    for _ in range(dice.randrange(5)):
        result[dice.randrange(len(result))] = dice.randrange(256)
    if dice.random() < 0.1:
        del result[dice.randrange(len(result)) :]
    return bytes(result * (2 if dice.random() < 0.05 else 1))


def datagram(dice: random.Random, known: list[bytes]) -> bytes:
    """Return the next packet."""
    return mutated(dice, dice.choice(known)) if dice.random() < 0.5 else dice.randbytes(dice.randrange(120))


def midi_string(dice: random.Random) -> bytes:
    """Return the next MIDI string: random, or a controller with anything for data."""
    if dice.random() < 0.5:
        return dice.randbytes(dice.randrange(8))
    return bytes((0xB0 | dice.randrange(16), dice.randrange(256), dice.randrange(256)))


def resident_mb() -> float:
    """Return the memory of this process, MB."""
    gc.collect()
    return float(psutil.Process().memory_info().rss / 1e6)


def main() -> None:
    """Run the fuzz and print what came of it."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    dice, known, stage = random.Random(SEED), seeds(), QuietStage()
    # Port 0 is no port for a rig, but a free one here.
    settings = ControlSettings(query=False, rate_hz=1.0).model_copy(update={"port": 0})
    with RemoteControl(settings, stage, DRUMS) as remote:
        began_s, memory_mb = time.perf_counter(), [0.0]
        for index in range(count):
            remote.osc.take(datagram(dice, known), ("127.0.0.1", 9))
            remote.midi.take(midi_string(dice))
            if index in (count // 10, count - 1):
                memory_mb.append(resident_mb())
        seconds, received = time.perf_counter() - began_s, remote.osc.received
        rows = [
            ("datagrams", str(received.packets)),
            ("no OSC, counted", str(received.malformed)),
            ("meant nothing, counted", str(received.unknown)),
            ("controls turned", str(remote.set_count)),
            ("MIDI strings that turned nothing", str(remote.midi.ignored)),
            ("exceptions", "0"),
            ("resident after a tenth, at the end", f"{memory_mb[1]:.1f} MB, {memory_mb[2]:.1f} MB"),
            ("each pair", f"{1e6 * seconds / count:.1f} us"),
        ]
    print(heading(SEED))
    print(f"\nControl inputs: {count} datagrams and as many MIDI strings")
    for what, figure in rows:
        print(f"  {what:<36} {figure}")


if __name__ == "__main__":
    main()
