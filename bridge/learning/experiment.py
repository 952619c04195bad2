"""The paper's experiment: drums x presets x models x windows x seeds, through any ``concurrent.futures`` executor.

A job and its result are small values that travel to other processes or machines. Every result is a file of its own,
written whole. A job whose file is there is not run again: an experiment that was stopped, or lost a worker, continues.
A job that fails is named at the end, and the others go on.
"""

from __future__ import annotations

import json
import traceback
from collections.abc import Callable, Sequence
from concurrent.futures import BrokenExecutor, Executor, Future, as_completed
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from bridge.learning.grid import DIRECT, Inputs, Job
from bridge.learning.sources import strokes_of
from synth.errors import InputError, said
from synth.outputs import write_whole
from synth.reading import RESULT_FILE, read_file

if TYPE_CHECKING:
    from torch import Tensor

    from models.training.strokes import Split, Strokes

Result = dict[str, Any]


class Task(Protocol):
    """A job of any kind of experiment: a small value that travels to other processes."""

    @property
    def words(self) -> str:
        """Name it in a sentence."""

    @property
    def file_name(self) -> str:
        """Name of the file that keeps its result."""

    def described(self) -> dict[str, Any]:
        """Return it as JSON values."""

    def require_whole(self, result: Result) -> None:
        """Raise a `ValueError`, or what a damaged result runs into."""


STEPS_AN_EPOCH = 50
"""Steps of direct optimisation, at most, for each epoch of the grid; it stops by itself when nothing falls any more."""

METRIC = "reference"
"""The loss whose features every table compares, whatever was trained with."""

DIGITS = 6


@dataclass(frozen=True, slots=True)
class Failure:
    """A job that has no result.

    Parameters
    ----------
    job : Task
    words : str
        Why, in a sentence.
    details : str
        Where in the program, for a fault that is no bad input; else empty.
    worker_died : bool
        Whether the process that did it, or one beside it, has gone.
    """

    job: Task
    words: str
    details: str = ""
    worker_died: bool = False


def run_job(job: Job) -> Result:
    """Train or optimise on each fold and measure what was held out; one thread, as other jobs use the other cores.

    Raises
    ------
    InputError
        A recording cannot be used, or its strokes cannot be split.
    """
    from models.mapping import architectures
    from models.training import loss_kinds
    from models.training.evaluate import errors_of
    from models.training.strokes import folds

    inputs = job.inputs
    if inputs is None:
        raise ValueError(f"{job.words}: a job without its inputs cannot be run")
    # A row that a program added is unknown to the process of a worker.
    if inputs.architecture:
        architectures.register(inputs.architecture)
    loss_kinds.register(inputs.loss)
    strokes, groups = strokes_of(inputs.source, job.window_samples)
    rows: list[int] = []
    error, nothing = [], []
    names: tuple[str, ...] = ()
    for split in folds(strokes, job.seed if job.split_seed is None else job.split_seed, groups, job.folds):
        found = _found(job, inputs, strokes, split)
        errors = errors_of(found, split.test, strokes, split.reference, inputs.patch, METRIC)
        rows += split.test.tolist()
        error.append(np.abs(errors.reached - errors.wanted))
        nothing.append(np.abs(errors.wanted))
        names = errors.names
    order = np.argsort(rows)
    return {
        "job": job.described(),
        "strokes": len(strokes),
        "names": list(names),
        "groups": groups.tolist(),
        "error": _rounded(np.concatenate(error)[order]),
        "do_nothing": _rounded(np.concatenate(nothing)[order]),
    }


def _found(job: Job, inputs: Inputs, strokes: Strokes, split: Split) -> Tensor:
    """Return the modulations of a fold's held-out strokes."""
    from models.training.loss_kinds import weighted
    from models.training.oracle import MOST_STEPS, optimize_strokes
    from models.training.train import Settings, train

    if job.model == DIRECT:
        steps = min(MOST_STEPS, STEPS_AN_EPOCH * job.epochs)
        loss = weighted(inputs.loss, inputs.weights)
        return optimize_strokes(
            strokes, split.test, split.reference, inputs.patch, loss, steps, threads=1, scale_rows=split.train
        )
    settings = Settings(job.model, job.loss, job.epochs, job.seed, 0, inputs.recipe, inputs.weights, threads=1)
    return train(strokes, inputs.patch, settings, split=split).modulation(strokes.features[split.test])


