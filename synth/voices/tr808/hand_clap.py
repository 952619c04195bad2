"""The hand clap: noise in three short bursts and a longer one, and a reverberant tail in a band of its own."""

from __future__ import annotations

from typing import Any

from synth.parts.coefficients import gain_of, set_bandpass, set_burst, set_first_order, set_highpass
from synth.parts.wiring import ENVELOPE, FILTER, NOISE, Part, Wiring
from synth.spec import Param, ParamSpace
from synth.voices.circuit import Circuit
from synth.voices.tr808.common import LEVEL, TRIGGER, kick_of, ring

SPACE = ParamSpace(
    "hand-clap",
    (
        TRIGGER,
        Param("bursts.gap", 5, 25, "ms", "log", 10.5, "time between two bursts"),
        Param("bursts.decay", 5, 100, "ms", "log", 23, "length of a burst, to -60 dB", "decay"),
        Param("last.level", -24, 12, "dB", "linear", -1, "level of the last burst", "level"),
        Param("last.decay", 20, 1000, "ms", "log", 160, "its length, to -60 dB", "decay"),
        Param("tail.level", -60, 0, "dB", "linear", -17, "level of the tail", "level"),
        Param("tail.decay", 50, 3000, "ms", "log", 690, "its length, to -60 dB", "decay"),
        Param("tail.slow", -40, 0, "dB", "linear", -12, "level of its slower second part", "level"),
        Param("tail.slow_decay", 300, 8000, "ms", "log", 2500, "length of that, to -60 dB", "decay"),
        Param("band.freq", 400, 4000, "Hz", "log", 1264, "middle of the bursts' band"),
        Param("band.q", 0.3, 5, "Q", "log", 0.7, "its width"),
        Param("bright.level", -60, 6, "dB", "linear", -20, "level of the noise above the band", "level"),
        Param("bright.freq", 1000, 12_000, "Hz", "log", 6000, "where that begins"),
        Param("room.freq", 400, 4000, "Hz", "log", 980, "middle of the tail's band"),
        Param("room.q", 0.3, 5, "Q", "log", 1.7, "its width"),
        Param("highpass", 50, 1500, "Hz", "log", 466, "cutoff below all"),
        LEVEL,
    ),
)

WIRING = Wiring(
    (
        Part("white", NOISE),
        Part("bursts", ENVELOPE, ("white",), 4),
        Part("band", FILTER, ("bursts",)),
        Part("high", FILTER, ("bursts",)),
        Part("bright", FILTER, ("high",)),
        Part("tail", ENVELOPE, ("white",), 2),
        Part("room", FILTER, ("tail",)),
        Part("highpass", FILTER, ("band", "bright", "room")),
    )
)
_RISE_MS = 0.3
_GAIN = 2.0
"""So that a stroke is about as loud as one of the other circuits at the same level."""


def solve(v: Any, rate: float, c: Any) -> None:
    """Set the coefficients of a stroke: `synth.parts.solver.solve`."""
    kick, rise = _GAIN * kick_of(v.trigger) * gain_of(v.level), _RISE_MS * 0.001 * rate
    for k in range(3):
        set_burst(c.bursts, k, kick, v.bursts_decay, k * v.bursts_gap, rise, rate)
    last, gaps_ms = kick * gain_of(v.last_level), 3.0 * v.bursts_gap
    set_burst(c.bursts, 3, last, v.last_decay, gaps_ms, rise, rate)
    tail, slow = kick * gain_of(v.tail_level), kick * gain_of(v.tail_level + v.tail_slow)
    set_burst(c.tail, 0, tail, v.tail_decay, gaps_ms, rise, rate)
    set_burst(c.tail, 1, slow, v.tail_slow_decay, gaps_ms, rise, rate)
    set_bandpass(c.band, v.band_freq, v.band_q, rate)
    set_highpass(c.high, v.bright_freq, 0.5, rate)
    bright = gain_of(v.bright_level)
    c.high.b0, c.high.b1, c.high.b2 = c.high.b0 * bright, c.high.b1 * bright, c.high.b2 * bright
    set_first_order(c.bright, 5000.0, 1.0, 0.0, rate)
    set_bandpass(c.room, v.room_freq, v.room_q, rate)
    set_first_order(c.highpass, v.highpass, 0.0, 1.0, rate)
    lead_ms = gaps_ms.real
    ring(c, c.bursts, kick, v.bursts_decay, lead_ms, rate)
    ring(c, c.bursts, last, v.last_decay, lead_ms, rate)
    ring(c, c.tail, tail, v.tail_decay, lead_ms, rate)
    ring(c, c.tail, slow, v.tail_slow_decay, lead_ms, rate)
    c.stroke.level = kick


CIRCUIT = Circuit(SPACE, WIRING, solve)
