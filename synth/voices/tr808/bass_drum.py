"""The bass drum: a bridged-T resonator whose centre is high for the first half wave and then sinks by a sigh.

A struck resonator is linear, so a stroke rings on under the next one, as in the circuit, which no trigger resets.
"""

from __future__ import annotations

from typing import Any

from synth.parts.coefficients import set_sine, set_sweep, set_sweep2
from synth.parts.wiring import CONSTANT, ENVELOPE, FILTER, SINE, Part, Wiring
from synth.parts.wiring import DRIVE as SATURATION
from synth.spec import Param, ParamSpace
from synth.voices.circuit import Circuit
from synth.voices.tr808.common import DRIVE, FINE, LEVEL, TRIGGER, kick_of, ring, set_click, set_output

SPACE = ParamSpace(
    "bass-drum",
    (
        TRIGGER,
        Param("body.freq", 30, 120, "Hz", "log", 49.6, "pitch at which it rings", "pitch"),
        Param("body.decay", 40, 6000, "ms", "log", 950, "its ring, to -60 dB: the panel's decay", "decay"),
        Param("body.phase", -0.5, 0.5, "turns", "linear", 0, "where the ring begins"),
        Param("attack.depth", 0, 4, "ratio", "linear", 1.5, "how much higher the first half wave is"),
        Param("attack.decay", 2, 100, "ms", "log", 15, "how long it is so, to -60 dB", "decay"),
        Param("sigh.depth", 0, 0.6, "ratio", "linear", 0.16, "how much higher the pitch begins then"),
        Param("sigh.decay", 50, 3000, "ms", "log", 600, "how long it sinks, to -60 dB", "decay"),
        Param("click.level", -60, 12, "dB", "linear", -6, "level of the trigger's leak", "level"),
        Param("tone.freq", 100, 12_000, "Hz", "log", 450, "cutoff of the low-pass: the panel's tone"),
        DRIVE,
        LEVEL,
    ),
)

WIRING = Wiring(
    (
        Part("body", SINE, count=2),
        Part("one", CONSTANT),
        Part("pulse", ENVELOPE, ("one",), 2),
        Part("click", FILTER, ("body", "pulse")),
        Part("out", SATURATION, ("click",), FINE),
    )
)
_ATTACK_MS = 0.5


def solve(v: Any, rate: float, c: Any) -> None:
    """Set the coefficients of a stroke: `synth.parts.solver.solve`."""
    kick = kick_of(v.trigger)
    set_sine(c.body, kick, v.body_freq, v.body_decay, round(_ATTACK_MS * 0.001 * rate), rate)
    c.body.phase = v.body_phase
    set_sweep(c.body, v.attack_depth, v.attack_decay, rate)
    # The sigh comes from the amplitude, so a harder kick sinks further.
    set_sweep2(c.body, v.sigh_depth * kick, v.sigh_decay, rate)
    set_click(c, kick, v.click_level, v.tone_freq, rate)
    set_output(c.out, v.drive, v.level, kick, v.body_freq * (1.0 + v.attack_depth), rate)
    ring(c, c.body, kick, v.body_decay, _ATTACK_MS, rate)
    c.stroke.level = c.out.level * c.out.gain


CIRCUIT = Circuit(SPACE, WIRING, solve)
