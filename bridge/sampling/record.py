"""A plan is recorded: chunk by chunk, through whatever dies on the way, until every take is in its folder.

Synths that live in memory are recorded on every core, or on the workers of a cluster; others by one engine, which
plays the next chunk while this one is written.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from bridge.sampling.engine import Engine, EngineError, EngineKind, Takes, Way
from bridge.sampling.folder import Marks, SampleSet
from bridge.sampling.plan import joint_settings, with_anchors
from bridge.sampling.synth import Note, SampledSynth
from bridge.sampling.timing import Timed, write_timing
from synth.errors import InputError, counted_noun, said

CHUNK = 200
"""Notes that are played without a pause: what is lost when a synth dies, and 60 MB of audio."""

TRIES = 2
"""Of a take that is silent or clipped."""

FAILURES = 5
"""In a row, before a synth is given up."""

SILENT_PEAK = 1e-4
"""-80 dBFS: a take that stays below holds no sound."""

CLIPPED_PEAK = 0.999

MOST_DRAWS = 4
"""Times the settings that were asked for: so many are tried where most are silent."""


@dataclass(frozen=True, slots=True)
class ChunkJob:
    """Notes to be played by an engine in memory, wherever it is.

    Parameters
    ----------
    kind : EngineKind
    synth : SampledSynth
    way : Way
    notes : tuple of Note
    """

    kind: EngineKind
    synth: SampledSynth
    way: Way
    notes: tuple[Note, ...]


@dataclass(slots=True)
class Told:
    """What a person is told while a synth is recorded.

    Parameters
    ----------
    done, planned : int
        Takes.
    restarts : int
        How often the synth had to be started again.
    seconds : float
        Since this run began.
    recorded : int
        Takes of this run.
    """

    done: int
    planned: int
    restarts: int = 0
    seconds: float = 0.0
    recorded: int = 0

    @property
    def left_s(self) -> float | None:
        """How long it will still take; None before anyone knows."""
        return (self.planned - self.done) * self.seconds / self.recorded if self.recorded else None


Watch = Callable[[Told], None]


def record(
    found: SampleSet, kind: EngineKind, way: Way, pool: Executor | None = None, watch: Watch = lambda told: None
) -> Told:
    """Record what is missing of a folder.

    Parameters
    ----------
    found : SampleSet
    kind : EngineKind
    way : Way
    pool : Executor, optional
        Where engines in memory play. By default one plays here.
    watch : callable, optional
        Called after every chunk. What it raises ends the recording; the same folder can be gone on with.

    Raises
    ------
    InputError
        The synth cannot be reached, or dies again and again.
    """
    run = _Run(found, kind, way, watch)
    if kind.in_memory and pool is not None:
        run.through(lambda notes: pool.submit(play_chunk, ChunkJob(kind, found.synth, way, tuple(notes))), _width(pool))
        run.fill_up(lambda notes: pool.submit(play_chunk, ChunkJob(kind, found.synth, way, tuple(notes))), _width(pool))
        return run.told
    with closing(kind.start(found.synth, way)) as engine, ThreadPoolExecutor(1) as hands:
        player = Player(engine)
        # One chunk is played while another is written.
        run.through(lambda notes: hands.submit(player.play, notes), 2)
        if kind.in_memory:
            run.fill_up(lambda notes: hands.submit(player.play, notes), 2)
        run.told.restarts = player.restarts
        if isinstance(engine, Timed) and engine.timing is not None:
            write_timing(found.folder, engine.timing)
    return run.told


def _width(pool: Executor) -> int:
    return 2 * int(getattr(pool, "_max_workers", 8))


class Player:
    """Plays chunks, and starts again what dies.

    Parameters
    ----------
    engine : Engine
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.restarts = 0

    def play(self, notes: Sequence[Note]) -> Takes:
        """Return the takes of some notes; `InputError` after `FAILURES` in a row."""
        for failure in range(FAILURES):
            try:
                return self._engine.record(notes)
            except EngineError as error:
                why = said(error)
                if failure + 1 < FAILURES:
                    self.restarts += 1
                    self._engine.restart()
        raise InputError(f"the synth failed {FAILURES} times in a row: {why}; the same command goes on from here")


_engines: dict[str, Player] = {}
"""Those of a worker's process: opening one costs more than a chunk."""


