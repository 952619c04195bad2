"""Hats and cymbal: six squares that run freely, through band-passes, gates and high-passes."""

from __future__ import annotations

from typing import Any

from synth.parts.coefficients import (
    gain_of,
    keep_from_folding,
    set_bandpass,
    set_burst,
    set_closing,
    set_drive,
    set_gated,
    set_highpass,
    set_lowpass,
)
from synth.parts.wiring import DRIVE, ENVELOPE, FILTER, SQUARES, Part, Wiring
from synth.spec import Param, ParamSpace
from synth.voices.circuit import Circuit
from synth.voices.tr808.common import FINE, HIGHEST_HARMONIC, LEVEL, TRIGGER, kick_of, ring, threshold_of

OSCILLATORS_HZ = (345.45, 486.2, 558.45, 630.58, 823.87, 851.97)
"""Of the machine that was measured; they are trimmed by hand, so every machine has its own."""
_RISE_MS = 0.4

BANK = (
    Param("tune", 0.5, 2, "ratio", "log", 1, "pitch of all six squares", "pitch"),
    *(
        Param(f"bank.freq{k}", 100, 2000, "Hz", "log", freq_hz, f"pitch of square {k}")
        for k, freq_hz in enumerate(OSCILLATORS_HZ, 1)
    ),
    Param("bank.duty", 0.3, 0.5, "ratio", "linear", 0.464, "share of a period in which the squares are high"),
)


def _hat_space(name: str, decay_ms: float, close_ms: float) -> ParamSpace:
    return ParamSpace(
        name,
        (
            TRIGGER,
            *BANK,
            Param("band.freq", 2000, 14_000, "Hz", "log", 6950, "middle of the band"),
            Param("band.q", 0.5, 10, "Q", "log", 3, "its width"),
            Param("body.decay", 20, 12_000, "ms", "log", decay_ms, "its fall, to -60 dB", "decay"),
            Param("strike.level", -60, 12, "dB", "linear", -12, "how much louder it begins", "level"),
            Param("strike.decay", 10, 3000, "ms", "log", 200, "how long it is so, to -60 dB", "decay"),
            Param("close.time", 20, 1500, "ms", "log", close_ms, "when the gate has closed", "decay"),
            Param("close.width", 5, 400, "ms", "log", close_ms / 4, "how gently it closes"),
            Param("highpass", 2000, 16_000, "Hz", "log", 10_400, "cutoff below"),
            Param("highpass_q", 0.3, 3, "Q", "log", 0.5, "resonance there"),
            Param("lowpass", 4000, 22_000, "Hz", "log", 20_000, "cutoff above"),
            LEVEL,
        ),
    )


_HAT = Wiring(
    (
        Part("bank", SQUARES, count=6),
        Part("band", FILTER, ("bank",)),
        Part("gate", ENVELOPE, ("band",), 6),
        Part("highpass", FILTER, ("gate",)),
        Part("coupling", FILTER, ("highpass",)),
        Part("lowpass", FILTER, ("coupling",)),
    )
)


def set_bank(c: Any, v: Any, rate: float) -> None:
    """Set the six squares of a coefficients' record."""
    per_hz = v.tune / rate
    c.bank.turns[0], c.bank.turns[1] = v.bank_freq1 * per_hz, v.bank_freq2 * per_hz
    c.bank.turns[2], c.bank.turns[3] = v.bank_freq3 * per_hz, v.bank_freq4 * per_hz
    c.bank.turns[4], c.bank.turns[5] = v.bank_freq5 * per_hz, v.bank_freq6 * per_hz
    for k in range(6):
        c.bank.gain[k] = 1.0
        c.bank.duty[k] = v.bank_duty


def solve_hat(v: Any, rate: float, c: Any) -> None:
    """Set the coefficients of a stroke: `synth.parts.solver.solve`."""
    kick = kick_of(v.trigger)
    level, rise = 1.5 * kick * gain_of(v.level), _RISE_MS * 0.001 * rate
    strike = level * gain_of(v.strike_level)
    set_bank(c, v, rate)
    set_bandpass(c.band, v.band_freq, v.band_q, rate)
    # The envelope's capacitor is charged by the trigger, so what is hit harder stays open longer.
    time_ms = v.close_time * kick**0.5
    set_closing(c.gate, 0, level, v.body_decay, time_ms, v.close_width, rise, rate)
    set_closing(c.gate, 3, strike, v.strike_decay, time_ms, v.close_width, rise, rate)
    set_highpass(c.highpass, v.highpass, v.highpass_q, rate)
    set_highpass(c.coupling, 900.0, 0.7, rate)
    set_lowpass(c.lowpass, v.lowpass, 0.75, rate)
    shut = (_RISE_MS + time_ms.real) * 0.001 * rate
    ring(c, c.gate, level, v.body_decay, _RISE_MS, rate)
    ring(c, c.gate, strike, v.strike_decay, _RISE_MS, rate)
    c.gate.until = min(c.gate.until.real, shut)
    c.bank.until = c.gate.until
    c.stroke.end = c.gate.until.real + 0.002 * rate
    c.stroke.level = level


