"""Rows of `bench.circuits`: bands of noise and squares, how pitches sink, and how long gated sounds last."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from bench.circuit_measures import (
    RATE,
    FilterRow,
    Measure,
    Row,
    Sound,
    fall_of_noise,
    falls_to,
    level_at,
    middle,
    pitch_at,
    ring,
    sound,
    width,
)
from synth.parts.coefficients import LN_60_DB
from synth.parts.wiring import SQUARES, Part, Wiring
from synth.voices.circuit import Circuit
from synth.voices.tr808 import (
    bass_drum,
    claves,
    cow_bell,
    hand_clap,
    maracas,
    metals,
    rim_shot,
    snare_drum,
    toms,
)
from synth.voices.tr808.metals import set_bank

CORNER_DB, OCTAVE_BELOW_DB = -3.01, -12.3
"""Of a second-order high-pass without a resonance, at its cutoff and an octave below."""
BAND_DB = 2.0


def rows() -> Iterator[Row]:
    """Yield all rows."""
    yield from _sinking()
    yield from _snappy()
    yield from _clap()
    yield from _maracas()
    yield from _rings()
    yield from _cow_bell()
    yield from _hats()
    yield from _cymbal()


def _sunk(final_hz: float, at_ms: float, time_ms: float) -> Measure:
    """Return a measure of how much higher a pitch began, in parts of the final one, from how high it still is."""
    return lambda stroke: float((pitch_at(at_ms)(stroke) / final_hz - 1.0) * np.exp(at_ms / time_ms))


def _sinks_in(final_hz: float, first_ms: float, last_ms: float) -> Measure:
    """Return a measure of the time constant in ms of a pitch that sinks."""

    def measure(stroke: Sound) -> float:
        first, last = (pitch_at(at_ms)(stroke) - final_hz for at_ms in (first_ms, last_ms))
        return float((last_ms - first_ms) / np.log(first / last))

    return measure


def _sinking() -> Iterator[Row]:
    quiet = {"click.level": -60.0, "drive": -24.0}
    low = {**quiet, "body.freq": 49.5, "body.decay": 6000.0, "attack.depth": 0.0}
    slow = {**low, "sigh.depth": 0.16, "sigh.decay": 3000.0}
    yield Row(bass_drum.CIRCUIT, "sigh.depth", 0.16, "", slow, _sunk(49.5, 80.0, 3000.0 / LN_60_DB), 0.05, True)
    tom = {**quiet, "body.freq": 87.0, "body.decay": 3000.0, "skin.level": -60.0, "bend.depth": 0.085}
    tom |= {"bend.decay": 45.0 * LN_60_DB}
    what = "bend.decay as a time constant"
    yield Row(toms.LOW_TOM, what, 45.0, "ms", tom, _sinks_in(87.0, 40.0, 120.0), 0.05, True)
    slow = {**tom, "bend.decay": 2000.0}
    yield Row(toms.LOW_TOM, "bend.depth", 0.085, "", slow, _sunk(87.0, 40.0, 2000.0 / LN_60_DB), 0.05, True)
    conga = {**quiet, "body.freq": 185.0, "body.decay": 3000.0, "bend.depth": 0.02, "bend.decay": 400.0}
    yield Row(toms.LOW_CONGA, "bend.depth", 0.02, "", conga, _sunk(185.0, 20.0, 400.0 / LN_60_DB), 0.05, True)
    skin = {**tom, "skin.level": 6.0, "skin.freq": 4000.0, "skin.decay": 12.0 * LN_60_DB, "skin.tail": -60.0}
    what = "skin.decay as a time constant"
    yield Row(toms.LOW_TOM, what, 12.0, "ms", skin, fall_of_noise(6, 42), 0.05, True, less=tom)


def _snappy() -> Iterator[Row]:
    silent = {"low.level": -60.0, "high.level": -60.0, "click.level": -60.0, "drive": -24.0, "snappy.tail": -60.0}
    noise = {**silent, "snappy.level": 0.0, "snappy.decay": 3000.0, "snappy.q": 0.7071, "snappy.lowpass": 20_000.0}
    least = {**noise, "snappy.highpass": 200.0}
    for cutoff_hz in (800.0, 1760.0, 2399.0, 10_800.0):
        values = {**noise, "snappy.highpass": cutoff_hz}
        what = f"snappy.highpass {cutoff_hz:g} Hz, there"
        yield FilterRow(snare_drum.CIRCUIT, what, CORNER_DB, "dB", values, level_at(cutoff_hz), BAND_DB, less=least)
    values = {**noise, "snappy.highpass": 1760.0}
    what = "snappy.highpass 1760 Hz, an octave below"
    yield FilterRow(snare_drum.CIRCUIT, what, OCTAVE_BELOW_DB, "dB", values, level_at(880.0), BAND_DB, less=least)


def _clap() -> Iterator[Row]:
    circuit = hand_clap.CIRCUIT
    last = {"tail.level": -60.0, "bright.level": -60.0, "bursts.decay": 5.0, "bursts.gap": 5.0, "last.level": 12.0}
    last |= {"last.decay": 1000.0, "band.freq": 874.0, "band.q": 1.29, "highpass": 50.0}
    yield FilterRow(circuit, "band.freq", 874.0, "Hz", last, middle(874.0), 0.01, True, from_ms=40.0)
    yield FilterRow(circuit, "band.q", 1.29, "", last, width(874.0), 0.05, True, from_ms=40.0)
    for octaves, at_hz in ((-1, 437.0), (1, 1748.0)):
        what = f"band, an octave {'below' if octaves < 0 else 'above'}"
        yield FilterRow(circuit, what, -6.76, "dB", last, level_at(at_hz, 874.0), BAND_DB, from_ms=40.0)
    cut = {**last, "highpass": 720.0}
    what = "highpass 720 Hz, there"
    yield FilterRow(circuit, what, CORNER_DB, "dB", cut, level_at(720.0), BAND_DB, less=last, from_ms=40.0)
    bursts = {**last, "bursts.gap": 10.0, "bursts.decay": 2.6 * LN_60_DB, "last.level": -24.0, "last.decay": 20.0}
    bursts |= {"band.freq": 4000.0, "band.q": 0.3}
    yield Row(circuit, "bursts.gap", 10.0, "ms", bursts, _gap, 0.05, True)
    tail = {**bursts, "tail.level": -30.0, "tail.decay": 330.0 * LN_60_DB, "tail.slow": -40.0}
    whole = {**tail, "tail.level": 0.0}
    yield Row(circuit, "tail.level", -30.0, "dB", tail, _beside(circuit, whole, 300.0), BAND_DB)


def _gap(stroke: Sound) -> float:
    """Return the time in ms between the first two bursts: that by which their levels over 1 ms repeat."""
    level = np.convolve(stroke[: round(0.032 * RATE)] ** 2, np.hanning(RATE // 1000), "same")
    first = int(np.argmax(level[: round(0.006 * RATE)]))
    second = round(0.006 * RATE) + int(np.argmax(level[round(0.006 * RATE) : round(0.016 * RATE)]))
    return (second - first) * 1000 / RATE


def _beside(circuit: Circuit, other: dict[str, float], at_ms: float) -> Measure:
    """Return a measure of the level in dB beside that of another stroke, from a time on."""
    first = round(at_ms * RATE / 1000)
    power = np.mean([np.mean(sound(circuit, other, seed)[first : 2 * first] ** 2) for seed in range(16)])
    return lambda stroke: float(10 * np.log10(np.mean(stroke[first : 2 * first] ** 2) / power))


def _maracas() -> Iterator[Row]:
    noise = {"swell.time": 1.0, "swell.curve": 1.0, "body.decay": 300.0, "gate.floor": 0.001, "highpass_q": 0.7071}
    noise |= {"lowpass": 20_000.0}
    least = {**noise, "highpass": 1000.0}
    for cutoff_hz in (5000.0, 6300.0):
        values = {**noise, "highpass": cutoff_hz}
        for at_hz, asked_db, place in (
            (cutoff_hz, CORNER_DB, "there"),
            (cutoff_hz / 2, OCTAVE_BELOW_DB, "an octave below"),
        ):
            what = f"highpass {cutoff_hz:g} Hz, {place}"
            yield FilterRow(
                maracas.CIRCUIT, what, asked_db, "dB", values, level_at(at_hz), BAND_DB, less=least, to_ms=250.0
            )


def _rings() -> Iterator[Row]:
    linear = {"clip.drive": -12.0, "clip.bias": 0.0, "highpass": 100.0, "lowpass": 20_000.0, "gate.decay": 200.0}
    linear |= {"gate.floor": 0.003}
    for name, other, freq_hz, q in (("low", "high", 452.5, 6.7), ("high", "low", 1786.0, 10.1)):
        shortest = {f"{other}.decay": {"low": 5.0, "high": 3.0}[other], f"{other}.level": -24.0}
        decay_ms = 1000 * LN_60_DB * q / (np.pi * freq_hz)
        values = {**linear, **shortest, f"{name}.level": -9.0, f"{name}.freq": freq_hz}
        values |= {f"{name}.decay": decay_ms}
        what = f"{name}.decay of Q {q:g}"
        yield Row(rim_shot.CIRCUIT, what, round(decay_ms, 1), "ms", values, _without_gate, 0.05, True)
    still = {"click.level": -60.0, "gate.floor": 0.001, "drive": -24.0, "body.decay": 45.0, "gate.width": 0.1}
    yield Row(claves.CIRCUIT, "1 % after", 30.0, "ms", still, falls_to(0.01), 0.1, True)


def _without_gate(stroke: Sound) -> float:
    """Return a ring in ms that a gate of 200 ms has shortened."""
    return 1.0 / (1.0 / ring(-3.0, -20.0)(stroke) - 1.0 / 200.0)


def _cow_bell() -> Iterator[Row]:
    circuit = cow_bell.CIRCUIT
    even = {"low.freq": 540.0, "high.freq": 800.0, "band.freq": 812.0, "band.q": 5.5, "bright.level": -40.0}
    even |= {"amp.drive": -24.0, "amp.bias": 0.0, "lowpass": 20_000.0, "strike.level": -24.0, "body.decay": 4000.0}
    yield Row(circuit, "540 Hz beside 800 Hz", -14.0, "dB", even, _line(540.0, 800.0), BAND_DB)
    falls = {
        **even,
        "band.q": 1.0,
        "strike.level": 10.5,
        "strike.decay": 15.0 * LN_60_DB,
        "body.decay": 140.0 * LN_60_DB,
    }
    yield Row(circuit, "1 % after", 430.0, "ms", falls, falls_to(0.01), 0.1, True)


def _line(at_hz: float, beside_hz: float) -> Measure:
    """Return a measure of the level of a partial in dB beside another's."""

    def measure(stroke: Sound) -> float:
        part = stroke[: RATE // 2]
        level = np.abs(np.fft.rfft(part * np.blackman(len(part))))
        one, other = (level[round(hz / 2) - 5 : round(hz / 2) + 6].max() for hz in (at_hz, beside_hz))
        return float(20 * np.log10(one / other))

    return measure


def _solve_bank(v: Any, rate: float, c: Any) -> None:
    set_bank(c, v, rate)
    c.bank.until = c.stroke.end = 4.0 * rate


_BANK = Wiring((Part("bank", SQUARES, count=6),))


def _bank_of(circuit: Circuit, values: dict[str, float]) -> Any:
    """Return a function of the seed that gives what the bank of a circuit plays."""
    bank = Circuit(circuit.space, _BANK, _solve_bank)
    return lambda seed: sound(bank, values, seed)


def _hats() -> Iterator[Row]:
    for circuit, gone_ms in (
        (metals.CLOSED_HAT, 85.0),
        (metals.OPEN_HAT, 90.0),
        (metals.OPEN_HAT, 400.0),
        (metals.OPEN_HAT, 600.0),
    ):
        gate = {"strike.level": -60.0, "body.decay": 12_000.0, "close.time": gone_ms / 0.9, "close.width": 400.0}
        yield Row(circuit, "1 % after", gone_ms, "ms", gate, falls_to(0.01), 0.1, True)
    for freq_hz in (3445.0, 7101.0):
        values = {"strike.level": -60.0, "body.decay": 12_000.0, "close.time": 1500.0, "close.width": 400.0}
        values |= {"highpass": 2000.0, "lowpass": 22_000.0, "band.freq": freq_hz, "band.q": 10.0}
        bank, wide = _bank_of(metals.OPEN_HAT, values), {**values, "band.q": 0.5}
        yield FilterRow(
            metals.OPEN_HAT, "band.freq", freq_hz, "Hz", values, middle(freq_hz), 0.01, True, less=wide, source=bank
        )


def _cymbal() -> Iterator[Row]:
    circuit = metals.CYMBAL
    low = {"crash.level": -60.0, "wash.level": -40.0, "mid.level": -60.0, "low.level": 12.0, "low.bloom": 0.0}
    low |= {"low.rise": 20.0, "low.floor": 0.001, "low.freq": 3445.0, "low.q": 5.0, "lowpass": 22_000.0}
    high = {"low.level": -40.0, "low.floor": 0.3, "low.decay": 200.0, "mid.level": -60.0, "wash.level": -40.0}
    high |= {"crash.level": 0.0, "amp.drive": -24.0, "amp.bias": 0.0, "highpass": 1000.0, "lowpass": 22_000.0}
    what = "low.decay as a time constant"
    values = {**low, "low.decay": 600.0 * LN_60_DB}
    yield Row(circuit, what, 600.0, "ms", values, fall_of_noise(100, 900, 80.0), 0.05, True)
    for gone_ms in (350.0, 1200.0, 1790.0):
        values = {**low, "low.decay": 1.5 * gone_ms, "low.floor": 0.001}
        yield Row(circuit, "1 % after", gone_ms, "ms", values, falls_to(0.01), 0.1, True)
    values = {**high, "crash.decay": 200.0 * LN_60_DB}
    what = "crash.decay as a time constant"
    yield Row(circuit, what, 200.0, "ms", values, fall_of_noise(100, 400, 80.0), 0.05, True)
    values = {**low, "low.decay": 20_000.0}
    bank = _bank_of(circuit, values)
    yield FilterRow(circuit, "low.freq", 3445.0, "Hz", values, middle(3445.0, 2), 0.01, True, source=bank)
    values = {**high, "crash.decay": 2000.0, "high.freq": 7101.0, "high.q": 10.0}
    bank, wide = _bank_of(circuit, values), {**values, "high.q": 0.5}
    yield FilterRow(circuit, "high.freq", 7101.0, "Hz", values, middle(7101.0), 0.01, True, less=wide, source=bank)
    wide = {**values, "high.freq": 4000.0, "high.q": 0.3}
    cut = {**wide, "highpass": 2500.0, "highpass_q": 0.97}
    least = {**wide, "highpass": 1000.0, "highpass_q": 0.7071}
    what = "highpass 2500 Hz of Q 0.97, there"
    yield FilterRow(circuit, what, -0.26, "dB", cut, level_at(2500.0), BAND_DB, less=least, source=bank)
