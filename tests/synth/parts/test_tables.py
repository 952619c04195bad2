"""A wavetable oscillator: tables keep the harmonics of their level, and are read and blended with true slopes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from synth.parts.bands import LEVELS, MOST_HARMONICS, POINTS, banded, harmonics_of
from synth.parts.wiring import TABLES, Part
from tests.synth.parts.alone import Alone, require_same_in_any_chunks, require_true_slopes

ANGLE = 2 * np.pi * np.arange(POINTS) / POINTS
ROW = banded(
    [np.sin(ANGLE), np.sin(ANGLE) + 0.5 * np.sin(5 * ANGLE + 1.0), 0.3 * np.sin(2 * ANGLE) + 0.1 * np.sin(40 * ANGLE)]
)


def tone(place: float = 0.31, shift: float = 1.2, level: float = 2.0) -> Alone:
    def fill(part: Any) -> None:
        part["gain"], part["turns"], part["decay"], part["attack"] = 0.7, 0.011, 0.999, 48.0
        part["depth"], part["sweep"], part["sweeps"] = 0.2, 0.99, 100.0
        part["place"], part["shift"], part["fall"], part["level"] = place, shift, 0.997, level

    return Alone(Part("part", TABLES), fill, ROW)


def test_chunks_of_any_length_sound_the_same() -> None:
    require_same_in_any_chunks(tone())


def test_slopes_are_those_of_finite_differences() -> None:
    names = ("gain", "turns", "phase", "decay", "depth", "sweep", "sweeps", "place", "shift", "fall")
    require_true_slopes(tone(), names)


def test_between_two_tables_stands_their_blend() -> None:
    ends = [tone(place, 0.0).played([64] * 8) for place in (1.0, 2.0)]
    np.testing.assert_allclose(tone(1.25, 0.0).played([64] * 8), 0.75 * ends[0] + 0.25 * ends[1], atol=1e-12)


def test_a_table_is_read_between_its_points() -> None:
    part = tone(0.0, 0.0)
    part.coefficients[part.places["depth"][0]] = 0.0
    n = np.arange(512)
    rise = np.where(n < 48, (n + 1) / 48, 0.999 ** (n - 47.0))
    np.testing.assert_allclose(part.played([64] * 8), 0.7 * rise * np.sin(2 * np.pi * 0.011 * n), atol=1e-12)


@pytest.mark.parametrize("level", [0, 1, 7, LEVELS - 1])
def test_a_level_has_no_more_harmonics_than_it_says(level: int) -> None:
    saw = banded(np.tile(np.linspace(-1.0, 1.0, POINTS), (2, 1)))
    values = saw[level, 0].reshape(-1, 2)[:POINTS, 0]
    spectrum = np.abs(np.fft.rfft(values)) / POINTS
    assert spectrum[harmonics_of(level) + 1 :].max() < 1e-12
    assert spectrum[harmonics_of(level)] > 1e-4
    assert harmonics_of(0) == MOST_HARMONICS
    assert harmonics_of(LEVELS - 1) == 1
