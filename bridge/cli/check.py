"""``ghostnote check``: check a rig, and tell what a stroke costs on each cable."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Annotated

import typer
from rich.table import Table

from bridge.cli.screen import AsJson, console, show_notes
from bridge.control.controls import live_controls
from bridge.control.midi_bindings import checked_bindings, learned_bindings
from bridge.control.surface import StillSurface
from bridge.engine.build import Chain, build_chain
from bridge.engine.changes import LiveState
from bridge.events import Hit, Transcript
from bridge.mapping.load import rig_mappings
from bridge.mapping.numbers import StrokeNumbers
from bridge.rig.rig import RIGS, Rig, load_rig
from bridge.targets.cost import WireCost
from bridge.targets.dispatch import open_targets, routes_of


def check(
    rig: Annotated[str, typer.Argument(help="A rig file, or the name of a shipped rig.")],
    as_json: AsJson = False,
) -> None:
    """Check a rig without opening anything: keys, ranges, models, maps, and the MIDI time that a stroke costs."""
    settings = load_rig(rig)
    chain = build_chain(settings, settings.input.sample_rate, rig_mappings(settings))
    costs = _costs(settings, chain, str(RIGS.find(rig)))
    if settings.control is not None:
        surface = StillSurface(LiveState.of(settings, chain.mappings))
        checked_bindings(settings.control, live_controls(surface, settings.drum))
        learned_bindings(settings.control)
    notes = idle_parts(settings)
    if as_json:
        found = {"rig": str(RIGS.find(rig)), "ok": True, "wire": [asdict(cost) for cost in costs], "notes": notes}
        typer.echo(json.dumps(found))
        return
    screen = console()
    screen.print(f"{RIGS.find(rig)}: right.")
    table = Table("drum", "channel", "model", "preset", "plays", box=None, pad_edge=False)
    for drum in settings.drum:
        for key, mapped in drum.mapped().items():
            plays = [play.target for play, own in zip(drum.plays, drum.play_keys, strict=True) if own == key]
            preset = chain.mappings[key].bundle.preset.name
            table.add_row(key.label, str(drum.channel), mapped.model, preset, ", ".join(plays))
    screen.print(table)
    for cost in costs:
        screen.print(cost.sentence)
    show_notes(notes, screen)


def idle_parts(rig: Rig) -> list[str]:
    """Return what a rig holds and does not use, a sentence each: right, and perhaps not meant."""
    drums = [f"drum '{drum.name}' plays nothing; give it a [[drum.play]]" for drum in rig.drum if not drum.plays]
    played = {play.target for drum in rig.drum for play in drum.plays}
    targets = [f"no drum plays target '{target.name}'" for target in rig.targets if target.name not in played]
    return drums + targets


def _costs(rig: Rig, chain: Chain, source: str) -> list[WireCost]:
    """Return what each drum's reference stroke costs on each wire; every map is bound, so checked, on the way."""
    routes = routes_of(rig, chain.mappings, open_targets(rig, Transcript()), source)
    references = {key: mapping(Hit(0, 0, 0, 0, 0, mapping.bundle.reference)) for key, mapping in chain.mappings.items()}
    numbers = {key: StrokeNumbers(chain.mappings[key].space).of(strike) for key, strike in references.items()}
    costs = (route.target.cost(route.play, numbers[route.source]) for route in routes)
    return [cost for cost in costs if cost is not None]
