"""How precisely messages leave: ``python -m bench.sending``.

Strokes are given to live targets at uneven moments, due at once or 4 ms later, and the moment of arrival is compared
with the moment at which each was due: OSC by the kernel's receive time on a loopback socket, MIDI by the moment at
which the child process hands a message to its port. The audio is not part of it: docs/notes/latency.md measures it all.
"""

from __future__ import annotations

import random
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bench.report import asked, head, heading, line, percentiles
from bench.wires import Datagrams, live_play, messages, numbers
from bridge.events import Moment
from bridge.realtime.child import wait_for
from bridge.realtime.priority import ask_real_time
from bridge.targets.base import Play, Target
from bridge.targets.dispatch import SENDER_PRIORITY

SEED = 3
AHEAD_S = 0.004
"""A stroke of a complete window is known 4 ms before a fixed delay of 10 ms ends, about."""

FIXED = {"timing": {"fixed_ms": 10}}
ARRIVAL_S = 5.0


def struck(target: Target, play: Play, ahead_s: float, strokes: int) -> list[float]:
    """Strike unevenly; return the moments at which the strokes were due."""
    dice, due = random.Random(SEED), []
    for _ in range(strokes):
        now_s = time.monotonic()
        due.append(now_s + ahead_s)
        target.strike(play, numbers(dice), Moment(now_s - 0.006, now_s, now_s + ahead_s))
        time.sleep(dice.uniform(0.01, 0.03))
    return due


def osc_errors_ms(ahead_s: float, strokes: int) -> NDArray[np.float64]:
    """Return arrival minus due of every bundle, ms."""
    arrivals = Datagrams()
    target, play = live_play({"type": "osc", "port": arrivals.port, **(FIXED if ahead_s else {})}, {})
    due = struck(target, play, ahead_s, strokes)
    wait_for(lambda: len(arrivals.times_s) == strokes, ARRIVAL_S)
    target.close()
    return np.subtract(arrivals.times_s, due) * 1000


def midi_errors_ms(ahead_s: float, strokes: int, file: Path) -> NDArray[np.float64]:
    """Return sent minus due of every note, ms."""
    target, play = live_play({"type": "midi", **(FIXED if ahead_s else {})}, {"note": 38}, file)
    due = struck(target, play, ahead_s, strokes)
    wait_for(lambda: len(notes_s(file)) == strokes, ARRIVAL_S)
    target.close()
    return np.subtract(notes_s(file), due) * 1000


def notes_s(file: Path) -> list[float]:
    """Return when each note began."""
    return [moment_s for moment_s, data in messages(file) if data[0] >> 4 == 9]


def main(words: Sequence[str] | None = None) -> None:
    """Print the table."""
    strokes = asked(__doc__, words, strokes=(500, "how many on each")).strokes
    ask_real_time(SENDER_PRIORITY)
    print(heading(SEED))
    head("ms after it was due", "strokes", "least", "median", "p99", "most")
    with tempfile.TemporaryDirectory() as folder:
        for name, ahead_s in (("asap", 0.0), ("fixed", AHEAD_S)):
            osc, midi = osc_errors_ms(ahead_s, strokes), midi_errors_ms(ahead_s, strokes, Path(folder) / name)
            for wire, errors_ms in (("OSC", osc), ("MIDI", midi)):
                line(f"{wire}, {name}", len(errors_ms), *percentiles(errors_ms, (0, 50, 99, 100), ".3f"))


if __name__ == "__main__":
    main()
