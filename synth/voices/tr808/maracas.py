"""The maracas: bright noise that swells, and is cut off by a diode as it falls."""

from __future__ import annotations

from typing import Any

from synth.parts.coefficients import gain_of, set_first_order, set_gated, set_highpass
from synth.parts.wiring import ENVELOPE, FILTER, NOISE, Part, Wiring
from synth.spec import Param, ParamSpace
from synth.voices.circuit import Circuit
from synth.voices.tr808.common import LEVEL, TRIGGER, kick_of

SPACE = ParamSpace(
    "maracas",
    (
        TRIGGER,
        Param("swell", 0.5, 50, "ms", "log", 21, "time in which it rises"),
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
        Part("gate", ENVELOPE, ("low",), 2),
    )
)


def solve(v: Any, rate: float, c: Any) -> None:
    """Set the coefficients of a stroke: `synth.voices.circuit.solve`."""
    kick = kick_of(v.trigger)
    level = kick * gain_of(v.level)
    set_highpass(c.high, v.highpass, v.highpass_q, rate)
    set_first_order(c.low, v.lowpass, 1.0, 0.0, rate)
    shut = set_gated(c.gate, 0, level, v.body_decay, v.gate_floor / kick, v.swell * 0.001 * rate, rate)
    c.gate.until = c.stroke.end = shut.real
    c.stroke.level = level


CIRCUIT = Circuit(SPACE, WIRING, solve)
