"""The wiring of the 808 snare, and what its 14 values set: see `synth.voices.snare808.table` for the signal's way."""

from __future__ import annotations

from typing import Any

from synth.parts.coefficients import (
    gain_of,
    last_until,
    set_burst,
    set_drive,
    set_highpass,
    set_sine,
    set_sweep,
)
from synth.parts.wiring import DRIVE, ENVELOPE, FILTER, NOISE, SINE, Part, Wiring
from synth.voices.circuit import Circuit
from synth.voices.snare808.table import SNARE808

ATTACK_S = 0.001

WIRING = Wiring(
    (
        Part("osc1", SINE),
        Part("osc2", SINE),
        Part("white", NOISE),
        Part("noise_filter", FILTER, ("white",)),
        Part("noise", ENVELOPE, ("noise_filter",)),
        Part("out", DRIVE, ("osc1", "osc2", "noise")),
    )
)


def solve(v: Any, rate: float, c: Any) -> None:
    """Set the coefficients of a stroke: `synth.parts.solver.solve`."""
    attack = float(round(ATTACK_S * rate))
    drive = gain_of(v.drive)
    gain1, gain2, noise_gain = gain_of(v.osc1_gain), gain_of(v.osc2_gain), gain_of(v.noise_gain)
    set_sine(c.osc1, gain1, v.osc1_freq, v.osc1_env_decay, attack, rate)
    set_sine(c.osc2, gain2, v.osc2_freq, v.osc2_env_decay, attack, rate)
    set_sweep(c.osc1, v.osc1_mod, v.freq_env_decay, rate)
    set_sweep(c.osc2, v.osc2_mod, v.freq_env_decay, rate)
    set_highpass(c.noise_filter, v.noise_filter_freq, v.noise_filter_q, rate)
    set_burst(c.noise, 0, noise_gain, v.noise_env_decay, 0.0, attack, rate)
    set_drive(c.out, drive, 0.0, 1.0)
    last_until(c.stroke, c.osc1, drive * gain1, v.osc1_env_decay, attack, rate)
    last_until(c.stroke, c.osc2, drive * gain2, v.osc2_env_decay, attack, rate)
    # The resonance lifts white noise to a spread near the root of q; its peaks stay below 1.5 + q.
    last_until(c.stroke, c.noise, drive * noise_gain * (1.5 + v.noise_filter_q), v.noise_env_decay, attack, rate)
    c.stroke.level = drive * (gain1 + gain2 + noise_gain)


CIRCUIT = Circuit(SNARE808, WIRING, solve)
