"""The paper's experiment: drums x presets x models x windows x seeds, through any ``concurrent.futures`` executor.

A job is a small value and its result another: both travel to other processes or machines. Every result is a file of its
own, written whole; a job whose file is there is not run again, so an
experiment that was stopped, or lost a worker, continues where it was.
"""

from __future__ import annotations

import json
import tomllib
import zlib
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, Future, as_completed
from dataclasses import asdict, dataclass, fields
from functools import lru_cache
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np

from bridge.audio.files import Recording, one_rate, read_recording
from bridge.learning.strokes import hear
from models.training.strokes import Strokes
from synth.drummer.perform import perform
from synth.errors import InputError, shown
from synth.output import write_whole
from synth.presets import load_preset

DIRECT = "direct"


@dataclass(frozen=True, slots=True)
class Job:
    """One cell of the table.

    Parameters
    ----------
    drum : str
        Name of a drum of our drummer, or a folder of single strokes.
    preset : str
    model : str
        An architecture, or ``direct``.
    window_samples : int
        At 48 kHz.
    seed : int
        Of the split, first weights and noise.
    loss : str
    epochs : int
    take : str
        What our drummer plays.
    """

    drum: str
    preset: str
    model: str
    window_samples: int
    seed: int
    loss: str = "default"
    epochs: int = 100
    take: str = "graded"

    @property
    def name(self) -> str:
        """Name of the file that keeps its result."""
        parts = [_file_part(self.drum), _file_part(self.preset), self.model, f"w{self.window_samples}", f"s{self.seed}"]
        return "-".join([*parts, self.loss, f"e{self.epochs}", Path(self.take).name])


def _file_part(name: str) -> str:
    """Return what stands for a name in a file's name: of a path the last part, and what tells it from another path."""
    last = Path(name).name
    return name if name == last else f"{last}-{zlib.crc32(name.encode()):08x}"


@dataclass(frozen=True, slots=True)
class Grid:
    """What is to be crossed with what; the keys of a file in ``config/experiments``."""

    drums: tuple[str, ...]
    presets: tuple[str, ...]
    models: tuple[str, ...]
    windows: tuple[int, ...] = (256,)
    seeds: tuple[int, ...] = (0,)
    loss: str = "default"
    epochs: int = 100
    take: str = "graded"

    @classmethod
    def load(cls, path: Path) -> Grid:
        """Read a grid; an unknown or missing key is named."""
        try:
            document = tomllib.loads(path.read_text(encoding="utf-8-sig"))
        except (OSError, ValueError, RecursionError) as error:
            raise InputError(f"{path}: not a readable TOML file ({error})") from None
        known = [entry.name for entry in fields(cls)]
        unknown = [key for key in document if key not in known]
        if unknown:
            raise InputError(f"{path}: there is no key {shown(unknown[0])}; allowed are {', '.join(known)}")
        for key, value in document.items():
            if not _fits(key, value):
                raise InputError(f"{path}: {key} is {shown(value)}; allowed is {_allowed(key)}")
            if value == []:
                raise InputError(f"{path}: {key} is an empty list; give one entry at least")
        missing = [key for key in ("drums", "presets", "models") if key not in document]
        if missing:
            raise InputError(f"{path}: '{missing[0]}' is missing; give a list")
        table: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in document.items()}
        return cls(**table)

    def jobs(self) -> list[Job]:
        """Return every combination whose drum exists here; direct optimisation hears no window, so it has one only."""
        drums = [drum for drum in self.drums if "/" not in drum or Path(drum).is_dir()]
        cells = product(drums, self.presets, self.models, self.windows, self.seeds)
        jobs = [Job(*cell, loss=self.loss, epochs=self.epochs, take=self.take) for cell in cells]
        return [job for job in jobs if job.model != DIRECT or job.window_samples == self.windows[0]]


_LISTS = ("drums", "presets", "models", "windows", "seeds")
_LOWEST = {"windows": 1, "seeds": 0, "epochs": 1}
"""The keys of a grid that hold several values; those that hold whole numbers, and the lowest allowed."""


def _fits(key: str, value: Any) -> bool:
    """Tell whether a grid's key may have this value."""
    if (key in _LISTS) != isinstance(value, list):
        return False
    entries = value if isinstance(value, list) else [value]
    if key in _LOWEST:
        return all(type(entry) is int and entry >= _LOWEST[key] for entry in entries)
    return all(isinstance(entry, str) for entry in entries)


