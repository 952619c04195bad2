"""``ghostnote experiment``: the paper's table, on this machine's cores or on a cluster."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import contextmanager
from functools import partial
from multiprocessing import active_children, get_context
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markdown import Markdown
from rich.progress import Progress

from bridge.learning.experiment import GRIDS, Grid, run, unfinished
from bridge.learning.experiment_table import cells, comma_separated, draw, markdown
from bridge.learning.lesson import require_torch
from synth.errors import InputError
from synth.files import require_writable, whole_folder


def experiment(
    grid: Annotated[str, typer.Argument(help="A grid file, or a shipped one: small, measured, paper.")] = "small",
    out: Annotated[Path, typer.Option(help="Folder of results; one that exists is continued.")] = Path("experiment"),
    scheduler: Annotated[str, typer.Option(help="Address of a Dask scheduler, as tcp://HOST:8786.")] = "",
    workers: Annotated[int, typer.Option(help="Processes here; 0: one per core.", min=0)] = 0,
) -> None:
    """Run drums x presets x models x windows x seeds and write the table. Stopped, it continues where it was."""
    if out.is_file():
        raise InputError(f"{out}: is a file; --out names a folder")
    require_writable(out / "table.png")
    require_torch()
    jobs = Grid.load(GRIDS.find(grid)).jobs()
    if not jobs:
        raise InputError(f"{grid}: none of its drums exists here")
    waiting = len(list(unfinished(jobs, out)))
    console = Console(highlight=False, markup=False, soft_wrap=True)
    screen = Console(stderr=True)
    console.print(f"{len(jobs)} jobs, {len(jobs) - waiting} done before.")
    bar = Progress(console=screen, transient=True, disable=not screen.is_terminal)
    with bar as progress, executor(scheduler, workers) as pool:
        task = progress.add_task("Jobs", total=waiting)
        try:
            results = run(jobs, pool, out, watch=lambda job: progress.advance(task))
        except (KeyboardInterrupt, SystemExit):
            done = len(jobs) - len(list(unfinished(jobs, out)))
            screen.print(f"Stopped: {done} of {len(jobs)} jobs are done; the same command does the rest.")
            raise
    table = cells(results)
    with whole_folder(out) as folder:
        (folder / "table.md").write_text(markdown(table), encoding="utf-8")
        (folder / "table.csv").write_text(comma_separated(results), encoding="utf-8")
        draw(table, folder / "table.png")
    console.print(Markdown(markdown(table)))
    console.print(f"Wrote table.md, table.csv and table.png to {out}.")


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
        raise InputError("--scheduler needs Dask; install it with: pip install 'ghostnote[cluster]'") from None
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
