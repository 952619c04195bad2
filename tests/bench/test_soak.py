"""The long runs of ``bench/soak.py`` in short: nothing is lost in a flood, nothing grows."""

from __future__ import annotations

import gc
import tracemalloc
from dataclasses import replace
from pathlib import Path

from bench.scenes import RATE
from bench.soak import RIG, flood
from bridge.events import PlayKey, Transcript
from bridge.rig.rig import rig_from_table
from bridge.targets.dispatch import Dispatcher, close_targets, open_targets, routes_of, stream_time
from tests.bridge.rigs import hit_of, snare_mapping


def test_a_flood_loses_no_note_off_and_leaves_no_note_on(tmp_path: Path) -> None:
    rows = dict(flood(1.5, tmp_path))
    assert rows["OSC 1"] == rows["OSC 2"] == "36 of 36 bundles"
    for port in ("usb", "din"):
        assert rows[port].startswith("36 of 36 notes, 36 note-offs, 0 left on")


def test_memory_stands_still() -> None:
    tape, mappings = Transcript(), {PlayKey("snare"): snare_mapping()}
    rig = rig_from_table(RIG, "test")
    targets = open_targets(rig, tape)
    dispatcher = Dispatcher(routes_of(rig, mappings, targets, "test"), mappings, stream_time(RATE))

    def play(first: int, strokes: int) -> int:
        for index in range(first, first + strokes):
            hit = hit_of(-50.0 + index % 45, 70.0 + index % 60)
            hit = replace(hit, onset=index * RATE // 24, ready=index * RATE // 24 + 256)
            dispatcher.add(mappings[PlayKey("snare")](hit))
        tape.clear()
        gc.collect()
        return tracemalloc.get_traced_memory()[0]

    tracemalloc.start()
    before = play(0, 300)
    grown = play(300, 600) - before
    tracemalloc.stop()
    close_targets(targets)
    assert grown < 100_000
