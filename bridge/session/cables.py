"""What the plays of a rig cost on its MIDI cables: each alone, and all that share a port at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations

from bridge.events import Hit, Numbers, PlayKey, Transcript
from bridge.mapping.mapping import DrumMapping
from bridge.mapping.numbers import StrokeNumbers
from bridge.mapping.when import exclude_each_other
from bridge.rig.plays import MidiPlaySettings
from bridge.rig.rig import Rig
from bridge.rig.targets import MidiTargetSettings
from bridge.session.machine import Finding
from bridge.targets.cost import WireCost, port_cost
from bridge.targets.dispatch import open_targets, routes_of

LATE_MS = 10.0
"""A note that leaves so late is late for a drummer."""


def play_costs(rig: Rig, source: str, mappings: Mapping[PlayKey, DrumMapping]) -> list[WireCost]:
    """Return what the reference stroke of each play costs on its wire.

    Every map is bound, so checked, on the way: `InputError` names what is wrong in the file ``source``. Of a drum's
    several plays of one port each is named by its place among them.
    """
    routes = routes_of(rig, mappings, open_targets(rig, Transcript()), source)
    counts = Counter((route.play.context.drum, route.target.settings.name) for route in routes)
    places = Counter[tuple[str, str]]()
    numbers = {key: _reference_numbers(mapping) for key, mapping in mappings.items()}
    costs: list[WireCost] = []
    for route in routes:
        cost = route.target.cost(route.play, numbers[route.source])
        if cost is not None:
            key = cost.drum, cost.target
            places[key] += 1
            costs.append(cost.named(f"{cost.drum} ({places[key]} of {counts[key]})") if counts[key] > 1 else cost)
    return costs


def play_notes(rig: Rig, source: str, mappings: Mapping[PlayKey, DrumMapping]) -> list[str]:
    """Return what the maps of the plays hold that is right, and perhaps not meant, a sentence each."""
    routes = routes_of(rig, mappings, open_targets(rig, Transcript()), source)
    return [note for route in routes for note in route.play.notes]


def _reference_numbers(mapping: DrumMapping) -> Numbers:
    return StrokeNumbers(mapping.space).of(mapping(Hit(0, 0, 0, 0, 0, mapping.bundle.reference)))


def port_costs(rig: Rig, costs: Sequence[WireCost]) -> list[WireCost]:
    """Return the cost of each port that several plays share, when all are struck at once.

    Where a stroke is taken by only one of a drum's plays there, the dearest of them counts.
    """
    targets = [target for target in rig.targets if isinstance(target, MidiTargetSettings)]
    shares = [(target, [cost for cost in _at_once(rig, costs) if cost.target == target.name]) for target in targets]
    return [port_cost(target, own) for target, own in shares if len(own) > 1 and target.budget != "none"]


def _at_once(rig: Rig, costs: Sequence[WireCost]) -> Iterator[WireCost]:
    """Yield the costs of what may be struck at once; ``costs`` are those of `play_costs`, in the order of the plays."""
    plays = [(drum.name, play) for drum in rig.drum for play in drum.plays if isinstance(play, MidiPlaySettings)]
    groups: dict[tuple[str, str], list[tuple[MidiPlaySettings, WireCost]]] = {}
    for (drum, play), cost in zip(plays, costs, strict=True):
        groups.setdefault((drum, play.target), []).append((play, cost))
    for group in groups.values():
        exclusive = all(exclude_each_other(one, other) for (one, _), (other, _) in combinations(group, 2))
        own = [cost for _, cost in group]
        yield from [max(own, key=lambda cost: cost.before_ms + cost.after_ms)] if exclusive else own


def cable_findings(rig: Rig, costs: Sequence[WireCost]) -> Iterator[Finding]:
    """Yield each port on which a note would leave late."""
    wheres = {target.name: target.where for target in rig.targets if isinstance(target, MidiTargetSettings)}
    change = "send fewer values before the note (lead_ms), or use a second port"
    for cost in (*costs, *port_costs(rig, costs)):
        if cost.before_ms > LATE_MS:
            yield Finding("MIDI cable", cost.sentence.rstrip("."), change, wheres[cost.target])
