"""``ghostnote check``: is this rig right, and what does a stroke cost on each wire."""

from __future__ import annotations

import json
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from bridge.chain import build_chain
from bridge.rig import find_rig, load_rig
from bridge.transcript import wire_costs


def check(
    rig: Annotated[str, typer.Argument(help="A rig file, or the name of a shipped rig.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Check a rig without opening anything: keys, ranges, models, maps, and the cost of a stroke on each wire."""
    settings = load_rig(rig)
    chain = build_chain(settings, settings.input.sample_rate)
    costs = wire_costs(settings, chain)
    if as_json:
        typer.echo(json.dumps({"rig": str(find_rig(rig)), "ok": True, "wire": costs}))
        return
    console = Console(highlight=False)
    console.print(f"{find_rig(rig)}: right.")
    table = Table("drum", "channel", "model", "preset", "plays", box=None, pad_edge=False)
    for drum in settings.drum:
        preset = chain.mappings[drum.name].bundle.preset.name
        table.add_row(drum.name, str(drum.channel), drum.model, preset, ", ".join(p.target for p in drum.plays))
    console.print(table)
    for cost in costs:
        console.print(str(cost["sentence"]))
