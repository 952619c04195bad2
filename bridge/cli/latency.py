"""``ghostnote latency``: how long this machine takes, stage by stage."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from bridge.rig.rig import load_rig
from bridge.session.latency import bars, draw_latency, figures, require_picture
from bridge.session.loopback import Loopback, Stage


def latency(
    rig: Annotated[
        str, typer.Option(help="Rig file, or a shipped one's name: its devices, first drum and first MIDI target.")
    ] = "808",
    strokes: Annotated[int, typer.Option(min=1, max=10_000, help="How many strokes, four a second.")] = 100,
    out: Annotated[Path | None, typer.Option(help="Write the histograms as a picture (.png, .pdf, .svg).")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Write JSON.")] = False,
) -> None:
    """Measure latency through a loop: connect output 1 to the drum's input; under JACK that is done for you.

    Measured: the loop, OSC to a socket of this command, and MIDI until its process has written the note (to a file;
    port and cable come on top). Counted in samples: when the ear has noticed a stroke and when its window ends. Added
    up: loop and window, which is how long the built-in voice takes. Ears and mapping run in this command, not in the
    process that `play` gives them.
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
    console = Console()
    console.print(latency_table(stages))
    if out is not None:
        console.print(f"picture: {out}", highlight=False, markup=False)


def latency_table(stages: list[Stage]) -> Table:
    """Return every stage with its figures and its histogram over a common scale."""
    high_ms = max(float(stage.delays_ms.max()) for stage in stages if len(stage.delays_ms))
    table = Table(title=f"Delays in ms; histograms from 0 to {high_ms:.1f} ms", title_justify="left")
    table.add_column("stage")
    table.add_column("how")
    for heading in ("strokes", "median", "p95", "p99", "max"):
        table.add_column(heading, justify="right")
    table.add_column("", no_wrap=True)
    for stage in stages:
        row = figures(stage.delays_ms)
        numbers = [f"{row.get(name, float('nan')):.2f}" for name in ("median", "p95", "p99", "max")]
        table.add_row(stage.name, stage.how, str(row["strokes"]), *numbers, bars(stage.delays_ms, 0.0, high_ms))
    return table
