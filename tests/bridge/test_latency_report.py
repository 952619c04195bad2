"""Delays as tables, bars and pictures."""

from pathlib import Path

import numpy as np

from bridge.latency_report import bars, draw_latency, figures
from bridge.loopback import Stage

STAGES = [Stage("a", np.array([1.0, 2.0, 3.0])), Stage("none", np.array([]))]


def test_figures_are_median_p95_p99_and_max() -> None:
    row = figures(np.arange(101.0))
    assert [row[name] for name in ("strokes", "median", "p95", "p99", "max")] == [101, 50, 95, 99, 100]


def test_no_stroke_has_no_figures() -> None:
    assert figures(np.array([])) == {"strokes": 0}


def test_bars_stand_where_the_delays_are() -> None:
    line = bars(np.array([0.0, 10.0, 10.0]), 0.0, 10.0)
    assert (line[0], line[-1], line[1:-1].strip()) == ("▅", "█", "")


def test_the_picture_is_written(tmp_path: Path) -> None:
    draw_latency(STAGES, tmp_path / "latency.png")
    assert (tmp_path / "latency.png").read_bytes().startswith(b"\x89PNG")