def _rounded(values: Any) -> list[list[float]]:
    return [[float(f"{value:.{DIGITS}g}") for value in row] for row in values]


def run(
    jobs: Sequence[Task],
    executor: Executor,
    folder: Path,
    work: Callable[[Any], Result],
    watch: Callable[[Task, Result | Failure], None] = lambda job, result: None,
) -> tuple[list[Result], list[Failure]]:
    """Run what has no result yet, keep each result as it comes, and return all results and what failed, in order.

    Parameters
    ----------
    jobs : sequence of Task
    executor : Executor
        Where the work is done.
    folder : Path
        Of the experiment; results lie in ``results`` there.
    work : callable
    watch : callable, optional
        Called after every job. What it raises stops the experiment.

    Raises
    ------
    InputError
        The folder cannot be made or written, or holds a result that is damaged.
    """
    results = folder.absolute() / "results"
    try:
        results.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"{folder}: cannot be written ({error.strerror})") from None
    files = {job: results / job.file_name for job in jobs}
    failures: dict[Task, Failure] = {}
    waiting = {executor.submit(kept, work, job, str(files[job])): job for job in unfinished(jobs, folder)}
    for future in as_completed(waiting):
        job = waiting[future]
        found = _outcome(job, future)
        if isinstance(found, Failure):
            failures[job] = found
        else:
            write_whole(files[job], json.dumps(found))
        watch(job, found)
    return results_of(jobs, folder), [failures[job] for job in jobs if job in failures]


def results_of(jobs: Sequence[Task], folder: Path) -> list[Result]:
    """Return the results that are there, in the order of their jobs; `InputError` names one that is damaged."""
    found = (_kept_result(job, folder / "results" / job.file_name) for job in jobs)
    return [result for result in found if result is not None]


def _kept_result(job: Task, file: Path) -> Result | None:
    """Return what a job's file holds, None where there is none; `InputError` if that is not what the job gives."""
    if not file.is_file():
        return None
    try:
        result: Result = json.loads(read_file(file, RESULT_FILE))
        job.require_whole(result)
    except (ValueError, LookupError, TypeError, OverflowError, RecursionError) as error:
        why = f"{type(error).__name__}: {said(error)}"
        raise InputError(f"{file}: the result is damaged ({why}); remove the file, and its job is done again") from None
    return result


def _outcome(job: Task, future: Future[Result]) -> Result | Failure:
    """Return what a job gave or why it failed."""
    try:
        return future.result()
    except InputError as error:
        return Failure(job, str(error))
    except BrokenExecutor:
        return Failure(job, "a worker's process ended in the midst of it", worker_died=True)
    except Exception as error:  # whatever a job or a cluster raises, the other jobs go on
        lines = "".join(traceback.format_exception(error))
        return Failure(job, f"{type(error).__name__}: {' '.join(str(error).split())[:200]}", lines)


def kept(work: Callable[[Any], Result], job: Task, path: str) -> Result:
    """Do a job and keep its result where the work is done, if the experiment's folder is there too.

    A worker may die after its work and before its result has been fetched: the next worker then finds the result.
    """
    place = Path(path).absolute()
    found = _kept_result(job, place)
    if found is not None:
        return found
    result = work(job)
    if place.parent.is_dir():
        write_whole(place, json.dumps(result))
    return result


def unfinished(jobs: Sequence[Task], folder: Path) -> list[Task]:
    """Return the jobs that have no result yet; `InputError` names a result that is damaged."""
    return [job for job in jobs if _kept_result(job, folder / "results" / job.file_name) is None]
