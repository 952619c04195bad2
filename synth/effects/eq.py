"""The equaliser: a low shelf, four bells and a high shelf in series."""

from __future__ import annotations

from typing import Any

from synth.effects import tables
from synth.effects.series import Stage, series
from synth.effects.shelves import set_high_shelf, set_low_shelf, set_peak

STAGES = tuple(Stage(name) for name in ("low_shelf", *tables.PEAKS, "high_shelf"))


def solve(v: Any, rate: float, c: Any) -> None:
    """Set the coefficients: `synth.parts.solver.solve`."""
    set_low_shelf(c.low_shelf, v.low_shelf_gain, v.low_shelf_freq, v.low_shelf_q, rate)
    set_peak(c.peak1, v.peak1_gain, v.peak1_freq, v.peak1_q, rate)
    set_peak(c.peak2, v.peak2_gain, v.peak2_freq, v.peak2_q, rate)
    set_peak(c.peak3, v.peak3_gain, v.peak3_freq, v.peak3_q, rate)
    set_peak(c.peak4, v.peak4_gain, v.peak4_freq, v.peak4_q, rate)
    set_high_shelf(c.high_shelf, v.high_shelf_gain, v.high_shelf_freq, v.high_shelf_q, rate)


def bends(stage: int) -> bool:
    """Return whether a stage is a saturation: none is."""
    return False


EQ = series(tables.EQ, STAGES, solve, bends)