CYMBAL_SPACE = ParamSpace(
    "cymbal",
    (
        TRIGGER,
        *BANK,
        Param("low.level", -40, 12, "dB", "linear", 0, "level of the low band: the panel's tone", "level"),
        Param("low.freq", 1500, 6000, "Hz", "log", 3130, "middle of the low band"),
        Param("low.q", 0.5, 10, "Q", "log", 2, "its width"),
        Param("low.bloom", 0, 0.98, "ratio", "linear", 0.65, "how much of it is held back at first"),
        Param("low.rise", 20, 4000, "ms", "log", 700, "how long it is, to -60 dB"),
        Param("low.decay", 200, 20_000, "ms", "log", 5600, "its fall, to -60 dB: the panel's decay", "decay"),
        Param("low.floor", 0.001, 0.3, "ratio", "log", 0.02, "level at which it is cut off"),
        Param("crash.level", -60, 12, "dB", "linear", 0, "level of the crash: the panel's tone", "level"),
        Param("crash.decay", 20, 2000, "ms", "log", 140, "its fall, to -60 dB", "decay"),
        Param("wash.level", -40, 12, "dB", "linear", -6, "level of the wash: the panel's tone", "level"),
        Param("wash.decay", 200, 10_000, "ms", "log", 2200, "its fall, to -60 dB: the panel's decay", "decay"),
        Param("mid.level", -60, 12, "dB", "linear", -9, "level between the two", "level"),
        Param("mid.decay", 50, 4000, "ms", "log", 400, "its fall, to -60 dB", "decay"),
        Param("high.freq", 4000, 16_000, "Hz", "log", 10_500, "middle of the high band"),
        Param("high.q", 0.3, 10, "Q", "log", 0.43, "its width"),
        Param("amp.drive", -24, 12, "dB", "linear", -6, "how hard the high band's amplifier clips"),
        Param("amp.bias", -1.5, 1.5, "ratio", "linear", 0.6, "how unevenly it does"),
        Param("highpass", 1000, 14_000, "Hz", "log", 6350, "cutoff below the high band"),
        Param("highpass_q", 0.3, 5, "Q", "log", 2.7, "resonance there"),
        Param("lowpass", 4000, 22_000, "Hz", "log", 20_000, "cutoff above all"),
        LEVEL,
    ),
)

_CYMBAL = Wiring(
    (
        Part("bank", SQUARES, count=6),
        Part("low_band", FILTER, ("bank",)),
        Part("low_band2", FILTER, ("low_band",)),
        Part("low", ENVELOPE, ("low_band2",), 4),
        Part("high_band", FILTER, ("bank",)),
        Part("high", ENVELOPE, ("high_band",), 3),
        Part("amp", DRIVE, ("high",), FINE),
        Part("highpass", FILTER, ("amp",)),
        Part("coupling", FILTER, ("highpass",)),
        Part("lowpass", FILTER, ("low", "coupling")),
    )
)
_COUPLING_HZ = 4000.0


def solve_cymbal(v: Any, rate: float, c: Any) -> None:
    """Set the coefficients of a stroke: `synth.parts.solver.solve`."""
    kick, rise = kick_of(v.trigger), _RISE_MS * 0.001 * rate
    set_bank(c, v, rate)
    set_bandpass(c.low_band, v.low_freq, v.low_q, rate)
    set_bandpass(c.low_band2, v.low_freq, v.low_q, rate)
    # What is above the diode's threshold, times a bloom: (e1 - floor) (1 - bloom e2), written as a sum.
    low, floor = kick * gain_of(v.level + v.low_level), threshold_of(v.low_floor, kick)
    shut = set_gated(c.low, 0, low, v.low_decay, floor, rise, rate)
    both_ms = v.low_rise * v.low_decay / (v.low_rise + v.low_decay)
    set_burst(c.low, 2, -low * v.low_bloom, both_ms, 0.0, rise, rate)
    set_burst(c.low, 3, low * v.low_bloom * floor, v.low_rise, 0.0, rise, rate)
    c.low.until = c.stroke.end = shut.real
    set_bandpass(c.high_band, v.high_freq, v.high_q, rate)
    # The crash is what opens the amplifier most, so it grows faster with the trigger than the rest.
    crash, wash, mid = kick * kick * gain_of(v.crash_level), kick * gain_of(v.wash_level), kick * gain_of(v.mid_level)
    set_burst(c.high, 0, crash, v.crash_decay, 0.0, rise, rate)
    set_burst(c.high, 1, wash, v.wash_decay, 0.0, rise, rate)
    set_burst(c.high, 2, mid, v.mid_decay, 0.0, rise, rate)
    drive, level = gain_of(v.amp_drive), gain_of(v.level)
    set_drive(c.amp, drive, v.amp_bias, level / drive)
    keep_from_folding(c.amp, crash + wash + mid, HIGHEST_HARMONIC * v.bank_freq6 * v.tune, rate)
    set_highpass(c.highpass, v.highpass, v.highpass_q, rate)
    set_highpass(c.coupling, _COUPLING_HZ, 0.7, rate)
    set_lowpass(c.lowpass, v.lowpass, 0.5, rate)
    ring(c, c.high, crash, v.crash_decay, _RISE_MS, rate)
    ring(c, c.high, wash, v.wash_decay, _RISE_MS, rate)
    ring(c, c.high, mid, v.mid_decay, _RISE_MS, rate)
    c.bank.until = max(c.low.until.real, c.high.until.real)
    c.stroke.level = level * kick


CLOSED_HAT = Circuit(_hat_space("closed-hat", 500, 100), _HAT, solve_hat)
OPEN_HAT = Circuit(_hat_space("open-hat", 4000, 450), _HAT, solve_hat)
CYMBAL = Circuit(CYMBAL_SPACE, _CYMBAL, solve_cymbal)