def _allowed(key: str) -> str:
    numbers = f"whole number{'s' if key in _LISTS else ''} from {_LOWEST[key]} up" if key in _LOWEST else ""
    kind = numbers or ("texts" if key in _LISTS else "text")
    return f"a list of {kind}" if key in _LISTS else f"a {kind}"


def recording_of(drum: str, take_name: str) -> Recording:
    """Return what a job learns from: a take of our drummer, or single strokes from files in a row."""
    if "/" not in drum:
        take = perform(take_name, drum, seed=1)
        return Recording(take.audio[:, :1], take.sample_rate, Path(f"{take_name}-{drum}"))
    folder = Path(drum)
    files = [read_recording(path) for path in sorted(folder.iterdir()) if path.suffix in (".wav", ".flac", ".WAV")]
    if not files:
        raise InputError(f"{folder}: holds no recordings")
    try:
        rate = one_rate(files)
    except InputError as error:
        raise InputError(f"{folder}: {error}") from None
    pause = np.zeros((round(0.2 * rate), 1), np.float32)
    audio = np.concatenate([part for file in files for part in (file.audio[:, :1], pause)])
    return Recording(audio, rate, folder)


@lru_cache(maxsize=2)
def strokes_of(drum: str, take_name: str, window_samples: int) -> Strokes:
    """Return the strokes of a job; kept for the jobs that follow, which differ in preset, model and seed."""
    return hear([recording_of(drum, take_name)], window_s=window_samples / 48_000).strokes


def run_job(job: Job) -> dict[str, Any]:
    """Train or optimise, and measure held-out strokes; one thread, as other jobs use the other cores."""
    from models.training.evaluate import errors_of
    from models.training.oracle import optimize_strokes
    from models.training.strokes import split_strokes
    from models.training.train import Settings, train

    patch = load_preset(job.preset)
    strokes = strokes_of(job.drum, job.take, job.window_samples)
    split = split_strokes(strokes, job.seed)
    if job.model == DIRECT:
        # The default loss compares other features than the table.
        loss = "reference" if job.loss == "default" else job.loss
        steps = 3 * job.epochs
        found = optimize_strokes(strokes, split.test, split.reference, patch, loss, steps, threads=1)
    else:
        settings = Settings(
            arch=job.model, loss=job.loss, epochs=job.epochs, seed=job.seed, split_seed=job.seed, threads=1
        )
        found = train(strokes, patch, settings).modulation(strokes.features[split.test])
    errors = errors_of(found, split.test, strokes, split.reference, patch, "reference")
    return {"job": asdict(job), "strokes": len(strokes), "features": errors.table()}


def run(
    jobs: Sequence[Job],
    executor: Executor,
    folder: Path,
    work: Callable[[Job], dict[str, Any]] = run_job,
    watch: Callable[[Job], None] = lambda job: None,
) -> list[dict[str, Any]]:
    """Run what has no result yet, keep each result as it comes, and return the results of all jobs in order.

    A job that fails with an `InputError` stops the experiment; what is done stays done.

    Raises
    ------
    InputError
        The folder cannot be made or written, or a job cannot be done.
    """
    results = folder.absolute() / "results"
    try:
        results.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"{folder}: cannot be written ({error.strerror})") from None
    waiting: dict[Future[dict[str, Any]], Job] = {}
    for job in jobs:
        if not _path(results, job).is_file():
            waiting[executor.submit(kept, work, job, str(_path(results, job)))] = job
    for future in as_completed(waiting):
        _write(_path(results, waiting[future]), future.result())
        watch(waiting[future])
    return [json.loads(_path(results, job).read_text(encoding="utf-8")) for job in jobs]


def kept(work: Callable[[Job], dict[str, Any]], job: Job, path: str) -> dict[str, Any]:
    """Do a job and keep its result where the work is done, if the experiment's folder is there too.

    A worker may die after its work and before its result has been fetched: the next worker then finds the result.
    """
    place = Path(path).absolute()
    if place.is_file():
        found: dict[str, Any] = json.loads(place.read_text(encoding="utf-8"))
        return found
    result = work(job)
    if place.parent.is_dir():
        _write(place, result)
    return result


def unfinished(jobs: Sequence[Job], folder: Path) -> Iterator[Job]:
    """Yield the jobs that have no result yet."""
    return (job for job in jobs if not _path(folder / "results", job).is_file())


def _path(results: Path, job: Job) -> Path:
    return results / f"{job.name}.json"


def _write(path: Path, result: dict[str, Any]) -> None:
    write_whole(path, json.dumps(result))
