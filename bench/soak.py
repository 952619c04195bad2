"""Long runs: ``python -m bench.soak hour`` and ``python -m bench.soak flood [SECONDS]``.

``hour`` plays an hour of strokes through the whole chain into OSC and MIDI targets on tape, as fast as the machine
can: memory must stand still. ``flood`` sends 24 strokes a second to four live targets for a minute, two OSC receivers
and two MIDI ports (one on a DIN budget, with more controllers than it can carry): no note-off may be lost and every
note must end. The ports are files that the MIDI child processes write, with the moment of each message.
"""

from __future__ import annotations

import gc
import random
import socket
import sys
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path

import numpy as np
import psutil

from bench.machine import heading
from bridge.engine.build import build_chain
from bridge.events import Hit, Moment, Strike, Transcript
from bridge.mapping.load import rig_mappings
from bridge.mapping.numbers import StrokeNumbers, number_ranges
from bridge.rig.rig import rig_from_table
from bridge.rig.targets import MidiTargetSettings, OscTargetSettings, parse_play, parse_target
from bridge.targets.base import DrumContext, Play, Target
from bridge.targets.dispatch import Dispatcher, close_targets, open_targets, routes_of, stream_time
from bridge.targets.midi import MidiTarget
from bridge.targets.osc import OscTarget
from synth.drummer.perform import perform
from synth.voices.snare808.table import SNARE808
from tests.bridge.rigs import snare_mapping
from tests.bridge.stages import DRUMS

SEED = 11
RATE = 48_000
BLOCK = 64
STROKES_PER_S = 24
NRPNS = [{"nrpn": 100 + index, "from": name} for index, name in enumerate(SNARE808.names)]
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


def resident_mb() -> float:
    """Return the memory of this process, MB."""
    gc.collect()
    return float(psutil.Process().memory_info().rss / 1e6)


def hour() -> None:
    """Play an hour of strokes and print memory on the way."""
    rig = rig_from_table(RIG, "soak")
    chain, tape = build_chain(rig, RATE, rig_mappings(rig)), Transcript()
    targets = open_targets(rig, tape)
    routes = routes_of(rig, chain.mappings, targets, "soak")
    dispatcher = Dispatcher(routes, chain.mappings, stream_time(RATE))
    audio = perform("groove", "tight", SEED, RATE).audio[:, :1].astype(np.float32)
    out = np.zeros((BLOCK, 1), dtype=np.float32)
    began_s, played, strokes, messages = time.perf_counter(), 0, 0, 0
    print(f"{'stream':>8} {'strokes':>9} {'messages':>9} {'memory':>10}")
    next_print = 0
    while played < 3600 * RATE:
        for start in range(0, len(audio) - BLOCK, BLOCK):
            chain.engine.process(audio[start : start + BLOCK], out)
            while not chain.engine.outbox.empty():
                event = chain.engine.outbox.get_nowait()
                dispatcher.add(event)
                strokes += isinstance(event, Strike)
        played += len(audio)
        messages += len(tape.entries)
        tape.entries.clear()
        if played >= next_print:
            next_print += 300 * RATE
            print(f"{played / RATE / 60:6.1f} m {strokes:9d} {messages:9d} {resident_mb():7.1f} MB", flush=True)
    close_targets(targets)
    print(f"{played / RATE / (time.perf_counter() - began_s):.0f} times as fast as it sounds")


class Receiver:
    """Counts datagrams on a loopback port."""

    def __init__(self) -> None:
        self.count = 0
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self) -> None:
        while True:
            self._socket.recv(65_536)
            self.count += 1


def flood(seconds: float, folder: Path) -> list[tuple[str, str]]:
    """Send strokes to four live targets; return what came of it."""
    receivers = [Receiver(), Receiver()]
    files = [folder / "usb.txt", folder / "din.txt"]
    plays = _open_flood([receiver.port for receiver in receivers], files)
    sent = _strike(plays, seconds)
    for target, _ in plays:
        target.close()
    rows = [(f"OSC {index}", f"{receiver.count} of {sent} bundles") for index, receiver in enumerate(receivers, 1)]
    for file in files:
        rows.append((file.stem, midi_verdict(file, sent)))
    return rows


def _open_flood(ports: list[int], files: list[Path]) -> list[tuple[Target, Play]]:
    space = snare_mapping().space
    context = DrumContext(DRUMS[0].name, space.names, number_ranges(space))
    opened: list[tuple[Target, Play]] = []
    for index, port in enumerate(ports):
        settings = parse_target({"name": f"osc {index}", "type": "osc", "port": port}, "flood")
        assert isinstance(settings, OscTargetSettings)
        osc = OscTarget(settings)
        opened.append((osc, osc.bind(parse_play({"target": "t"}, settings, "flood"), context, "flood")))  # type: ignore[arg-type]
    for file in files:
        settings = parse_target({"name": file.stem, "type": "midi", "budget": file.stem}, "flood")
        assert isinstance(settings, MidiTargetSettings)
        midi = MidiTarget(settings, lines=str(file))
        play = parse_play({"target": "t", "note": 38, "values": NRPNS}, settings, "flood")
        opened.append((midi, midi.bind(play, context, "flood")))  # type: ignore[arg-type]
    return opened


def _strike(plays: list[tuple[Target, Play]], seconds: float) -> int:
    """Strike every target 24 times a second, unevenly; return how often."""
    dice, mapping = random.Random(SEED), snare_mapping()
    numbers_of = StrokeNumbers(mapping.space)
    count, began_s = round(seconds * STROKES_PER_S), time.monotonic()
    for index in range(count):
        features = np.array([dice.uniform(-50, -5), dice.uniform(70, 130), dice.uniform(-50, -2)])
        strike = mapping(Hit(index, 0, 0, 0, 0, features))
        numbers = numbers_of.of(strike)
        due_s = began_s + (index + dice.uniform(-0.3, 0.3)) / STROKES_PER_S
        time.sleep(max(due_s - time.monotonic(), 0.0))
        now_s = time.monotonic()
        for target, play in plays:
            target.strike(play, numbers, Moment(now_s - 0.006, now_s, now_s))
    time.sleep(0.5)
    return count


def midi_verdict(file: Path, sent: int) -> str:
    """Return how many notes began and ended, whether any was left on, and how busy the wire was."""
    lines = [line.split() for line in file.read_text().splitlines()]
    kinds = Counter(data[0] for _, data in lines)
    sounding: Counter[str] = Counter()
    for _, data in lines:
        sounding[data[1:4]] += {"9": 1, "8": -1}.get(data[0], 0)
    left = sum(value != 0 for value in sounding.values())
    bytes_sent = sum(len(data) // 2 for _, data in lines)
    busy = bytes_sent * 320e-6 / (float(lines[-1][0]) - float(lines[0][0]))
    return f"{kinds['9']} of {sent} notes, {kinds['8']} note-offs, {left} left on, {100 * busy:.0f} % of a DIN wire"


def main() -> None:
    """Run what was asked for."""
    print(heading(SEED))
    if sys.argv[1:2] == ["flood"]:
        seconds = float(sys.argv[2]) if len(sys.argv) > 2 else 60.0
        with tempfile.TemporaryDirectory() as folder:
            for what, figure in flood(seconds, Path(folder)):
                print(f"  {what:<8} {figure}")
    else:
        hour()


if __name__ == "__main__":
    main()
