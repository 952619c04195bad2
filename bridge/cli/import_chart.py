"""``ghostnote import-chart``: a device chart becomes a synth profile."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from bridge.cli.screen import console
from bridge.rig.chart import profile_from_charts, profile_text
from synth.errors import InputError
from synth.outputs import require_writable, write_whole


def import_chart(
    chart: Annotated[list[Path], typer.Argument(help="CSV files of one device: its parameters, its sounds, or both.")],
    out: Annotated[Path | None, typer.Option(help="TOML file to write; left out: the terminal.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Write over a file that exists.")] = False,
) -> None:
    """Make a synth profile from a device chart in the CSV form of midi.guide."""
    if out is not None:
        require_writable(out)
        if os.path.exists(out) and not force:
            raise InputError(f"{out}: exists already; --force writes over it")
    profile, skipped = profile_from_charts(chart)
    if out is None:
        typer.echo(profile_text(profile))
    else:
        write_whole(out, profile_text(profile))
    screen = console(as_json=True)
    screen.print(f"{profile.name}: {len(profile.controls)} controls, {len(profile.notes)} sounds.")
    for line in skipped:
        screen.print(f"skipped {line}", style="dim")
