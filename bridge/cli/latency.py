"""``ghostnote latency``: how long this machine takes, stage by stage."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.box import SIMPLE
from rich.table import Column, Table

from bridge.cli.screen import AsJson, RigName, console, numbers, show_notes
from bridge.rig.rig import load_rig
from bridge.session.latency import CELLS, bars, draw_latency, figures, require_picture
from bridge.session.loopback import Loopback, Stage
from bridge.session.machine import load_finding

WIDEST = 200
FIGURES_WIDTH = 80
"""Columns of the table without histograms: it fits such a terminal."""

FEWEST_CELLS = 8


def latency(
    rig: RigName = "808",
    strokes: Annotated[int, typer.Option(min=1, max=10_000, help="Strokes to measure, four a second.")] = 100,
    out: Annotated[Path | None, typer.Option(help="Write the histograms as a picture (.png, .pdf, .svg).")] = None,
    as_json: AsJson = False,
) -> None:
    """Measure latency through a loop: connect output 1 to the drum's input; under JACK that is done for you.

    The rig's devices, its first drum and its first MIDI target are measured: the loop, OSC to a socket of this command,
    and MIDI until its process has written the note (to a file; port and cable come on top). Two stages are counted in
    samples: when the ear has noticed a stroke, and when its window ends. Loop and window are added up; that is how long
    the built-in voice takes. Ears and mapping run in this command, not in the process that `play` gives them.
    """
    if out is not None:
        require_picture(out)
    stages = Loopback(load_rig(rig), strokes).run()
    if out is not None:
        draw_latency(stages, out)
    if as_json:
        table = {stage.name: {"how": stage.how} | figures(stage.delays_ms) for stage in stages}
        typer.echo(json.dumps(table, indent=2))
        return
    screen = console()
    screen.print(latency_table(stages, screen.width))
    busy = load_finding()
    if not busy.good:
        note = f"this machine is busy (load {busy.found}), and these delays are those of a busy machine; {busy.change}"
        show_notes([note], screen)
    if out is not None:
        screen.print(f"picture: {out}")


def latency_table(stages: list[Stage], width: int = WIDEST) -> Table:
    """Return every stage with its figures; where ``width`` columns allow, with its histogram over a common scale."""
    high_ms = max(float(stage.delays_ms.max()) for stage in stages if len(stage.delays_ms))
    cells = min(width - FIGURES_WIDTH, CELLS)
    drawn = cells >= FEWEST_CELLS
    title = "Delays in ms" + (f"; histograms from 0 to {high_ms:.1f} ms" if drawn else "")
    columns = [*numbers("strokes", "median", "p95", "p99", "max"), *([Column("", no_wrap=True)] if drawn else [])]
    table = Table("stage", "how", *columns, title=title, title_justify="left", box=SIMPLE, padding=(0, 1, 0, 0))
    for stage in stages:
        row = figures(stage.delays_ms)
        measured = [f"{row[name]:.2f}" if name in row else "-" for name in ("median", "p95", "p99", "max")]
        histogram = [bars(stage.delays_ms, 0.0, high_ms, cells)] if drawn else []
        table.add_row(stage.name, stage.how, str(row["strokes"]), *measured, *histogram)
    return table
