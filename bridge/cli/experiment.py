"""``ghostnote experiment``: the paper's table, on this machine's cores or on a cluster."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import contextmanager
from functools import partial
from itertools import count
from multiprocessing import active_children, get_context
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from rich.console import Console
from rich.markdown import Markdown

from bridge.cli.screen import console, progress
from bridge.learning import effect_results, gradient_results, proxy_results, results, schedule_results
from bridge.learning.effect_grid import EffectGrid, is_effect_grid
from bridge.learning.experiment import Failure, Result, Task, results_of, run, run_job, unfinished
from bridge.learning.gradient_grid import GradientGrid, is_gradient_grid
from bridge.learning.grid import GRIDS, Grid
from bridge.learning.lesson import require_torch
from bridge.learning.proxy_grid import ProxyGrid, is_proxy_grid
from bridge.learning.schedule_grid import ScheduleGrid, is_schedule_grid
from synth.errors import InputError, how_to_install
from synth.outputs import require_folder, require_writable, whole_folder, write_whole


def experiment(
    grid: Annotated[str, typer.Argument(help=f"A grid file, or a shipped one: {', '.join(GRIDS.names())}.")] = "small",
    out: Annotated[Path, typer.Option(help="Folder of results; a stopped run continues in it.")] = Path("experiment"),
    scheduler: Annotated[str, typer.Option(help="Address of a Dask scheduler, as tcp://HOST:8786.")] = "",
    workers: Annotated[int, typer.Option(help="Processes on this machine; 0: one per core.", min=0)] = 0,
) -> None:
    """Run drums x presets x models x windows x seeds and write the table. The same command continues after a stop.

    Exit code 1: some jobs failed, the table is of the others.
    """
    require_folder(out)
    require_writable(out / "table.png")
    require_torch()
    path = GRIDS.find(grid)
    jobs, work, report = kind_of(path)
    waiting = len(unfinished(jobs, out))
    screen = console()
    screen.print(f"{len(jobs)} jobs, {len(jobs) - waiting} done before.")
    try:
        found, failures = run_all(jobs, out, scheduler, workers, work)
    except (KeyboardInterrupt, SystemExit):
        done = len(jobs) - len(unfinished(jobs, out))
        words = f"Stopped: {done} of {len(jobs)} jobs are done; the same command does the rest."
        console(as_json=True).print(words)
        raise
    if found:
        _write(report(found), out, screen)
    if failures:
        _name_failures(failures, len(jobs), out)
        raise typer.Exit(1)


Report = tuple[str, str, Callable[[Path], object]]


def kind_of(path: Path) -> tuple[Sequence[Task], Callable[[Any], Result], Callable[[list[Result]], Report]]:
    """Return the jobs of a grid's file, what does one, and what reports on all; its keys say of what kind it is."""
    from bridge.learning.effect_experiment import run_effect_job
    from bridge.learning.gradient_experiment import run_gradient_job
    from bridge.learning.proxy_experiment import run_proxy_job
    from bridge.learning.schedule_experiment import run_schedule_job

    if is_gradient_grid(path):
        return GradientGrid.load(path).jobs(path), run_gradient_job, _of_gradients
    if is_effect_grid(path):
        return EffectGrid.load(path).jobs(path), run_effect_job, _of_effects
    if is_schedule_grid(path):
        return ScheduleGrid.load(path).jobs(path), run_schedule_job, _of_schedules
    if is_proxy_grid(path):
        return ProxyGrid.load(path).jobs(path), run_proxy_job, _of_proxies
    return Grid.load(path).jobs(path), run_job, _of_drums


def run_all(
    jobs: Sequence[Task], out: Path, scheduler: str, workers: int, work: Callable[[Any], Result] = run_job
) -> tuple[list[Result], list[Failure]]:
    """Run all jobs, here or on a cluster. A process that dies takes its pool along: what is left runs one by one.

    Each has a pool of its own then, so the job that kills its worker is known, and every other one is done.
    """
    waiting = len(unfinished(jobs, out))
    with watching(waiting) as watch:

        def first(job: Task, found: Result | Failure) -> None:
            if not (isinstance(found, Failure) and found.worker_died):
                watch(job, found)

        with executor(scheduler, workers) as pool:
            _, failures = run(jobs, pool, out, work, first)
        for failure in [one for one in failures if one.worker_died]:
            with executor(scheduler, 1) as pool:
                _, failed = run([failure.job], pool, out, work, watch)
            failures = [one for one in failures if one.job != failure.job] + failed
    return results_of(jobs, out), failures


