"""``ghostnote check``: check a rig, and tell what a stroke costs on each cable."""

from __future__ import annotations

import dataclasses
import json
from typing import Annotated

import typer
from rich.table import Table

from bridge.cli.screen import AsJson, console, show_notes
from bridge.control.controls import live_controls
from bridge.control.midi_bindings import checked_bindings, learned_bindings
from bridge.control.surface import StillSurface
from bridge.engine.build import build_chain
from bridge.engine.changes import LiveState
from bridge.mapping.load import rig_mappings
from bridge.rig.rig import RIGS, load_rig
from bridge.session.cables import play_costs, port_costs
from bridge.session.findings import look, machine_findings, rig_findings


def check(
    rig: Annotated[str, typer.Argument(help="A rig file, or the name of a shipped rig.")],
    as_json: AsJson = False,
) -> None:
    """Check a rig without opening anything: keys, ranges, models, maps, and the MIDI time that a stroke costs.

    What the rig names and this machine does not have is told too; it is no error, the rig may be for another machine.
    """
    settings, source = load_rig(rig), str(RIGS.find(rig))
    chain = build_chain(settings, settings.input.sample_rate, rig_mappings(settings))
    costs = play_costs(settings, source, chain.mappings)
    shared = port_costs(settings, costs)
    if settings.control is not None:
        surface = StillSurface(LiveState.of(settings, chain.mappings))
        checked_bindings(settings.control, live_controls(surface, settings.drum))
        learned_bindings(settings.control)
    notes = [finding.words for finding in rig_findings(settings, costs)]
    here = [finding for finding in machine_findings(settings, source, look(settings)) if finding.where]
    here = [finding for finding in here if finding.severity != "good"]
    if as_json:
        found = {
            "rig": source,
            "ok": True,
            "wire": [cost.figures for cost in costs],
            "ports": [cost.figures for cost in shared],
            "notes": notes,
            "here": [dataclasses.asdict(finding) for finding in here],
        }
        typer.echo(json.dumps(found))
        return
    screen = console()
    screen.print(f"{source}: right.")
    table = Table("drum", "channel", "model", "preset", "plays", box=None, pad_edge=False)
    for drum in settings.drum:
        for key, mapped in drum.mapped().items():
            plays = [play.target for play, own in zip(drum.plays, drum.play_keys, strict=True) if own == key]
            preset = chain.mappings[key].bundle.preset.name
            table.add_row(key.label, str(drum.channel), mapped.model, preset, ", ".join(plays))
    screen.print(table)
    for cost in (*costs, *shared):
        screen.print(cost.sentence)
    show_notes(notes, screen)
    for finding in here:
        screen.print(f"Here: {finding.sentence}.", style="yellow")
