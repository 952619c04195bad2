"""Long runs: ``python -m bench.soak hour`` and ``python -m bench.soak flood``, shorter with ``--seconds``.

``hour`` plays an hour of strokes through the whole chain into OSC and MIDI targets on tape, as fast as the machine
can: memory must stand still. ``flood`` sends 24 strokes a second to four live targets for a minute, two OSC receivers
and two MIDI ports (one on a DIN budget, with more controllers than it can carry): no note-off may be lost and every
note must end. The ports are files that the MIDI child processes write, with the moment of each message.
"""

from __future__ import annotations

import random
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from bench.report import asked, head, heading, line, resident_mb
from bench.scenes import RATE, RECORDED, scene
from bench.wires import Datagrams, live_play, messages, numbers
from bridge.engine.build import build_chain
from bridge.events import Moment, Strike, Transcript
from bridge.mapping.load import rig_mappings
from bridge.realtime.child import wait_for
from bridge.rig.rig import rig_from_table
from bridge.targets.base import Play, Target
from bridge.targets.dispatch import Dispatcher, close_targets, open_targets, routes_of, stream_time
from synth.voices.snare808.table import SNARE808

SEED = 11
BLOCK = 64
STROKES_PER_S = 24
LEAVING_S = 10.0
NRPNS = [{"nrpn": 100 + index, "from": f"unit.{name}"} for index, name in enumerate(SNARE808.names)]
"""6 messages a parameter: twice what a DIN wire carries at this rate."""

RIG = {
    "target": [
        {"name": "808", "type": "voice"},
        {"name": "osc", "type": "osc", "port": 9000},
        {"name": "din", "type": "midi", "budget": "din"},
    ],
    "drum": [
        {
            "name": "snare",
            "play": [
                {"target": "808"},
                {"target": "osc"},
                {"target": "din", "note": 38, "values": NRPNS},
            ],
        }
    ],
}


def hour(seconds: float, takes: Path | None) -> None:
    """Play strokes for so long and print memory on the way."""
    rig, tape = rig_from_table(RIG, "soak"), Transcript()
    chain, targets = build_chain(rig, RATE, rig_mappings(rig)), open_targets(rig, tape)
    routes = routes_of(rig, chain.mappings, targets, "soak")
    dispatcher = Dispatcher(routes, chain.mappings, stream_time(RATE))
    audio = scene(takes, "groove", seed=SEED).audio[:, :1]
    out = np.zeros((BLOCK, 1), dtype=np.float32)
    began_s, done, strokes, sent, next_line = time.perf_counter(), 0, 0, 0, 0
    head("minutes of stream", "strokes", "messages", "memory, MB")
    while done < seconds * RATE:
        for start in range(0, len(audio) - BLOCK, BLOCK):
            chain.engine.process(audio[start : start + BLOCK], out)
            while not chain.engine.outbox.empty():
                event = chain.engine.outbox.get_nowait()
                dispatcher.add(event)
                strokes += isinstance(event, Strike)
        done += len(audio)
        sent += len(tape)
        tape.clear()
        if done >= next_line:
            next_line += 300 * RATE
            line(f"{done / RATE / 60:.1f}", strokes, sent, f"{resident_mb():.1f}")
    close_targets(targets)
    print(f"{done / RATE / (time.perf_counter() - began_s):.0f} times as fast as it sounds")


def flood(seconds: float, folder: Path) -> Iterator[tuple[str, str]]:
    """Send strokes to four live targets; yield what came of it at each."""
    receivers, files = [Datagrams(), Datagrams()], [folder / "usb", folder / "din"]
    plays = [live_play({"type": "osc", "port": receiver.port}, {}) for receiver in receivers]
    plays += [live_play({"type": "midi", "budget": file.name}, {"note": 38, "values": NRPNS}, file) for file in files]
    sent = _strike(plays, seconds)
    wait_for(lambda: all(len(receiver.times_s) == sent for receiver in receivers), LEAVING_S)
    wait_for(lambda: all(len(notes(file)) == sent for file in files), LEAVING_S)
    for target, _ in plays:
        target.close()
    yield from ((f"OSC {index}", f"{len(one.times_s)} of {sent} bundles") for index, one in enumerate(receivers, 1))
    yield from ((file.name, midi_verdict(file, sent)) for file in files)


def _strike(plays: list[tuple[Target, Play]], seconds: float) -> int:
    """Strike every target 24 times a second, unevenly; return how often."""
    dice, count, began_s = random.Random(SEED), round(seconds * STROKES_PER_S), time.monotonic()
    for index in range(count):
        due_s = began_s + (index + dice.uniform(-0.3, 0.3)) / STROKES_PER_S
        time.sleep(max(due_s - time.monotonic(), 0.0))
        now_s, values = time.monotonic(), numbers(dice)
        for target, play in plays:
            target.strike(play, values, Moment(now_s - 0.006, now_s, now_s))
    return count


def notes(file: Path, kind: int = 9) -> list[bytes]:
    """Return (channel, note) of every note that began; with ``kind`` 8 of every note that ended."""
    return [bytes((data[0] & 15, data[1])) for _, data in messages(file) if data[0] >> 4 == kind]


def midi_verdict(file: Path, sent: int) -> str:
    """Return how many notes began and ended, whether any was left on, and how busy the wire was."""
    begun, ended = notes(file), notes(file, 8)
    left = sum(count != 0 for count in (Counter(begun) - Counter(ended)).values())
    moments_s, data = zip(*messages(file), strict=True)
    busy = len(b"".join(data)) * 320e-6 / (moments_s[-1] - moments_s[0])
    return f"{len(begun)} of {sent} notes, {len(ended)} note-offs, {left} left on, {100 * busy:.0f} % of a DIN wire"


def main(words: Sequence[str] | None = None) -> None:
    """Run what was asked for."""
    length = (0.0, "how long; 0 for an hour, and a minute of flood")
    chosen = asked(__doc__, words, "what", seconds=length, takes=RECORDED)
    print(heading(SEED))
    if chosen.what == "hour":
        hour(chosen.seconds or 3600.0, chosen.takes)
        return
    head("receiver", "what it got")
    with tempfile.TemporaryDirectory() as scratch:
        for row in flood(chosen.seconds or 60.0, Path(scratch)):
            line(*row)


if __name__ == "__main__":
    main()
