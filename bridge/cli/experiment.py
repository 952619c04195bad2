"""``ghostnote experiment``: the paper's table, on this machine's cores or on a cluster."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import contextmanager
from functools import partial
from itertools import count
from multiprocessing import active_children, get_context
from pathlib import Path
from typing import Annotated

import typer
from rich.markdown import Markdown

from bridge.cli.screen import console, progress
from bridge.learning.experiment import GRIDS, Grid, cells, comma_separated, draw, markdown, run, unfinished
from bridge.learning.lesson import require_torch
from synth.errors import InputError, how_to_install
from synth.files import require_folder, require_writable, whole_folder


def experiment(
    grid: Annotated[str, typer.Argument(help=f"A grid file, or a shipped one: {', '.join(GRIDS.names())}.")] = "small",
    out: Annotated[Path, typer.Option(help="Folder of results; a stopped run continues in it.")] = Path("experiment"),
    scheduler: Annotated[str, typer.Option(help="Address of a Dask scheduler, as tcp://HOST:8786.")] = "",
    workers: Annotated[int, typer.Option(help="Processes on this machine; 0: one per core.", min=0)] = 0,
) -> None:
    """Run drums x presets x models x windows x seeds and write the table. The same command continues after a stop."""
    require_folder(out)
    require_writable(out / "table.png")
    require_torch()
    jobs = Grid.load(GRIDS.find(grid)).jobs()
    if not jobs:
        raise InputError(f"{grid}: none of its drums exists here")
    waiting = len(list(unfinished(jobs, out)))
    screen, finished = console(), count(1)
    screen.print(f"{len(jobs)} jobs, {len(jobs) - waiting} done before.")
    try:
        with progress("Jobs", waiting) as show, executor(scheduler, workers) as pool:
            results = run(jobs, pool, out, watch=lambda job: show(next(finished)))
    except (KeyboardInterrupt, SystemExit):
        done = len(jobs) - len(list(unfinished(jobs, out)))
        words = f"Stopped: {done} of {len(jobs)} jobs are done; the same command does the rest."
        console(as_json=True).print(words)
        raise
    table = cells(results)
    with whole_folder(out) as folder:
        (folder / "table.md").write_text(markdown(table), encoding="utf-8")
        (folder / "table.csv").write_text(comma_separated(results), encoding="utf-8")
        draw(table, folder / "table.png")
    screen.print(Markdown(markdown(table)))
    screen.print(f"Wrote table.md, table.csv and table.png to {out}.")


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
