"""A shaped sine: its series make the harmonics that they name and none beyond, in any chunks and with true slopes."""

from __future__ import annotations

from typing import Any

import numpy as np

from synth.parts.wiring import SHAPER, Part
from tests.synth.parts.alone import Alone, require_same_in_any_chunks, require_true_slopes

TERMS = 6


def tone(rest: float = 0.3, span: float = 0.6, turns: float = 0.013, decay: float = 0.999) -> Alone:
    def fill(part: Any) -> None:
        part["gain"], part["turns"], part["decay"], part["attack"] = 0.7, turns, decay, 48.0
        part["depth"], part["sweep"], part["sweeps"] = 0.2, 0.99, 100.0
        part["rest"], part["span"], part["fall"] = rest, span, 0.997
        part["odd"] = np.linspace(0.5, -0.3, TERMS)
        part["even"] = np.linspace(0.1, 0.4, TERMS)

    return Alone(Part("part", SHAPER, count=TERMS), fill)


def test_chunks_of_any_length_sound_the_same() -> None:
    require_same_in_any_chunks(tone())


def test_slopes_are_those_of_finite_differences() -> None:
    names = ("gain", "turns", "phase", "decay", "depth", "sweep", "sweeps", "rest", "span", "fall", "odd", "even")
    require_true_slopes(tone(), names)


def test_no_harmonic_lies_beyond_the_last_term_whatever_the_index() -> None:
    for index in (0.2, 0.7, 1.0):
        part = tone(rest=index, span=0.0, turns=1 / 64, decay=1.0)
        part.coefficients[part.places["depth"][0]] = 0.0
        spectrum = np.abs(np.fft.rfft(part.played([64] * 12)[256:]))[::8] / 256
        assert spectrum[1] > 0.01
        assert spectrum[2 * TERMS + 1 :].max() < 1e-12
        assert spectrum[0] < 1e-12, "no constant part"
