"""The claves: one high ring that a diode cuts off, and the trigger's click."""

from __future__ import annotations

from typing import Any

import numpy as np

from synth.parts.coefficients import LN_60_DB, set_closing, set_sine
from synth.parts.wiring import DRIVE as SATURATION
from synth.parts.wiring import ENVELOPE, SINE, Part, Wiring
from synth.spec import Param, ParamSpace
from synth.voices.circuit import Circuit
from synth.voices.tr808.common import (
    CLICK,
    CLICK_PARTS,
    DRIVE,
    FINE,
    LEVEL,
    TRIGGER,
    kick_of,
    set_click,
    set_output,
    threshold_of,
)

SPACE = ParamSpace(
    "claves",
    (
        TRIGGER,
        Param("body.freq", 1200, 5000, "Hz", "log", 2418, "pitch", "pitch"),
        Param("body.decay", 10, 500, "ms", "log", 80, "its ring, to -60 dB", "decay"),
        Param("body.phase", -0.5, 0.5, "turns", "linear", 0, "where the ring begins"),
        Param("gate.floor", 0.001, 0.5, "ratio", "log", 0.05, "level at which the diode cuts it off"),
        Param("gate.width", 0.1, 20, "ms", "log", 1, "how gently it does"),
        *CLICK,
        DRIVE,
        LEVEL,
    ),
)

WIRING = Wiring(
    (
        Part("body", SINE, count=0),
        Part("gate", ENVELOPE, ("body",), 3),
        *CLICK_PARTS,
        Part("out", SATURATION, ("gate", "click"), FINE),
    )
)
_ATTACK_MS = 0.05


def solve(v: Any, rate: float, c: Any) -> None:
    """Set the coefficients of a stroke: `synth.parts.solver.solve`."""
    kick, attack = kick_of(v.trigger), max(round(_ATTACK_MS * 0.001 * rate), 1)
    # The gate holds the decay; the sine itself does not fall.
    set_sine(c.body, 1.0, v.body_freq, 1e9, attack, rate)
    c.body.phase = v.body_phase
    time_ms = v.body_decay * (-np.log(threshold_of(v.gate_floor, kick)) / LN_60_DB)
    set_closing(c.gate, 0, kick, v.body_decay, time_ms, v.gate_width, attack, rate)
    shut = time_ms * (0.001 * rate) + attack
    set_click(c, kick, v.click_level, v.click_freq, rate)
    set_output(c.out, v.drive, v.level, kick, v.body_freq, rate)
    c.body.until = c.gate.until = shut.real
    c.stroke.end = max(c.stroke.end.real, shut.real)
    c.stroke.level = c.out.level * c.out.gain


CIRCUIT = Circuit(SPACE, WIRING, solve)
