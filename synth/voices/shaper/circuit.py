"""The wiring of the shaper, and what its values set: see `synth.voices.shaper.table`."""

from __future__ import annotations

from typing import Any

from synth.parts.coefficients import (
    at_least,
    at_most,
    fade_of,
    gain_of,
    last_until,
    set_bandpass,
    set_burst,
    set_index,
    set_tone,
)
from synth.parts.wiring import ENVELOPE, FILTER, MIX, NOISE, Part, Wiring
from synth.parts.wiring import SHAPER as SHAPER_PART
from synth.voices.circuit import Circuit
from synth.voices.shaper.shapes import SHAPES, TERMS
from synth.voices.shaper.table import SHAPER

ATTACK_S = 0.001
BAND_Q = 1.0
SHAPE_COUNT = len(SHAPES)

WIRING = Wiring(
    (
        Part("tone", SHAPER_PART, count=TERMS),
        Part("white", NOISE),
        Part("band", FILTER, ("white",)),
        Part("noise", ENVELOPE, ("band",)),
        Part("out", MIX, ("tone", "noise")),
    )
)


def solve(v: Any, rate: float, c: Any) -> None:
    """Set the coefficients of a stroke: `synth.voices.circuit.solve`."""
    attack = float(round(ATTACK_S * rate))
    top_hz = v.freq * (1.0 + at_least(v.sweep_amount, 0.0))
    gain, noise_gain = gain_of(v.gain), gain_of(v.noise_gain)
    set_tone(c.stroke, c.tone, gain, v.freq, v.decay, v.sweep_amount, v.sweep_decay, attack, rate)
    set_index(c.tone, v.index_peak, v.index_rest, v.index_decay, rate)
    _set_series(c.tone, v.shape * (SHAPE_COUNT - 1.0), top_hz, rate)
    set_bandpass(c.band, v.noise_freq, BAND_Q, rate)
    set_burst(c.noise, 0, noise_gain, v.noise_decay, 0.0, attack, rate)
    last_until(c.stroke, c.noise, noise_gain, v.noise_decay, attack, rate)
    c.stroke.level = gain + noise_gain


def _set_series(part: Any, place: Any, top_hz: Any, rate: float) -> None:
    """Blend the two shapes beside a place, without what is too high."""
    for shape in range(SHAPE_COUNT):
        rising, falling = place - (shape - 1.0), (shape + 1.0) - place
        share = at_least(at_most(rising if rising.real < falling.real else falling, 1.0), 0.0)
        for k in range(TERMS):
            part.odd[k] += share * SHAPES[shape, 0, k]
            part.even[k] += share * SHAPES[shape, 1, k]
    for k in range(TERMS):
        part.odd[k] *= fade_of((2.0 * k + 1.0) * top_hz, rate)
        part.even[k] *= fade_of((2.0 * k + 2.0) * top_hz, rate)


CIRCUIT = Circuit(SHAPER, WIRING, solve)
