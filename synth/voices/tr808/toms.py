"""Toms and congas: a bridged-T resonator that is bent a little; the toms have a skin of low noise besides."""

from __future__ import annotations

from typing import Any

from synth.parts.coefficients import gain_of, set_burst, set_lowpass, set_sine, set_sweep
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

_ATTACK_MS = 0.2
_BODY = Part("body", SINE, count=1)
_SKIN = (
    Part("white", NOISE),
    Part("skin_low", FILTER, ("white",)),
    Part("skin", ENVELOPE, ("skin_low",), 2),
)


def _space(name: str, freq_hz: float, decay_ms: float, skin: bool) -> ParamSpace:
    """Return the table of a tom, or of a conga, which has no skin."""
    own = (
        Param("skin.level", -60, 6, "dB", "linear", -24, "level of the skin", "level"),
        Param("skin.freq", 60, 4000, "Hz", "log", 400, "cutoff of the skin's low-pass"),
        Param("skin.decay", 20, 3000, "ms", "log", 800, "length of the skin, to -60 dB", "decay"),
        Param("skin.tail", -60, 0, "dB", "linear", -20, "level of its slower second part", "level"),
        Param("skin.tail_decay", 100, 6000, "ms", "log", 2500, "length of that, to -60 dB", "decay"),
    )
    return ParamSpace(
        name,
        (
            TRIGGER,
            Param("body.freq", freq_hz / 2, freq_hz * 2, "Hz", "log", freq_hz, "pitch at which it rings", "pitch"),
            Param("body.decay", 40, 3000, "ms", "log", decay_ms, "its ring, to -60 dB", "decay"),
            Param("body.phase", -0.5, 0.5, "turns", "linear", 0, "where the ring begins"),
            Param("bend.depth", 0, 0.5, "ratio", "linear", 0.04, "how much higher the pitch begins"),
            Param("bend.decay", 10, 2000, "ms", "log", 250, "how long it sinks, to -60 dB", "decay"),
            *CLICK,
            *(own if skin else ()),
            DRIVE,
            LEVEL,
        ),
    )


def _solve_body(v: Any, rate: float, c: Any, kick: Any) -> None:
    set_sine(c.body, kick, v.body_freq, v.body_decay, round(_ATTACK_MS * 0.001 * rate), rate)
    c.body.phase = v.body_phase
    set_sweep(c.body, v.bend_depth * kick, v.bend_decay, rate)
    set_click(c, kick, v.click_level, v.click_freq, rate)
    set_output(c.out, v.drive, v.level, kick, v.body_freq * (1.0 + v.bend_depth * kick), rate)
    ring(c, c.body, kick, v.body_decay, _ATTACK_MS, rate)
    c.stroke.level = c.out.level * c.out.gain


def solve_conga(v: Any, rate: float, c: Any) -> None:
    """Set the coefficients of a stroke: `synth.parts.solver.solve`."""
    _solve_body(v, rate, c, kick_of(v.trigger))


def solve_tom(v: Any, rate: float, c: Any) -> None:
    """Set the coefficients of a stroke: `synth.parts.solver.solve`."""
    kick = kick_of(v.trigger)
    _solve_body(v, rate, c, kick)
    set_lowpass(c.skin_low, v.skin_freq, 0.5, rate)
    level, tail = kick * gain_of(v.skin_level), kick * gain_of(v.skin_level + v.skin_tail)
    rise = 0.001 * rate
    set_burst(c.skin, 0, level, v.skin_decay, 0.0, rise, rate)
    set_burst(c.skin, 1, tail, v.skin_tail_decay, 0.0, rise, rate)
    ring(c, c.skin, level, v.skin_decay, 1.0, rate)
    ring(c, c.skin, tail, v.skin_tail_decay, 1.0, rate)


_CONGA = Wiring((_BODY, *CLICK_PARTS, Part("out", SATURATION, ("body", "click"), FINE)))
_TOM = Wiring((_BODY, *CLICK_PARTS, *_SKIN, Part("out", SATURATION, ("body", "click", "skin"), FINE)))

LOW_TOM = Circuit(_space("low-tom", 88.4, 600, True), _TOM, solve_tom)
MID_TOM = Circuit(_space("mid-tom", 135, 390, True), _TOM, solve_tom)
HIGH_TOM = Circuit(_space("high-tom", 188, 290, True), _TOM, solve_tom)
LOW_CONGA = Circuit(_space("low-conga", 200, 530, False), _CONGA, solve_conga)
MID_CONGA = Circuit(_space("mid-conga", 280, 268, False), _CONGA, solve_conga)
HIGH_CONGA = Circuit(_space("high-conga", 412, 236, False), _CONGA, solve_conga)