@contextmanager
def watching(waiting: int) -> Iterator[Callable[[Task, Result | Failure], None]]:
    """Give what tells of every job that is done: a bar on a terminal, elsewhere a line on stderr."""
    screen, finished = console(as_json=True), count(1)
    with progress("Jobs", waiting) as show:

        def watch(job: Task, found: Result | Failure) -> None:
            number = next(finished)
            words = found.words if isinstance(found, Failure) else _figure(found)
            show(number, f"{job.words}: {words}")
            if not screen.is_terminal:
                screen.print(f"{number} of {waiting}: {job.words}: {words}")

        yield watch


def _figure(result: Result) -> str:
    """Return a job's mean error in words."""
    if "scores" in result:
        return f"L1 {result['scores']['l1']:.3f} of {result['scores']['l1_of_mean']:.3f}"
    if "missing" in result:
        return gradient_results.figure_of(result)
    if "sounds" in result:
        return schedule_results.figure_of(result)
    if "ways" in result:
        means = {way: np.mean(next(iter(one["rows"].values())), axis=0)[0] for way, one in result["ways"].items()}
        return ", ".join(f"{way} {mean:.3f}" for way, mean in means.items())
    error, nothing = (np.sum(result[name], axis=0) for name in ("error", "do_nothing"))
    return f"error {np.mean(error / np.maximum(nothing, 1e-12)):.3f} of doing nothing"


def _write(report: Report, out: Path, screen: Console) -> None:
    """Write a table as Markdown, its lines of CSV, and its picture."""
    table, lines, draw = report
    with whole_folder(out) as folder:
        (folder / "table.md").write_text(table, encoding="utf-8")
        (folder / "table.csv").write_text(lines, encoding="utf-8")
        draw(folder / "table.png")
    screen.print(Markdown(table))
    screen.print(f"Wrote table.md, table.csv and table.png to {out}.")


def _of_drums(found: list[Result]) -> Report:
    table = results.columns(found)
    return results.markdown(table), results.comma_separated(found), partial(results.draw, table)


def _of_effects(found: list[Result]) -> Report:
    table = effect_results.table_of(found)
    return effect_results.markdown(table), effect_results.comma_separated(found), partial(effect_results.draw, table)


def _of_proxies(found: list[Result]) -> Report:
    table = proxy_results.table_of(found)
    return proxy_results.markdown(table), proxy_results.comma_separated(found), partial(proxy_results.draw, table)


def _of_schedules(found: list[Result]) -> Report:
    table = schedule_results.table_of(found)
    return (
        schedule_results.markdown(table),
        schedule_results.comma_separated(found),
        partial(schedule_results.draw, table),
    )


def _of_gradients(found: list[Result]) -> Report:
    table = gradient_results.table_of(found)
    return (
        gradient_results.markdown(table),
        gradient_results.comma_separated(found),
        partial(gradient_results.draw, table),
    )


def _name_failures(failures: list[Failure], jobs: int, out: Path) -> None:
    """Print each job that failed; what a program's fault left goes to a file."""
    screen = console(as_json=True)
    for failure in failures:
        screen.print(f"Failed: {failure.job.words}: {failure.words}", style="bold red")
    details = "\n".join(f"{one.job.words}\n{one.details}" for one in failures if one.details)
    if details:
        write_whole(out / "failures.txt", details)
    where = f"; {out / 'failures.txt'} says where" if details else ""
    screen.print(f"{len(failures)} of {jobs} jobs failed{where}. The same command tries them again.")


@contextmanager
def executor(scheduler: str, workers: int = 0) -> Iterator[Executor]:
    """Give processes here, or the workers of a Dask cluster: the same interface. Door: Dask."""
    if not scheduler:
        # Spawned, not forked: a forked copy of torch's threads may hang.
        # Ctrl-C reaches every process of a terminal; a worker leaves it to this one.
        begin = partial(signal.signal, signal.SIGINT, signal.SIG_IGN)
        with _ended_at_once(ProcessPoolExecutor(workers or os.cpu_count() or 1, get_context("spawn"), begin)) as pool:
            yield pool
        return
    try:
        from distributed import Client
    except ImportError:
        raise InputError(f"--scheduler needs Dask; install it with: {how_to_install('cluster')}") from None
    try:
        client = Client(scheduler, timeout="5s")  # type: ignore[no-untyped-call]
    except (OSError, ValueError) as error:
        raise InputError(f"--scheduler {scheduler}: no Dask scheduler answers there ({error})") from None
    with client, client.get_executor() as pool:  # type: ignore[no-untyped-call]
        try:
            yield pool
        except BaseException:
            pool.shutdown(wait=False)
            raise


@contextmanager
def _ended_at_once(pool: ProcessPoolExecutor) -> Iterator[Executor]:
    """Give a pool that ends with its jobs done or, on an error or Ctrl-C, with its processes: no job is waited for."""
    before = set(active_children())
    try:
        yield pool
    except BaseException:
        for worker in set(active_children()) - before:
            worker.kill()
        raise
    finally:
        pool.shutdown()
