"""The cowbell: two squares, a fall in two stages, an amplifier that is not quite even, and a band-pass."""

from __future__ import annotations

from typing import Any

from synth.parts.coefficients import (
    gain_of,
    keep_from_folding,
    set_bandpass,
    set_burst,
    set_drive,
    set_first_order,
    set_highpass,
)
from synth.parts.wiring import DRIVE, ENVELOPE, FILTER, SQUARES, Part, Wiring
from synth.spec import Param, ParamSpace
from synth.voices.circuit import Circuit
from synth.voices.tr808.common import FINE, HIGHEST_HARMONIC, LEVEL, TRIGGER, kick_of, ring

SPACE = ParamSpace(
    "cow-bell",
    (
        TRIGGER,
        Param("low.freq", 270, 1100, "Hz", "log", 558, "pitch of the low square", "pitch"),
        Param("low.level", -24, 12, "dB", "linear", 0, "its level", "level"),
        Param("high.freq", 400, 1700, "Hz", "log", 824, "pitch of the high square", "pitch"),
        Param("duty", 0.3, 0.5, "ratio", "linear", 0.465, "share of a period in which the squares are high"),
        Param("strike.level", -24, 12, "dB", "linear", 8, "how much louder it begins", "level"),
        Param("strike.decay", 20, 600, "ms", "log", 100, "how long it is so, to -60 dB", "decay"),
        Param("body.decay", 100, 4000, "ms", "log", 970, "the fall after that, to -60 dB", "decay"),
        Param("amp.drive", -24, 12, "dB", "linear", -12, "how hard the amplifier clips"),
        Param("amp.bias", -1, 1, "ratio", "linear", 0.1, "how unevenly it does"),
        Param("band.freq", 300, 3000, "Hz", "log", 812, "middle of the band"),
        Param("band.q", 0.4, 10, "Q", "log", 3, "its width"),
        Param("bright.level", -40, 6, "dB", "linear", -12, "level of what is above the band", "level"),
        Param("bright.freq", 500, 8000, "Hz", "log", 2000, "where that begins"),
        Param("lowpass", 1000, 20_000, "Hz", "log", 8000, "cutoff above"),
        LEVEL,
    ),
)

WIRING = Wiring(
    (
        Part("squares", SQUARES, count=2),
        Part("fall", ENVELOPE, ("squares",), 2),
        Part("amp", DRIVE, ("fall",), FINE),
        Part("band", FILTER, ("amp",)),
        Part("bright", FILTER, ("amp",)),
        Part("lowpass", FILTER, ("band", "bright")),
    )
)
_RISE_MS = 0.3
_GAIN = 0.12
"""So that a stroke is about as loud as one of the other circuits at the same level."""


def solve(v: Any, rate: float, c: Any) -> None:
    """Set the coefficients of a stroke: `synth.parts.solver.solve`."""
    kick, rise = kick_of(v.trigger), _RISE_MS * 0.001 * rate
    c.squares.gain[0], c.squares.gain[1] = gain_of(v.low_level), 1.0
    c.squares.turns[0], c.squares.turns[1] = v.low_freq / rate, v.high_freq / rate
    c.squares.duty[0] = c.squares.duty[1] = v.duty
    strike = kick * gain_of(v.strike_level)
    set_burst(c.fall, 0, strike, v.strike_decay, 0.0, rise, rate)
    set_burst(c.fall, 1, kick, v.body_decay, 0.0, rise, rate)
    drive, level = gain_of(v.amp_drive), _GAIN * gain_of(v.level)
    set_drive(c.amp, drive, v.amp_bias, level / drive)
    keep_from_folding(c.amp, strike + kick, HIGHEST_HARMONIC * v.high_freq, rate)
    set_bandpass(c.band, v.band_freq, v.band_q, rate)
    set_highpass(c.bright, v.bright_freq, 0.6, rate)
    bright = gain_of(v.bright_level)
    c.bright.b0, c.bright.b1, c.bright.b2 = c.bright.b0 * bright, c.bright.b1 * bright, c.bright.b2 * bright
    set_first_order(c.lowpass, v.lowpass, 1.0, 0.0, rate)
    ring(c, c.fall, strike, v.strike_decay, _RISE_MS, rate)
    ring(c, c.fall, 2.0 * kick, v.body_decay, _RISE_MS, rate)
    c.squares.until = c.fall.until
    c.stroke.level = level * kick


CIRCUIT = Circuit(SPACE, WIRING, solve)
