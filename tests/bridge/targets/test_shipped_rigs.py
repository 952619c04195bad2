"""What the shipped rigs send stays what it was, whatever becomes of the law of maps.

``arrived.json`` holds what release 290c28e sent for the strikes below. One number differs on purpose: the `cutoff` of
`superdirt`, whose curve had no name in the field, is within 2.1 %.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bridge.events import Hit, Moment, PlayKey, Strike, Transcript
from bridge.mapping.load import rig_mappings
from bridge.mapping.numbers import StrokeNumbers
from bridge.osc.reader import parse_packet
from bridge.rig.rig import load_rig
from bridge.targets.dispatch import open_targets, routes_of
from synth.spec import ParamSpace

ARRIVED: dict[str, list[Any]] = json.loads(Path(__file__).with_name("arrived.json").read_text())
DRUM = PlayKey("snare")


def strikes(space: ParamSpace) -> Iterator[Strike]:
    """Yield strikes that go through every range, the parameters each in its own order."""
    for number, part in enumerate((0.0, 0.1, 0.3, 0.5, 0.8, 1.0)):
        features = np.array([-60 + 60 * part, 60 + 80 * part, -60 + 60 * part])
        unit = np.full(len(space), part)
        if 0 < part < 1:
            unit = np.mod(unit + 0.137 * np.arange(len(space)), 1.0)
        hit = Hit(number, 0, 1000 * number, 1000 * number + 10, 1000 * number + 256, features)
        modulation = np.asarray(2 * unit - 1, dtype=np.float64)
        yield Strike(DRUM, hit, space.from_unit(unit), modulation, -40 + 52 * part, part)


def arrived(name: str) -> list[Any]:
    """Return what a shipped rig's targets are sent for these strikes: OSC messages read, MIDI in hexadecimal."""
    rig, tape = load_rig(name), Transcript()
    mappings = rig_mappings(rig)
    routes = routes_of(rig, mappings, open_targets(rig, tape), name)
    for strike in strikes(mappings[DRUM].space):
        seconds, numbers = float(strike.hit.number), StrokeNumbers(mappings[DRUM].space).of(strike)
        for route in routes:
            route.target.strike(route.play, numbers, Moment(seconds, seconds, seconds))
    return [[entry.target, parse_packet(entry.data) or entry.data.hex()] for entry in tape]


def flat(entries: Any) -> list[Any]:
    """Return the texts and numbers of nested lists."""
    return [one for entry in entries for one in flat(entry)] if isinstance(entries, list | tuple) else [entries]


@pytest.mark.parametrize("name", ARRIVED)
def test_what_a_shipped_rig_sends_is_what_it_sent(name: str) -> None:
    now, before = flat(arrived(name)), flat(ARRIVED[name])
    assert len(now) == len(before)
    for at, (new, old) in enumerate(zip(now, before, strict=True)):
        near = 0.021 if before[at - 1] == "cutoff" else 1e-5
        assert new == (old if isinstance(old, str) else pytest.approx(old, rel=near, abs=1e-6)), before[at - 1]
