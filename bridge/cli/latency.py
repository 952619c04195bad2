"""``ghostnote latency``: how long this machine takes, stage by stage."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from bridge.latency_report import draw_latency, figures, latency_table
from bridge.loopback import Loopback
from bridge.rig import load_rig


def latency(
    rig: Annotated[str, typer.Option(help="Rig file, or a shipped one's name: its devices and first drum.")] = "808",
    strokes: Annotated[int, typer.Option(min=1, max=10_000, help="How many strokes, four a second.")] = 100,
    out: Annotated[Path | None, typer.Option(help="Write the histograms as a picture (.png).")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Write JSON.")] = False,
) -> None:
    """Measure latency through a loop: connect output 1 to the drum's input; under JACK that is done for you."""
    stages = Loopback(load_rig(rig), strokes).run()
    if out is not None:
        draw_latency(stages, out)
    if as_json:
        typer.echo(json.dumps({stage.name: figures(stage.delays_ms) for stage in stages}, indent=2))
        return
    console = Console()
    console.print(latency_table(stages))
    if out is not None:
        console.print(f"picture: {out}", highlight=False, markup=False)
