"""A million datagrams and MIDI strings at the control inputs: ``python -m bench.fuzz``.

Half are random bytes, half are well-formed messages with a few bytes changed, so that every branch of the readers is
reached. What is asked: no exception, every packet counted, and memory that stands still.
"""

from __future__ import annotations

import random
import time
from collections.abc import Sequence
from contextlib import closing

from bench.report import asked, head, heading, line, resident_mb
from bridge.control.remote import RemoteControl
from bridge.control.surface import StillSurface
from bridge.engine.changes import LiveState
from bridge.mapping.load import rig_mappings
from bridge.osc.messages import bundle, message_bytes, time_tag
from bridge.rig.control import ControlSettings
from bridge.rig.rig import rig_from_table

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


def main(words: Sequence[str] | None = None) -> None:
    """Run the fuzz and print what came of it."""
    count = asked(__doc__, words, count=(1_000_000, "how many of each")).count
    dice, known, rig = random.Random(SEED), seeds(), rig_from_table({"drum": [{"name": "snare"}]}, "fuzz")
    # Port 0 is no port for a rig, but a free one here.
    settings = ControlSettings(query=False, rate_hz=1.0).model_copy(update={"port": 0})
    surface = StillSurface(LiveState.of(rig, rig_mappings(rig)))
    with closing(RemoteControl(settings, surface, rig.drum)) as remote:
        began_s, memory_mb = time.perf_counter(), []
        for index in range(count):
            remote.osc.take(datagram(dice, known), ("127.0.0.1", 9))
            remote.midi.take(midi_string(dice))
            if index in (count // 10, count - 1):
                memory_mb.append(resident_mb())
        seconds, received = time.perf_counter() - began_s, remote.osc
    print(heading(SEED))
    head(f"{count} datagrams and as many MIDI strings", "")
    line("datagrams", received.packets)
    line("no OSC, counted", received.malformed)
    line("meant nothing, counted", received.unknown)
    line("MIDI strings that turned nothing", remote.midi.ignored)
    line("exceptions", 0)
    line("resident after a tenth, at the end, MB", ", ".join(f"{size:.1f}" for size in memory_mb))
    line("each pair, us", f"{1e6 * seconds / count:.1f}")


if __name__ == "__main__":
    main()
