"""The snare drum: two shells, the trigger's leak, and the snappy, noise that is louder and longer when hit harder."""

from __future__ import annotations

from typing import Any

from synth.parts.coefficients import gain_of, set_burst, set_first_order, set_highpass, set_sine
from synth.parts.wiring import DRIVE as SATURATION
from synth.parts.wiring import ENVELOPE, FILTER, NOISE, SINE, Part, Wiring
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
    ring,
    set_click,
    set_output,
)

SPACE = ParamSpace(
    "snare-drum",
    (
        TRIGGER,
        Param("low.freq", 80, 400, "Hz", "log", 172, "pitch of the low shell", "pitch"),
        Param("low.decay", 20, 2000, "ms", "log", 197, "its ring, to -60 dB", "decay"),
        Param("low.level", -60, 6, "dB", "linear", -7, "level of the low shell: the panel's tone", "level"),
        Param("low.phase", -0.5, 0.5, "turns", "linear", -0.2, "where its ring begins"),
        Param("high.freq", 160, 800, "Hz", "log", 340, "pitch of the high shell", "pitch"),
        Param("high.decay", 10, 1000, "ms", "log", 62, "its ring, to -60 dB", "decay"),
        Param("high.level", -60, 6, "dB", "linear", -7, "level of the high shell: the panel's tone", "level"),
        Param("high.phase", -0.5, 0.5, "turns", "linear", -0.4, "where its ring begins"),
        *CLICK,
        Param("snappy.level", -60, 12, "dB", "linear", -6, "level of the noise: the panel's snappy", "level"),
        Param("snappy.decay", 20, 3000, "ms", "log", 215, "its length, to -60 dB: the panel's snappy", "decay"),
        Param("snappy.tail", -60, 0, "dB", "linear", -50, "level of its slower second part", "level"),
        Param("snappy.tail_decay", 50, 6000, "ms", "log", 800, "length of that, to -60 dB", "decay"),
        Param("snappy.highpass", 200, 12_000, "Hz", "log", 2050, "cutoff below the noise"),
        Param("snappy.q", 0.4, 8, "Q", "log", 0.9, "resonance there"),
        Param("snappy.lowpass", 1000, 20_000, "Hz", "log", 7500, "cutoff above the noise"),
        DRIVE,
        LEVEL,
    ),
)

WIRING = Wiring(
    (
        Part("low", SINE, count=0),
        Part("high", SINE, count=0),
        *CLICK_PARTS,
        Part("white", NOISE),
        Part("highpass", FILTER, ("white",)),
        Part("lowpass", FILTER, ("highpass",)),
        Part("snappy", ENVELOPE, ("lowpass",), 2),
        Part("out", SATURATION, ("low", "high", "click", "snappy"), FINE),
    )
)
_ATTACK_MS, _SNAPPY_RISE_MS = 0.6, 0.6


def solve(v: Any, rate: float, c: Any) -> None:
    """Set the coefficients of a stroke: `synth.parts.solver.solve`."""
    kick = kick_of(v.trigger)
    attack = round(_ATTACK_MS * 0.001 * rate)
    low, high = kick * gain_of(v.low_level), kick * gain_of(v.high_level)
    set_sine(c.low, low, v.low_freq, v.low_decay, attack, rate)
    set_sine(c.high, high, v.high_freq, v.high_decay, attack, rate)
    c.low.phase, c.high.phase = v.low_phase, v.high_phase
    set_click(c, kick, v.click_level, v.click_freq, rate)
    set_highpass(c.highpass, v.snappy_highpass, v.snappy_q, rate)
    set_first_order(c.lowpass, v.snappy_lowpass, 1.0, 0.0, rate)
    # The trigger's voltage charges the envelope, so what is hit harder also takes longer to fall to the same level.
    level = kick * gain_of(v.snappy_level)
    tail = level * gain_of(v.snappy_tail)
    rise = _SNAPPY_RISE_MS * 0.001 * rate
    decay_ms, tail_ms = v.snappy_decay * kick, v.snappy_tail_decay * kick
    set_burst(c.snappy, 0, level, decay_ms, 0.0, rise, rate)
    set_burst(c.snappy, 1, tail, tail_ms, 0.0, rise, rate)
    set_output(c.out, v.drive, v.level, low + high, v.high_freq, rate)
    ring(c, c.low, low, v.low_decay, _ATTACK_MS, rate)
    ring(c, c.high, high, v.high_decay, _ATTACK_MS, rate)
    ring(c, c.snappy, level * (1.5 + v.snappy_q), decay_ms, _SNAPPY_RISE_MS, rate)
    ring(c, c.snappy, tail * (1.5 + v.snappy_q), tail_ms, _SNAPPY_RISE_MS, rate)
    c.stroke.level = c.out.level * c.out.gain


CIRCUIT = Circuit(SPACE, WIRING, solve)
