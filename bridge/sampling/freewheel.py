"""A JACK client that the bridge starts itself is recorded faster than real time: 146 times, with zynaddsubfx.

Everyone has a server of the bridge's own, which runs without a sound card and as fast as its clients can (freewheel).
"""

from __future__ import annotations

import contextlib
import importlib.util
import shutil
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from bridge.sampling.engine import EngineError, Takes, Way
from bridge.sampling.jack_child import JackChild
from bridge.sampling.jack_server import NAMES, free_name, runs_here, sweep
from bridge.sampling.programs import PROGRAMS, Program
from bridge.sampling.synth import Note, SampledSynth
from bridge.sampling.timeline import Event, Timeline
from synth.errors import InputError, choices, how_to_install, shown

RATE_HZ = 48_000

PERIOD = 256
"""Samples of a cycle. A cycle costs the same whatever it holds: 64 took five times as long a note."""

CHUNK_NOTES = 200
"""Notes of a job: what is lost when a synth dies."""

CHUNK_S = 240.0
"""Audio of a job, at most: 46 MB."""

THROWN_AWAY = 3
"""Notes that are played first and not kept: the first ones of amsynth differ by up to 0.9 dB from later ones."""

START_TRIES = 4
START_PAUSE_S = 0.5
"""A server that starts right after one of its name was killed was once refused: it is tried again."""


class FreewheelEngine:
    """Plays a synth of the table `PROGRAMS` in JACK's freewheel mode.

    Parameters
    ----------
    synth : SampledSynth
        Its ``[sampling] program`` names the row.
    way : Way
        ``sample_rate`` and ``plugin``: a file that the program loads, such as a sound font.

    Raises
    ------
    InputError
        Something is not installed, the profile does not fit the program, or it does not start.
    """

    def __init__(self, synth: SampledSynth, way: Way) -> None:
        self._program = program_of(synth)
        require_installed(self._program)
        self.sample_rate = way.sample_rate or RATE_HZ
        self._timeline = Timeline(synth, self._program, self.sample_rate, PERIOD)
        self._command = self._program.command(self.sample_rate, _file(self._program, way.plugin))
        self._files = self._program.files(synth.profile.controls)
        lock = free_name()
        if lock is None:
            raise InputError(f"{NAMES} synths are sampled on this machine already; wait until one of them is done")
        self._lock = lock
        self._child: JackChild | None = None
        self._begun = self._litter = False
        try:
            self.restart()
        except BaseException:
            self.close()
            raise

    def record(self, notes: Sequence[Note]) -> Takes:
        """Play notes and return their takes as (notes, samples), from each note on; see `bridge.sampling.engine`."""
        takes = np.empty((len(notes), self._timeline.take_samples), np.float32)
        for first in range(0, len(notes), self._most_notes):
            chunk = notes[first : first + self._most_notes]
            takes[first : first + len(chunk)] = self._played(chunk)
        return takes

    def restart(self) -> None:
        """Kill what is left of server, synth and client, and start all three; `InputError` where they do not come."""
        self._end(in_order=False)
        why = ""
        for attempt in range(START_TRIES):
            time.sleep(START_PAUSE_S * bool(attempt))
            try:
                self._child = JackChild(
                    *(self._lock, self._program, self._command, self._files),
                    *(self.sample_rate, PERIOD, self._longest_job),
                )
            except EngineError as error:
                why, self._litter = str(error), True
            else:
                # A server clears up behind a dead one of its name.
                self._litter = False
                return
        raise InputError(f"{self._program.name} under JACK did not start in {START_TRIES} tries: {why}")

    def close(self) -> None:
        """End server, synth and client; twice is harmless."""
        self._end(in_order=True)
        if self._litter:
            sweep(self._lock.name)
            self._litter = False
        self._lock.release()

    def _end(self, in_order: bool) -> None:
        child, self._child, self._begun = self._child, None, False
        if child is not None:
            self._litter |= child.close() if in_order else child.kill()

    @property
    def _most_notes(self) -> int:
        slot_s = self._timeline.slot * PERIOD / self.sample_rate
        return min(max(int(CHUNK_S / slot_s), 1), CHUNK_NOTES)

    @property
    def _longest_job(self) -> int:
        opening = len(self._timeline.opening()) + 1
        return self._timeline.length(self._most_notes + THROWN_AWAY, opening)

    def _played(self, notes: Sequence[Note]) -> Takes:
        """Play one job; where it is the first one, with what the synth must be told before."""
        if self._child is None:
            raise EngineError(f"{self._program.name} is not running")
        opening: list[Event] = [] if self._begun else self._timeline.opening()
        thrown = [] if self._begun else [notes[0]] * THROWN_AWAY
        first = len(opening) + 1 if opening else 0
        events = [*opening, *self._timeline.played([*thrown, *notes], first)]
        events.sort(key=lambda event: event.cycle)  # stable: the order within a cycle stays
        cycles = self._timeline.length(len(thrown) + len(notes), first)
        try:
            heard = self._child.play(events, cycles)
        except EngineError:
            self._end(in_order=False)
            raise
        self._begun = True
        begin = first + len(thrown) * self._timeline.slot
        return self._timeline.takes(heard, len(notes), begin) / np.float32(len(self._program.audio))


def program_of(synth: SampledSynth) -> Program:
    """Return the program that a profile names; `InputError` says which there are."""
    name = synth.sampling.program
    if name not in PROGRAMS:
        raise InputError(
            f"{synth.name}: sampling.program is {shown(name)}; {choices(name, PROGRAMS)}; "
            "a JACK client that you start yourself is sampled in real time, with --engine live"
        )
    return PROGRAMS[name]


def require_installed(program: Program) -> None:
    """Refuse a machine that lacks something, with what installs it."""
    if not runs_here():
        raise InputError("the engine jack runs on Linux only; sample in real time, with --engine live")
    if importlib.util.find_spec("jack") is None:
        raise InputError(f"the engine jack needs the package JACK-Client: {how_to_install('sample')}")
    for executable, package in (("jackd", "jackd2"), (program.name, program.package)):
        if shutil.which(executable) is None:
            raise InputError(f"{executable} is not installed (Debian: sudo apt install {package})")


def _file(program: Program, path: str) -> str:
    """Return the file that a person wants to be loaded."""
    if not path:
        return ""
    if not program.loads:
        raise InputError(f"--plugin: {program.name} loads no file")
    with contextlib.suppress(OSError):
        if Path(path).expanduser().is_file():
            return str(Path(path).expanduser().resolve())
    raise InputError(f"--plugin: {path}: there is no such {program.loads}")
