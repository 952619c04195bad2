"""How precisely messages leave: ``python -m bench.sending``.

Strokes are given to live targets at uneven moments, due at once or 4 ms later, and the moment of arrival is compared
with the moment at which each was due: OSC by the kernel's receive time on a loopback socket, MIDI by the moment at
which the child process hands a message to its port. The audio is not part of it: docs/latency.md measures it all.
"""

from __future__ import annotations

import random
import socket
import struct
import tempfile
import threading
import time
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bench.machine import heading
from bridge.events import Moment
from bridge.mapping.numbers import number_ranges
from bridge.realtime.priority import ask_real_time
from bridge.rig.targets import MidiTargetSettings, OscTargetSettings, parse_play, parse_target
from bridge.targets.base import DrumContext, Play, Target
from bridge.targets.dispatch import SENDER_PRIORITY
from bridge.targets.midi import MidiTarget
from bridge.targets.osc import OscTarget
from synth.voices.snare808.table import SNARE808

SEED = 3
STROKES = 500
AHEAD_S = 0.004
"""A stroke of a complete window is known 4 ms before a fixed delay of 10 ms ends, about."""

TIMESTAMPS = 35
"""SO_TIMESTAMPNS: Linux says when a datagram arrived."""

NUMBERS = {f"unit.{name}": 0.5 for name in SNARE808.names} | {"velocity": 0.8, "level": -20.0}
CONTEXT = DrumContext("snare", SNARE808.names, number_ranges(SNARE808))


class Arrivals:
    """Notes when datagrams arrive, on the monotonic clock."""

    def __init__(self) -> None:
        self.times_s: list[float] = []
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setsockopt(socket.SOL_SOCKET, TIMESTAMPS, 1)
        self._socket.bind(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self) -> None:
        while True:
            _, control, _, _ = self._socket.recvmsg(65_536, 256)
            seconds, nanoseconds = struct.unpack("qq", control[0][2][:16])
            self.times_s.append(seconds + nanoseconds * 1e-9 - (time.time() - time.monotonic()))


def struck(target: Target, play: Play, ahead_s: float) -> list[float]:
    """Strike unevenly; return the moments at which the strokes were due."""
    dice, due = random.Random(SEED), []
    for _ in range(STROKES):
        now_s = time.monotonic()
        due.append(now_s + ahead_s)
        target.strike(play, NUMBERS, Moment(now_s - 0.006, now_s, now_s + ahead_s))
        time.sleep(dice.uniform(0.01, 0.03))
    time.sleep(0.3)
    target.close()
    return due


def osc_errors_ms(fixed: bool) -> NDArray[np.float64]:
    """Return arrival minus due of every bundle, ms."""
    arrivals = Arrivals()
    timing = {"timing": {"fixed_ms": 10}} if fixed else {}
    settings = parse_target({"name": "osc", "type": "osc", "port": arrivals.port, **timing}, "bench")
    assert isinstance(settings, OscTargetSettings)
    target = OscTarget(settings)
    play = target.bind(parse_play({"target": "osc"}, settings, "bench"), CONTEXT, "bench")  # type: ignore[arg-type]
    due = struck(target, play, AHEAD_S if fixed else 0.0)
    return np.subtract(arrivals.times_s, due) * 1000


def midi_errors_ms(fixed: bool, folder: Path) -> NDArray[np.float64]:
    """Return sent minus due of every note, ms."""
    settings = parse_target({"name": "midi", "type": "midi"}, "bench")
    assert isinstance(settings, MidiTargetSettings)
    file = folder / f"{fixed}.txt"
    target = MidiTarget(settings, lines=str(file))
    play = target.bind(parse_play({"target": "midi", "note": 38}, settings, "bench"), CONTEXT, "bench")  # type: ignore[arg-type]
    due = struck(target, play, AHEAD_S if fixed else 0.0)
    lines = [line.split() for line in file.read_text().splitlines()]
    sent = [float(moment) for moment, data in lines if data.startswith("99")]
    return np.subtract(sent, due) * 1000


def main() -> None:
    """Print the table."""
    ask_real_time(SENDER_PRIORITY)
    print(heading(SEED))
    print(f"{'':<16} {'n':>5} {'least':>8} {'median':>8} {'p99':>8} {'most':>8}   ms after it was due")
    with tempfile.TemporaryDirectory() as folder:
        rows = [(f"OSC, {name}", osc_errors_ms(fixed)) for name, fixed in (("asap", False), ("fixed", True))]
        rows += [
            (f"MIDI, {name}", midi_errors_ms(fixed, Path(folder))) for name, fixed in (("asap", False), ("fixed", True))
        ]
    for name, errors in rows:
        least, median, p99, most = np.percentile(errors, (0, 50, 99, 100))
        print(f"{name:<16} {len(errors):5d} {least:8.3f} {median:8.3f} {p99:8.3f} {most:8.3f}")


if __name__ == "__main__":
    main()