def play_chunk(job: ChunkJob) -> Takes:
    """Play a chunk in a worker's process."""
    key = repr((job.kind, job.synth.name, job.synth.space, job.way))
    if key not in _engines:
        _engines[key] = Player(job.kind.start(job.synth, job.way))
    return _engines[key].play(job.notes)


Submit = Callable[[Sequence[Note]], "Future[Takes]"]


@dataclass(slots=True)
class _Chunk:
    """Takes of a chunk, and those of them that are still to be played again."""

    numbers: list[int]
    takes: Takes | None = None
    tries: list[int] = field(default_factory=list)
    again: list[int] = field(default_factory=list)


class _Run:
    """One run over what is missing."""

    def __init__(self, found: SampleSet, kind: EngineKind, way: Way, watch: Watch) -> None:
        self._set, self._kind, self._watch = found, kind, watch
        self.told = Told(len(found.taken), len(found.plan))
        self._began = time.perf_counter()

    def through(self, submit: Submit, width: int) -> None:
        """Record everything that is missing, ``width`` chunks at a time."""
        waiting: deque[tuple[_Chunk, Future[Takes]]] = deque()
        chunks = self._chunks()
        for chunk in chunks:
            waiting.append((chunk, submit(self._notes(chunk.numbers))))
            if len(waiting) >= width:
                self._settle(waiting, submit)
        while waiting:
            self._settle(waiting, submit)

    def _chunks(self) -> Iterator[_Chunk]:
        missing = self._set.missing.tolist()
        for first in range(0, len(missing), CHUNK):
            numbers = missing[first : first + CHUNK]
            yield _Chunk(numbers, tries=[1] * len(numbers))

    def _notes(self, numbers: Sequence[int]) -> list[Note]:
        return self._set.synth.notes(self._set.plan.unit[list(numbers)])

    def _settle(self, waiting: deque[tuple[_Chunk, Future[Takes]]], submit: Submit) -> None:
        """Take the first chunk that waits: keep it, or have a part of it played again."""
        chunk, future = waiting.popleft()
        takes = future.result()
        if chunk.takes is None:
            chunk.takes = np.array(takes, np.float32)
        else:
            chunk.takes[chunk.again] = takes
        marks = self._marks(chunk.takes)
        # What an engine in memory plays is the same again.
        chunk.again = [] if self._kind.in_memory else _to_repeat(marks, chunk.tries)
        if chunk.again:
            for place in chunk.again:
                chunk.tries[place] += 1
            waiting.appendleft((chunk, submit(self._notes([chunk.numbers[place] for place in chunk.again]))))
            return
        self._set.add(chunk.numbers, chunk.takes, chunk.tries, marks)
        self.told.done = len(self._set.taken)
        self.told.recorded += len(chunk.numbers)
        self.told.planned = len(self._set.plan)
        self.told.seconds = time.perf_counter() - self._began
        self._watch(self.told)

    def _marks(self, takes: Takes) -> Marks:
        peaks: NDArray[np.float32] = np.abs(takes).max(1, initial=0.0)
        clipped = peaks >= CLIPPED_PEAK if self._kind.clips else np.zeros(len(peaks), bool)
        return Marks(peaks < SILENT_PEAK, clipped)

    def fill_up(self, submit: Submit, width: int) -> None:
        """Record further settings where some are silent, until as many sound as were asked for."""
        found, asked = self._set, self._set.facts.notes
        while True:
            joint = found.plan.rows_of("joint")
            sounding = sum(not found.taken[int(number)].silent for number in joint)
            left = min(asked - sounding, MOST_DRAWS * asked - len(joint))
            if left <= 0:
                return
            # As many more as sound by the share of those before.
            draws = min(round(left * len(joint) / max(sounding, 1)) + 1, MOST_DRAWS * asked - len(joint))
            unit = joint_settings(found.synth, draws, found.facts.seed, len(joint))
            found.plan = found.plan.followed_by(with_anchors(found.synth, "joint", unit))
            found.write_plan()
            self.through(submit, width)


def _to_repeat(marks: Marks, tries: Sequence[int]) -> list[int]:
    """Return the places of takes that are silent or clipped and may be tried again."""
    wrong = np.flatnonzero(marks.silent | marks.clipped).tolist()
    return [place for place in wrong if tries[place] < TRIES]


def sentence(told: Told) -> str:
    """Return what was recorded, in words."""
    again = f"; the synth was started again {counted_noun(told.restarts, 'time')}" if told.restarts else ""
    return f"{told.done} of {told.planned} takes are there, {told.recorded} of them from this run{again}"
