"""The wiring of the shaper, and what its values set: see `synth.voices.shaper.table`."""

from __future__ import annotations

from typing import Any

from synth.parts.coefficients import (
    fade_of,
    gain_of,
    last_until,
    set_bandpass,
    set_burst,
    set_index,
    set_tone,
    top_of,
)
from synth.parts.wiring import ENVELOPE, FILTER, MIX, NOISE, Part, Wiring
from synth.parts.wiring import SHAPER as SHAPER_PART
from synth.voices.circuit import Circuit
from synth.voices.shaper.shapes import SHAPES, TERMS, extended
from synth.voices.shaper.table import SHAPER

ATTACK_S = 0.001
BAND_Q = 1.0
SHAPE_COUNT = len(SHAPES)
ROW = extended(SHAPES)

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
    """Set the coefficients of a stroke: `synth.parts.solver.solve`."""
    attack = float(round(ATTACK_S * rate))
    top_hz = top_of(v.freq, v.sweep_amount)
    gain, noise_gain = gain_of(v.gain), gain_of(v.noise_gain)
    set_tone(c.stroke, c.tone, gain, v.freq, v.decay, v.sweep_amount, v.sweep_decay, attack, rate)
    set_index(c.tone, v.index_peak, v.index_rest, v.index_decay, rate)
    _set_series(c.tone, v.shape * (SHAPE_COUNT - 1.0), top_hz, rate)
    set_bandpass(c.band, v.noise_freq, BAND_Q, rate)
    set_burst(c.noise, 0, noise_gain, v.noise_decay, 0.0, attack, rate)
    last_until(c.stroke, c.noise, noise_gain, v.noise_decay, attack, rate)
    c.stroke.level = gain + noise_gain


def _set_series(part: Any, place: Any, top_hz: Any, rate: float) -> None:
    """Blend the shapes around a place by a cubic that passes through each (Catmull-Rom), without what is too high."""
    lower = min(int(place.real), SHAPE_COUNT - 2)
    t = place - lower
    w0, w3 = t * t - 0.5 * t * (1.0 + t * t), 0.5 * t * t * (t - 1.0)
    w1, w2 = 1.0 + t * t * (1.5 * t - 2.5), t * (0.5 + t * (2.0 - 1.5 * t))
    for k in range(TERMS):
        for series in range(2):
            blend = w0 * ROW[lower, series, k] + w1 * ROW[lower + 1, series, k]
            blend += w2 * ROW[lower + 2, series, k] + w3 * ROW[lower + 3, series, k]
            if series == 0:
                part.odd[k] = blend
            else:
                part.even[k] = blend
    for k in range(TERMS):
        part.odd[k] *= fade_of((2.0 * k + 1.0) * top_hz, rate)
        part.even[k] *= fade_of((2.0 * k + 2.0) * top_hz, rate)


CIRCUIT = Circuit(SHAPER, WIRING, solve)
