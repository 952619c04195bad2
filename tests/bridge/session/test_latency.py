"""Delays as tables, bars and pictures."""

import time
from pathlib import Path

import numpy as np

from bridge.cli.latency import latency_table
from bridge.events import PlayKey
from bridge.rig.targets import MidiTargetSettings
from bridge.session.latency import bars, draw_latency, figures
from bridge.session.loopback import Stage, loop_rig, notes_written_s, open_loop_targets
from bridge.targets.dispatch import Dispatcher, close_targets, routes_of
from tests.bridge.rigs import WHOLE_RIG, hit_of, rig_from, snare_mapping

STAGES = [Stage("a", np.array([1.0, 2.0, 3.0])), Stage("none", np.array([]))]


def test_figures_are_median_p95_p99_and_max() -> None:
    row = figures(np.arange(101.0))
    assert [row[name] for name in ("strokes", "median", "p95", "p99", "max")] == [101, 50, 95, 99, 100]


def test_no_stroke_has_no_figures() -> None:
    assert figures(np.array([])) == {"strokes": 0}


def test_bars_stand_where_the_delays_are() -> None:
    line = bars(np.array([0.0, 10.0, 10.0]), 0.0, 10.0)
    assert (line[0], line[-1], line[1:-1].strip()) == ("▅", "█", "")


def test_the_table_says_which_rows_are_added_up() -> None:
    table = latency_table([*STAGES, Stage("sum", np.array([4.0]), "added up")])
    assert list(table.columns[1].cells) == ["measured", "measured", "added up"]


def test_the_loop_has_the_rigs_own_midi_port_or_a_plain_one() -> None:
    din = loop_rig(rig_from(WHOLE_RIG.replace('type = "midi"', 'type = "midi"\nbudget = "din"')), 9).targets[1]
    plain = loop_rig(rig_from('[[drum]]\nname = "x"\n'), 9).targets[1]
    assert isinstance(din, MidiTargetSettings)
    assert isinstance(plain, MidiTargetSettings)
    assert (din.budget, plain.budget) == ("din", "none")


def test_a_drum_of_several_mappings_has_one_in_the_loop_so_that_a_stroke_counts_once() -> None:
    own = '[[drum.play]]\ntarget = "808"\namount = 0.5\n'
    rig = rig_from(f'[[target]]\nname = "808"\ntype = "voice"\n[[drum]]\nname = "x"\n{own}{own}')
    assert [len(one.drum[0].mapped()) for one in (rig, loop_rig(rig, 9))] == [3, 1]


def test_a_stroke_of_the_loop_is_written_by_the_midi_child(tmp_path: Path) -> None:
    rig, mapping = loop_rig(rig_from(WHOLE_RIG), 9), snare_mapping()
    targets = open_loop_targets(rig, tmp_path / "notes")
    began_s = time.monotonic()
    routes = routes_of(rig, {PlayKey("snare"): mapping}, targets, "test")
    dispatcher = Dispatcher(routes, {PlayKey("snare"): mapping}, lambda sample: began_s + sample / 48_000)
    dispatcher.add(mapping(hit_of()))
    close_targets(targets)
    written = notes_written_s(tmp_path / "notes")
    assert len(written) == 1
    assert began_s < written[0] < time.monotonic()


def test_the_picture_is_written(tmp_path: Path) -> None:
    draw_latency(STAGES, tmp_path / "latency.png")
    assert (tmp_path / "latency.png").read_bytes().startswith(b"\x89PNG")
