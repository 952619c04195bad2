"""The shaper: shapes as harmonics, none of which folds back."""

from __future__ import annotations

import numpy as np
import pytest

from synth.voices.shaper.circuit import CIRCUIT
from synth.voices.shaper.shapes import SHAPES, TERMS, shape_of
from tests.synth.voices.sounding import RATE, beside_harmonics_db, coefficients, spectrum_of, steady

TURN = 2 * np.pi * np.arange(256) / 256


def bent(shape: np.ndarray, index: float) -> np.ndarray:
    """Return one period of a sine through a shape."""
    terms = np.zeros((2, 2 * TERMS))
    terms[:, 1::2] = shape
    u = index * np.sin(TURN)
    chebval = np.polynomial.chebyshev.chebval
    return np.asarray(chebval(u, terms[0]) + np.cos(TURN) * chebval(u, terms[1]))


def test_a_shape_turns_a_whole_sine_into_the_harmonics_that_it_is_made_of() -> None:
    wanted = {1: 1.0, 2: -0.5, 3: 0.25, 8: 0.3, 31: 0.1, 32: -0.2}
    spectrum = np.fft.rfft(bent(shape_of(wanted), 1.0))
    levels = -spectrum.imag / spectrum.imag[1] * -1.0
    for harmonic in range(1, 33):
        assert levels[harmonic] == pytest.approx(wanted.get(harmonic, 0.0), abs=1e-9)
    assert np.abs(spectrum.real).max() < 1e-9 * np.abs(spectrum.imag).max(), "all are sines"


@pytest.mark.parametrize("index", [0.1, 0.4, 0.8, 1.0])
def test_shapes_stay_within_one_and_around_zero(index: float) -> None:
    for shape in SHAPES:
        assert np.abs(bent(shape, index)).max() <= 1.001
        assert abs(bent(shape, index).mean()) < 1e-12


@pytest.mark.parametrize("freq_hz", [221.7, 883.1, 1763.3, 3521.9, 4987.1])
@pytest.mark.parametrize("shape", [0.0, 0.3, 0.5, 0.7, 1.0])
def test_nothing_folds_back(freq_hz: float, shape: float) -> None:
    sound = steady(CIRCUIT, freq=freq_hz, shape=shape, index__peak=1.0, index__rest=1.0)
    assert beside_harmonics_db(sound, freq_hz) < -90.0


def test_a_harder_stroke_reaches_further_into_the_shape() -> None:
    centroids = []
    for index in (0.2, 0.5, 1.0):
        freqs, level = spectrum_of(steady(CIRCUIT, freq=110.0, shape=0.25, index__peak=index, index__rest=index))
        centroids.append(float((freqs * level).sum() / level.sum()))
    assert centroids[0] < 0.7 * centroids[1] < 0.5 * centroids[2]


def test_terms_fade_where_their_harmonics_reach_half_the_rate() -> None:
    tone = coefficients(CIRCUIT, freq=1000.0, shape=0.5)["tone"]
    harmonics = 2 * np.arange(TERMS) + 1
    assert np.all(tone["odd"][harmonics * 1000.0 > 0.49 * RATE] == 0.0)
    assert np.all(tone["odd"][harmonics * 1000.0 < 0.4 * RATE] != 0.0)
    assert np.all(tone["even"][(harmonics + 1) * 1000.0 > 0.49 * RATE] == 0.0)
