"""The wiring of the wavetable voice, and what its values set: see `synth.voices.wavetable.table`."""

from __future__ import annotations

from typing import Any

from numpy.typing import ArrayLike

from synth.parts.bands import banded
from synth.parts.coefficients import (
    fade_of,
    gain_of,
    last_until,
    set_bandpass,
    set_burst,
    set_level,
    set_place,
    set_tone,
    top_of,
)
from synth.parts.wiring import ENVELOPE, FILTER, MIX, NOISE, TABLES, Part, Wiring
from synth.voices.circuit import Circuit
from synth.voices.wavetable.table import WAVETABLE
from synth.voices.wavetable.waves import COUNT, shipped_tables

ATTACK_S = 0.001
BAND_Q = 1.0

WIRING = Wiring(
    (
        Part("tone", TABLES),
        Part("white", NOISE),
        Part("band", FILTER, ("white",)),
        Part("noise", ENVELOPE, ("band",)),
        Part("out", MIX, ("tone", "noise")),
    )
)


def solve(v: Any, rate: float, c: Any) -> None:
    """Set the coefficients of a stroke: `synth.parts.solver.solve`."""
    attack = float(round(ATTACK_S * rate))
    top_hz = top_of(v.freq, v.sweep_amount)
    gain, noise_gain = gain_of(v.gain) * fade_of(top_hz, rate), gain_of(v.noise_gain)
    set_tone(c.stroke, c.tone, gain, v.freq, v.decay, v.sweep_amount, v.sweep_decay, attack, rate)
    set_place(c.tone, v.morph_start * (COUNT - 1.0), v.morph_end * (COUNT - 1.0), v.morph_decay, rate)
    set_level(c.tone, top_hz, rate)
    set_bandpass(c.band, v.noise_freq, BAND_Q, rate)
    set_burst(c.noise, 0, noise_gain, v.noise_decay, 0.0, attack, rate)
    last_until(c.stroke, c.noise, noise_gain, v.noise_decay, attack, rate)
    c.stroke.level = gain + noise_gain


def circuit_of(tables: ArrayLike) -> Circuit:
    """Return the voice with other tables: (`COUNT`, `synth.parts.bands.POINTS`) floats."""
    return Circuit(WAVETABLE, WIRING, solve, banded(tables))


CIRCUIT = circuit_of(shipped_tables())
