"""The paper's experiment: drums x presets x models x windows x seeds, through any ``concurrent.futures`` executor.

A job and its result are small values that travel to other processes or machines. Every result is a file of its own,
written whole. A job whose file is there is not run again: an experiment that was stopped, or lost a worker, continues.
"""

from __future__ import annotations

import csv
import io
import json
import zlib
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, as_completed
from dataclasses import asdict, dataclass
from functools import lru_cache
from itertools import product
from pathlib import Path
from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from bridge.audio.files import Recording, one_rate, read_recording
from bridge.learning.strokes import hear
from bridge.rig.settings import Settings
from bridge.rig.validation import checked
from models.training.strokes import Strokes
from synth.drummer.perform import perform
from synth.errors import InputError
from synth.figures import GREY, picture
from synth.files import Shelf, config_dir, read_toml, write_whole
from synth.reading import RESULT_FILE, read_file
from synth.voices.presets import load_preset

DIRECT = "direct"
MEAN = "mean"
_ORDER = (DIRECT, "mlp-large", "mlp", "linear")
Cells = dict[str, dict[str, NDArray[np.float64]]]

GRIDS = Shelf(config_dir() / "experiments", ".toml", "experiment")
"""The experiments that ship."""


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
    def file_name(self) -> str:
        """Name of the file that keeps its result."""
        parts = [_file_part(self.drum), _file_part(self.preset), self.model, f"w{self.window_samples}", f"s{self.seed}"]
        return "-".join([*parts, self.loss, f"e{self.epochs}", f"{Path(self.take).name}.json"])


def _file_part(name: str) -> str:
    """Return what stands for a name in a file's name: of a path the last part, and what tells it from another path."""
    last = Path(name).name
    return name if name == last else f"{last}-{zlib.crc32(name.encode()):08x}"


Several = Field(strict=False, min_length=1)


class Grid(Settings):
    """What is to be crossed with what; the keys of a file in ``config/experiments``."""

    drums: tuple[str, ...] = Several
    presets: tuple[str, ...] = Several
    models: tuple[str, ...] = Several
    windows: Annotated[tuple[Annotated[int, Field(ge=1)], ...], Several] = (256,)
    seeds: Annotated[tuple[Annotated[int, Field(ge=0)], ...], Several] = (0,)
    loss: str = "default"
    epochs: int = Field(100, ge=1)
    take: str = "graded"

    @classmethod
    def load(cls, path: Path) -> Grid:
        """Read a grid; `InputError` names what is wrong in it."""
        return checked(cls, read_toml(path), str(path))

    def jobs(self) -> list[Job]:
        """Return every combination whose drum exists here; direct optimisation hears no window, so it has one only."""
        drums = [drum for drum in self.drums if "/" not in drum or Path(drum).is_dir()]
        cells = product(drums, self.presets, self.models, self.windows, self.seeds)
        jobs = [Job(*cell, loss=self.loss, epochs=self.epochs, take=self.take) for cell in cells]
        return [job for job in jobs if job.model != DIRECT or job.window_samples == self.windows[0]]


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
    from models.training.train import Settings as Training
    from models.training.train import train

    patch = load_preset(job.preset)
    strokes = strokes_of(job.drum, job.take, job.window_samples)
    split = split_strokes(strokes, job.seed)
    if job.model == DIRECT:
        # The default loss compares other features than the table.
        loss = "reference" if job.loss == "default" else job.loss
        steps = 3 * job.epochs
        found = optimize_strokes(strokes, split.test, split.reference, patch, loss, steps, threads=1)
    else:
        settings = Training(
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
    files = {job: results / job.file_name for job in jobs}
    waiting = {executor.submit(kept, work, job, str(files[job])): job for job in unfinished(jobs, folder)}
    for future in as_completed(waiting):
        write_whole(files[waiting[future]], json.dumps(future.result()))
        watch(waiting[future])
    return [json.loads(read_file(files[job], RESULT_FILE)) for job in jobs]


def kept(work: Callable[[Job], dict[str, Any]], job: Job, path: str) -> dict[str, Any]:
    """Do a job and keep its result where the work is done, if the experiment's folder is there too.

    A worker may die after its work and before its result has been fetched: the next worker then finds the result.
    """
    place = Path(path).absolute()
    if place.is_file():
        found: dict[str, Any] = json.loads(read_file(place, RESULT_FILE))
        return found
    result = work(job)
    if place.parent.is_dir():
        write_whole(place, json.dumps(result))
    return result


def unfinished(jobs: Sequence[Job], folder: Path) -> Iterator[Job]:
    """Yield the jobs that have no result yet."""
    return (job for job in jobs if not (folder / "results" / job.file_name).is_file())


def cells(results: Sequence[dict[str, Any]]) -> Cells:
    """Return column -> feature -> errors over doing nothing, one number per job."""
    collected: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for result in results:
        column = collected[column_name(result["job"])]
        ratios = {name: row["relative"] for name, row in result["features"].items()}
        for name, ratio in {**ratios, MEAN: float(np.mean(list(ratios.values())))}.items():
            column[name].append(ratio)
    ordered = sorted(collected, key=lambda name: (_ORDER.index(name.split(" ")[0]), name))
    return {name: {key: np.array(values) for key, values in collected[name].items()} for name in ordered}


def column_name(job: dict[str, Any]) -> str:
    """Return the heading of a job's column; direct optimisation hears no window."""
    return DIRECT if job["model"] == DIRECT else f"{job['model']} {job['window_samples']}"


def markdown(table: Cells) -> str:
    """Return the table: a row per feature, a column per model, cells mean and standard deviation."""
    columns = list(table)
    lines = [f"| | {' | '.join(columns)} | do nothing |", "|---" * (len(columns) + 2) + "|"]
    for feature in next(iter(table.values())):
        row = [f"{table[column][feature].mean():.3f} ± {table[column][feature].std():.3f}" for column in columns]
        lines.append(f"| {feature} | {' | '.join(row)} | 1 |")
    return "\n".join(lines) + "\n"


def comma_separated(results: Sequence[dict[str, Any]]) -> str:
    """Return every job and feature as a line of CSV."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    keys = list(results[0]["job"])
    writer.writerow([*keys, "strokes", "feature", "error", "do_nothing", "relative"])
    for result in results:
        for name, row in result["features"].items():
            writer.writerow([*result["job"].values(), result["strokes"], name, *row.values()])
    return text.getvalue()


def draw(table: Cells, path: Path) -> None:
    """Draw the table as bars, a group per feature."""
    features = list(next(iter(table.values())))
    width = 0.8 / len(table)
    with picture(path, 11, 4.5) as figure:
        axis = figure.subplots()
        for number, (column, values) in enumerate(table.items()):
            places = np.arange(len(features)) + number * width - 0.4 + width / 2
            means = [values[feature].mean() for feature in features]
            spreads = [values[feature].std() for feature in features]
            axis.bar(places, means, width, yerr=spreads, label=column, error_kw={"linewidth": 0.8})
        axis.axhline(1.0, color=GREY, linewidth=1, label="do nothing")
        axis.set(xticks=range(len(features)), xticklabels=features, ylabel="held-out error / do nothing")
        axis.legend()
