"""The maracas: bright noise that swells, and is cut off by a diode as it falls."""

from __future__ import annotations

from typing import Any

import numpy as np

from synth.parts.coefficients import LN_60_DB, gain_of, set_burst, set_first_order, set_highpass
from synth.parts.wiring import ENVELOPE, FILTER, NOISE, Part, Wiring
from synth.spec import Param, ParamSpace
from synth.voices.circuit import Circuit
from synth.voices.tr808.common import LEVEL, TRIGGER, kick_of

SPACE = ParamSpace(
    "maracas",
    (
        TRIGGER,
        Param("swell.time", 1, 60, "ms", "log", 21, "time in which it rises"),
        Param("swell.curve", 1, 200, "ms", "log", 11, "how early it does: the time constant of the rise"),
        Param("body.decay", 5, 300, "ms", "log", 30, "its fall, to -60 dB", "decay"),
        Param("gate.floor", 0.001, 0.5, "ratio", "log", 0.09, "level at which the diode cuts it off"),
        Param("highpass", 1000, 16_000, "Hz", "log", 7470, "cutoff below"),
        Param("highpass_q", 0.4, 5, "Q", "log", 1, "resonance there"),
        Param("lowpass", 1000, 20_000, "Hz", "log", 2800, "cutoff above, of first order"),
        LEVEL,
    ),
)

WIRING = Wiring(
    (
        Part("white", NOISE),
        Part("high", FILTER, ("white",)),
        Part("low", FILTER, ("high",)),
        Part("gate", ENVELOPE, ("low",), 5),
    )
)

_ENDLESS_MS = 1e9
_GAIN = 4.0
"""So that a stroke is about as loud as one of the other circuits at the same level."""


def solve(v: Any, rate: float, c: Any) -> None:
    """Set the coefficients of a stroke: `synth.parts.solver.solve`."""
    kick = kick_of(v.trigger)
    level = _GAIN * kick * gain_of(v.level)
    set_highpass(c.high, v.highpass, v.highpass_q, rate)
    set_first_order(c.low, v.lowpass, 1.0, 0.0, rate)
    # A charge up to the swell's time, a discharge after it, and a threshold that is taken away from both.
    floor, curve_ms = v.gate_floor / kick, v.swell_curve * LN_60_DB
    left = np.exp(-v.swell_time / v.swell_curve)
    top = 1.0 - left + floor
    set_burst(c.gate, 0, level, _ENDLESS_MS, 0.0, 1.0, rate)
    set_burst(c.gate, 1, -level, curve_ms, 0.0, 1.0, rate)
    set_burst(c.gate, 2, -level * (1.0 + floor), _ENDLESS_MS, v.swell_time, 1.0, rate)
    set_burst(c.gate, 3, level * left, curve_ms, v.swell_time, 1.0, rate)
    set_burst(c.gate, 4, level * top, v.body_decay, v.swell_time, 1.0, rate)
    shut_ms = v.swell_time + v.body_decay * (np.log(top / floor) / LN_60_DB)
    c.gate.until = c.stroke.end = shut_ms.real * 0.001 * rate
    c.stroke.level = level


CIRCUIT = Circuit(SPACE, WIRING, solve)
