"""A wiring for each part, in the cases that its code tells apart."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from synth.parts.coefficients import (
    set_bandpass,
    set_burst,
    set_closing,
    set_drive,
    set_first_order,
    set_gated,
    set_highpass,
    set_lowpass,
    set_sine,
    set_sweep,
    set_sweep2,
)
from synth.parts.wiring import CONSTANT, DRIVE, ENVELOPE, FILTER, NOISE, SINE, SQUARES, Part
from tests.synth.parts.wires import RATE, Wire, changer, source


def sine(sweeps: int, attack: float = 48.0) -> Wire:
    def fill(c: Any) -> None:
        set_sine(c.tone, 0.7, 330.0, 60.0, attack, RATE)
        c.tone.phase = 0.1
        if sweeps > 0:
            set_sweep(c.tone, 1.5, 20.0, RATE)
        if sweeps > 1:
            set_sweep2(c.tone, -0.6, 7.0, RATE)

    return source(Part("tone", SINE, count=sweeps), fill)


def envelope(delay_ms: float = 0.0, attack: float = 30.5) -> Wire:
    """Return exponentials that begin to fall between samples: on one, their slopes before and after it differ."""

    def fill(c: Any) -> None:
        set_burst(c.burst, 0, 0.5, 10.0, 0.0, 1.3, RATE)
        set_burst(c.burst, 1, 0.8, 30.0, delay_ms, attack, RATE)
        set_burst(c.burst, 2, -0.3, 5.0, 2.0 * delay_ms, attack, RATE)

    return changer(Part("burst", ENVELOPE, ("white",), count=3), fill)


def gate() -> Wire:
    """Return a constant that opens, closes and is cut off."""

    def fill(c: Any) -> None:
        set_closing(c.gate, 0, 0.8, 30.0, 12.0, 3.0, 12.5, RATE)
        set_gated(c.gate, 3, 0.5, 20.0, 0.2, 12.5, RATE)
        c.gate.until = 570

    return Wire((Part("one", CONSTANT), Part("gate", ENVELOPE, ("one",), 5)), fill)


def filtered(setter: Callable[..., None], *settings: float) -> Wire:
    return changer(Part("filter", FILTER, ("white",)), lambda c: setter(c.filter, *settings, RATE))


def drive(gain: float, bias: float, level: float) -> Wire:
    return changer(Part("bend", DRIVE, ("white",)), lambda c: set_drive(c.bend, gain, bias, level))


def fine_drive(gain: float, bias: float, level: float) -> Wire:
    def fill(c: Any) -> None:
        set_drive(c.bend, gain, bias, level)
        c.bend.fine = 1.0

    return changer(Part("bend", DRIVE, ("white",), count=2), fill)


def squares(*freqs_hz: float, samples: int = 1000) -> Wire:
    def fill(c: Any) -> None:
        c.bank.gain = 1.0 / (1.0 + np.arange(len(freqs_hz)))
        c.bank.turns = np.array(freqs_hz) / RATE
        c.bank.duty = 0.5 - 0.07 * np.arange(len(freqs_hz))

    return source(Part("bank", SQUARES, count=len(freqs_hz)), fill, samples)


def chain() -> Wire:
    """Return everything at once: sums, parts that feed two, and parts that are over before the stroke is."""

    def fill(c: Any) -> None:
        set_sine(c.tone, 0.7, 200.0, 20.0, 12.0, RATE)
        set_sweep(c.tone, 0.5, 9.0, RATE)
        c.bank.gain, c.bank.turns, c.bank.duty = [0.4, 0.3], [0.0113, 0.0171], [0.5, 0.4]
        set_bandpass(c.band, 2500.0, 4.0, RATE)
        set_burst(c.hiss, 0, 0.9, 10.0, 0.31, 20.0, RATE)
        set_burst(c.hiss, 1, 0.4, 30.0, 3.07, 4.5, RATE)
        set_lowpass(c.low, 900.0, 0.8, RATE)
        set_drive(c.out, 1.4, 0.2, 0.8)
        c.tone.until, c.hiss.until, c.bank.until = 700, 777, 300

    parts = (
        Part("tone", SINE),
        Part("bank", SQUARES, count=2),
        Part("white", NOISE),
        Part("band", FILTER, ("white", "bank")),
        Part("hiss", ENVELOPE, ("band",), count=2),
        Part("low", FILTER, ("hiss", "tone")),
        Part("out", DRIVE, ("low", "tone", "band")),
    )
    return Wire(parts, fill)


CASES: dict[str, Wire] = {
    "sine": sine(0),
    "sine that sweeps": sine(1),
    "sine that sweeps twice": sine(2),
    "sine without attack": sine(2, attack=1.0),
    "envelope": envelope(),
    "envelope with delays of a fraction of a sample": envelope(delay_ms=3.1234, attack=30.61),
    "gates": gate(),
    "high-pass": filtered(set_highpass, 800.0, 3.0),
    "low-pass": filtered(set_lowpass, 3000.0, 0.7),
    "band-pass": filtered(set_bandpass, 1500.0, 8.0),
    "shelf": filtered(set_first_order, 500.0, 0.3, 1.2),
    "drive": drive(2.0, 0.0, 0.9),
    "drive with a bias": drive(3.0, 0.4, 0.7),
    "drive at four times the rate": fine_drive(2.0, 0.0, 0.9),
    "drive at four times the rate that is hard and uneven": fine_drive(40.0, 0.4, 0.7),
    "drive at four times the rate that hardly bends": fine_drive(0.002, 0.3, 5.0),
    "squares": squares(170.3, 541.7, 803.1),
    "all": chain(),
}
