"""The amp: a first stage that bends one side more than the other, a tone stack, a power stage and its transformer.

The way of the signal is that of Yeh's differentiable guitar amp (2024): filter, asymmetric shaping, tone stack of a low
shelf, a bell and a high shelf, a power stage that clips both sides alike, and the output transformer's filter.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from synth.effects import tables
from synth.effects.series import Stage, series
from synth.effects.shelves import set_high_shelf, set_low_shelf, set_peak
from synth.parts.coefficients import gain_of, set_drive, set_highpass, set_lowpass

STAGES = (
    Stage("coupling"),
    Stage("triode", bends=True),
    Stage("blocking"),
    Stage("bass"),
    Stage("middle"),
    Stage("treble"),
    Stage("power", bends=True),
    Stage("transformer_low"),
    Stage("transformer_high"),
)
_TRIODE, _POWER = 1, 6
_FLAT_Q = float(np.sqrt(0.5))
COUPLING_HZ, BLOCKING_HZ = 30.0, 20.0
BASS_HZ, MIDDLE_HZ, TREBLE_HZ, MIDDLE_Q = 120.0, 600.0, 2500.0, 0.6
TONE_DB_PER_MARK = 3.0
TRANSFORMER_LOW_HZ, TRANSFORMER_HIGH_HZ = 35.0, 9000.0
BIAS = 0.4
"""Where on its curve the first stage rests: even harmonics come from it."""
FIRST_GAIN_DB, GAIN_DB_PER_MARK = -6.0, 5.0
FIRST_MASTER_DB, MASTER_DB_PER_MARK = -6.0, 2.4


def solve(v: Any, rate: float, c: Any) -> None:
    """Set the coefficients: `synth.parts.solver.solve`."""
    set_highpass(c.coupling, COUPLING_HZ + 0.0 * v.gain, _FLAT_Q, rate)
    gain, rest = gain_of(FIRST_GAIN_DB + GAIN_DB_PER_MARK * v.gain), np.tanh(BIAS)
    # A soft sound passes the first stage with a gain that grows half as fast as what it is driven by: so the knob sets
    # how far it bends more than how loud it is.
    set_drive(c.triode, gain, BIAS + 0.0 * v.gain, gain_of(-0.5 * GAIN_DB_PER_MARK * v.gain) / (1.0 - rest * rest))
    set_highpass(c.blocking, BLOCKING_HZ + 0.0 * v.gain, _FLAT_Q, rate)
    set_low_shelf(c.bass, TONE_DB_PER_MARK * (v.bass - 5.0), BASS_HZ + 0.0 * v.bass, _FLAT_Q, rate)
    set_peak(c.middle, TONE_DB_PER_MARK * (v.middle - 5.0), MIDDLE_HZ + 0.0 * v.middle, MIDDLE_Q, rate)
    set_high_shelf(c.treble, TONE_DB_PER_MARK * (v.treble - 5.0), TREBLE_HZ + 0.0 * v.treble, _FLAT_Q, rate)
    set_drive(
        c.power,
        gain_of(FIRST_MASTER_DB + MASTER_DB_PER_MARK * v.master),
        0.0 * v.master,
        gain_of(-0.5 * MASTER_DB_PER_MARK * v.master),
    )
    set_highpass(c.transformer_low, TRANSFORMER_LOW_HZ + 0.0 * v.master, _FLAT_Q, rate)
    set_lowpass(c.transformer_high, TRANSFORMER_HIGH_HZ + 0.0 * v.master, _FLAT_Q, rate)


def bends(stage: int) -> bool:
    """Return whether a stage is a saturation."""
    return stage in (_TRIODE, _POWER)


AMP = series(tables.AMP, STAGES, solve, bends)
