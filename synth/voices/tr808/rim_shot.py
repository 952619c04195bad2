"""The rim shot: two short rings into a clipping amplifier, a high-pass, and a gate."""

from __future__ import annotations

from typing import Any

from synth.parts.coefficients import (
    gain_of,
    keep_from_folding,
    set_burst,
    set_drive,
    set_first_order,
    set_gated,
    set_sine,
)
from synth.parts.wiring import CONSTANT, DRIVE, ENVELOPE, FILTER, SINE, Part, Wiring
from synth.spec import Param, ParamSpace
from synth.voices.circuit import Circuit
from synth.voices.tr808.common import FINE, LEVEL, TRIGGER, kick_of

SPACE = ParamSpace(
    "rim-shot",
    (
        TRIGGER,
        Param("low.freq", 200, 1000, "Hz", "log", 452, "pitch of the low ring", "pitch"),
        Param("low.decay", 5, 200, "ms", "log", 33, "its length, to -60 dB", "decay"),
        Param("low.level", -24, 12, "dB", "linear", 0, "its level into the amplifier", "level"),
        Param("low.phase", -0.5, 0.5, "turns", "linear", 0, "where it begins"),
        Param("high.freq", 800, 4000, "Hz", "log", 1700, "pitch of the high ring", "pitch"),
        Param("high.decay", 3, 100, "ms", "log", 12, "its length, to -60 dB", "decay"),
        Param("high.level", -24, 12, "dB", "linear", 2, "its level into the amplifier", "level"),
        Param("high.phase", -0.5, 0.5, "turns", "linear", 0, "where it begins"),
        Param("clip.drive", -12, 36, "dB", "linear", 20, "how hard the amplifier clips"),
        Param("clip.bias", -2, 2, "ratio", "linear", 0.4, "how unevenly it does, at first"),
        Param("clip.bias_decay", 2, 100, "ms", "log", 22, "how long it does so, to -60 dB", "decay"),
        Param("gate.decay", 5, 200, "ms", "log", 45, "how fast the amplifier closes, to -60 dB", "decay"),
        Param("gate.floor", 0.003, 0.5, "ratio", "log", 0.2, "level at which it shuts"),
        Param("highpass", 100, 8000, "Hz", "log", 1800, "cutoff below"),
        Param("lowpass", 2000, 20_000, "Hz", "log", 18_000, "cutoff above"),
        LEVEL,
    ),
)

WIRING = Wiring(
    (
        Part("low", SINE, count=0),
        Part("high", SINE, count=0),
        Part("one", CONSTANT),
        Part("bias", ENVELOPE, ("one",)),
        Part("clip", DRIVE, ("low", "high", "bias"), FINE),
        Part("gate", ENVELOPE, ("clip",), 2),
        Part("highpass", FILTER, ("gate",)),
        Part("lowpass", FILTER, ("highpass",)),
    )
)
_ATTACK_MS, _RING_OUT_MS = 0.05, 5.0


def solve(v: Any, rate: float, c: Any) -> None:
    """Set the coefficients of a stroke: `synth.parts.solver.solve`."""
    kick, attack = kick_of(v.trigger), max(round(_ATTACK_MS * 0.001 * rate), 1)
    low, high = gain_of(v.low_level), gain_of(v.high_level)
    set_sine(c.low, low, v.low_freq, v.low_decay, attack, rate)
    set_sine(c.high, high, v.high_freq, v.high_decay, attack, rate)
    c.low.phase, c.high.phase = v.low_phase, v.high_phase
    set_burst(c.bias, 0, -v.clip_bias, v.clip_bias_decay, 0.0, attack, rate)
    set_drive(c.clip, kick * gain_of(v.clip_drive), 0.0, 1.0)
    keep_from_folding(c.clip, low + high, v.high_freq, rate)
    # A harder trigger opens the gate further, so it shuts later.
    shut = set_gated(c.gate, 0, kick * gain_of(v.level), v.gate_decay * kick, v.gate_floor, attack, rate)
    set_first_order(c.highpass, v.highpass, 0.0, 1.0, rate)
    set_first_order(c.lowpass, v.lowpass, 1.0, 0.0, rate)
    c.low.until = c.high.until = c.bias.until = c.gate.until = shut.real
    c.stroke.end = shut.real + _RING_OUT_MS * 0.001 * rate
    c.stroke.level = kick * gain_of(v.level)


CIRCUIT = Circuit(SPACE, WIRING, solve)
