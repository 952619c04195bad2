"""Notes left on when a player ends by a signal, while the JACK server stalls or not: ``python -m bench.deaths``.

Each round starts a player on a JACK server (dummy driver, asynchronous), lets it strike notes that would last half a
minute, and ends it at a random moment. In every other round the server is stopped (SIGSTOP) shortly before or after
and goes on up to 1.5 s later. A recorder that is connected to the MIDI port tells which notes were left on.
"""

from __future__ import annotations

import os
import random
import signal
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from operator import itemgetter
from pathlib import Path

import numpy as np
import psutil
from numpy.typing import NDArray

from bench import jack_rigs as rigs
from bench.jack_harness import Play, Stage
from bench.jack_server import RATE, JackServer, missing_programs, running_server, wait_until
from bench.report import asked, head, heading, line

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGKILL)
STALL_S = (0.02, 1.5)
NOTES = (38, 40, 42)
STROKES_PER_S = 8.0
TAKE_S = 40.0
END_S = 30.0
"""How long the processes of a player may take to end."""

AFTER_S = 0.5
"""The recorder listens this much longer: what left late counts as well."""


@dataclass(frozen=True, slots=True)
class Death:
    """How one round went.

    Parameters
    ----------
    signal : str
        What ended the player.
    stalled_s : float
        How long the server stood still; 0 if it did not.
    notes : int
        Note-ons that the recorder heard.
    left : int
        Notes that were on at the end.
    ended_s : float
        From the signal to the end of the player's last process.
    """

    signal: str
    stalled_s: float
    notes: int
    left: int
    ended_s: float


def take(seconds: float = TAKE_S, per_second: float = STROKES_PER_S) -> NDArray[np.float32]:
    """Return equal strokes at a steady rate: (n, 1)."""
    rng, length = np.random.default_rng(5), RATE // 10
    stroke = 0.6 * rng.standard_normal(length) * np.exp(-np.arange(length) / 1200.0)
    audio = np.zeros(round(seconds * RATE))
    for start in range(RATE // 4, len(audio) - length, round(RATE / per_second)):
        audio[start : start + length] += stroke
    return np.clip(audio, -1, 1).astype(np.float32)[:, None]


def death(server: JackServer, folder: Path, how: signal.Signals, stall_s: float, dice: random.Random) -> Death:
    """Let a player play, end it, and return what was left on."""
    rig = rigs.head(server.period) + rigs.midi()
    plays = [rigs.play_midi(note=str(note), note_ms="30000") for note in NOTES]
    stage = Stage(server, folder, take(), TAKE_S)
    play = Play(server, folder, rig + rigs.drum(rigs.model(folder), *plays))
    processes = [psutil.Process(play.process.pid), *psutil.Process(play.process.pid).children(recursive=True)]
    try:
        server.connect("ghostnote:out", "stage:midi_1")
        stage.ask("go")
        stage.at(1.0 + dice.uniform(0.0, 1.0))
        ended_s = end(server, play, how, stall_s, dice)
        wait_until(lambda: not any(map(alive, processes)), END_S, "the end of every process")
        ended_s = time.monotonic() - ended_s
        stage.more(AFTER_S)
        capture = stage.save()
    finally:
        play.close()
        stage.close()
    return Death(how.name, stall_s, len(capture.notes()), len(capture.sounding()), ended_s)


def end(server: JackServer, play: Play, how: signal.Signals, stall_s: float, dice: random.Random) -> float:
    """Send the signal, within a stall of the server if there is to be one; return when it was sent."""
    assert server.process is not None
    if not stall_s:
        os.kill(play.process.pid, how)
        return time.monotonic()
    # From 50 ms before the stall to its end. The moments are what the round is about, so sleeps make them.
    at_s = dice.uniform(-0.05, stall_s)
    steps = [(0.0, server.process.pid, signal.SIGSTOP), (stall_s, server.process.pid, signal.SIGCONT)]
    began_s, sent_s = time.monotonic() - min(at_s, 0.0), 0.0
    try:
        for moment_s, pid, number in sorted([*steps, (at_s, play.process.pid, how)], key=itemgetter(0)):
            time.sleep(max(began_s + moment_s - time.monotonic(), 0.0))
            os.kill(pid, number)
            sent_s = time.monotonic() if number == how else sent_s
    finally:
        server.process.send_signal(signal.SIGCONT)
    return sent_s


def alive(process: psutil.Process) -> bool:
    """Return whether a process runs."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def deaths(rounds: int, seed: int, folder: Path) -> Iterator[Death]:
    """Yield every round; signals in turn, stalls in every other round of each."""
    dice = random.Random(seed)
    with running_server(folder) as server:
        for index in range(rounds):
            how = SIGNALS[index % len(SIGNALS)]
            stall_s = dice.uniform(*STALL_S) if index // len(SIGNALS) % 2 else 0.0
            yield death(server, folder, how, stall_s, dice)


def table(found: Sequence[Death]) -> None:
    """Print a line for each signal, with and without a stall."""
    head(
        "signal", "server stalled", "n", "notes heard", "rounds with a note left on", "notes left on", "ended, s, worst"
    )
    rows = Counter((one.signal, one.stalled_s > 0.0) for one in found)
    for (name, stalled), count in rows.items():
        own = [one for one in found if (one.signal, one.stalled_s > 0.0) == (name, stalled)]
        left = [one.left for one in own]
        worst_s = max(one.ended_s for one in own)
        line(
            name,
            "yes" if stalled else "no",
            count,
            sum(one.notes for one in own),
            sum(map(bool, left)),
            sum(left),
            f"{worst_s:.2f}",
        )


def main(words: Sequence[str] | None = None) -> None:
    """Measure and print."""
    chosen = asked(__doc__, words, rounds=(200, "players to end"), seed=(1, "of moments and stalls"))
    if missing := missing_programs("jackd", "jack_lsp", "jack_connect"):
        raise SystemExit(f"needs {', '.join(missing)}")
    print(heading(chosen.seed), flush=True)
    found: list[Death] = []
    try:
        with tempfile.TemporaryDirectory() as folder:
            for one in deaths(chosen.rounds, chosen.seed, Path(folder)):
                found.append(one)
                if one.left:
                    print(f"round {len(found)}: {one}", flush=True)
    finally:  # an hour's rounds are not thrown away because of the last one
        table(found)


if __name__ == "__main__":
    main()
