"""The wiring of the FM voice, and what its values set: see `synth.voices.fm.table`."""

from __future__ import annotations

from typing import Any

from synth.parts.coefficients import (
    HIGHEST,
    at_least,
    fade_of,
    gain_of,
    last_until,
    most_index,
    set_bandpass,
    set_burst,
    set_modulator,
    set_tone,
    top_of,
    within,
)
from synth.parts.wiring import ENVELOPE, FILTER, MIX, NOISE, Part, Wiring
from synth.parts.wiring import FM as FM_PART
from synth.voices.circuit import Circuit
from synth.voices.fm.table import FM

ATTACK_S = 0.001
BAND_Q = 1.0
LEAST_SIDEBANDS = 0.01
"""An index that is held to nothing is still held by a number, so that it has a slope."""

WIRING = Wiring(
    (
        Part("tone", FM_PART, count=2),
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
    index1, index2 = _held(v, top_hz, rate)
    set_modulator(c.tone, 0, v.mod1_ratio, index1, v.mod1_decay, rate)
    set_modulator(c.tone, 1, v.mod2_ratio, index2, v.mod2_decay, rate)
    set_bandpass(c.band, v.noise_freq, BAND_Q, rate)
    set_burst(c.noise, 0, noise_gain, v.noise_decay, 0.0, attack, rate)
    last_until(c.stroke, c.noise, noise_gain, v.noise_decay, attack, rate)
    c.stroke.level = gain + noise_gain


def _held(v: Any, top_hz: Any, rate: float) -> tuple[Any, Any]:
    """Return both indices, held so that the sidebands of the highest pitch stay below half the sample rate.

    The room above the carrier is divided as both ask for it.
    """
    room_hz = at_least(HIGHEST * rate - top_hz, 0.0)
    pitch1_hz, pitch2_hz = v.mod1_ratio * top_hz, v.mod2_ratio * top_hz
    asked1, asked2 = pitch1_hz * _reach(v.mod1_index), pitch2_hz * _reach(v.mod2_index)
    share = room_hz / (asked1 + asked2)
    most1 = most_index(asked1 * share / pitch1_hz + LEAST_SIDEBANDS)
    most2 = most_index(asked2 * share / pitch2_hz + LEAST_SIDEBANDS)
    return within(v.mod1_index, most1), within(v.mod2_index, most2)


def _reach(index: Any) -> Any:
    """Return about how many sidebands an index asks for."""
    return 0.01 + 1.25 * index + 5.0 * index / (index + 0.3)


CIRCUIT = Circuit(FM, WIRING, solve)
