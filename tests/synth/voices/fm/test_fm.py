"""The FM voice: sidebands where they belong, and an index that is held before it folds back."""

from __future__ import annotations

import numpy as np
import pytest

from synth.voices.fm.circuit import CIRCUIT
from tests.synth.voices.sounding import RATE, beside_harmonics_db, coefficients, spectrum_of, steady

STEADY = {"mod1__decay": 10_000.0, "mod2__decay": 10_000.0}


def indices(**given: float) -> np.ndarray:
    return np.asarray(2 * np.pi * coefficients(CIRCUIT, **given)["tone"]["index"])


def test_sidebands_stand_at_multiples_of_the_modulator_beside_the_carrier() -> None:
    freqs, level = spectrum_of(
        steady(CIRCUIT, **STEADY, freq=3000.0, mod1__ratio=0.1, mod1__index=1.0, mod2__index=0.0)
    )
    peaks = [level[np.abs(freqs - (3000.0 + n * 300.0)) < 15.0].max() for n in range(-2, 3)]
    between = level[np.abs(freqs - 3150.0) < 15.0].max()
    assert min(peaks) > 30 * between
    assert peaks[1] == pytest.approx(peaks[3], rel=0.05)


@pytest.mark.parametrize("freq_hz", [221.7, 883.1, 1763.3, 3521.9, 4987.1])
@pytest.mark.parametrize(("ratios", "index"), [((1.0, 3.0), (16.0, 16.0)), ((2.0, 7.0), (3.0, 1.0))])
def test_what_folds_back_is_60_db_below_the_sound(
    freq_hz: float, ratios: tuple[float, float], index: tuple[float, float]
) -> None:
    given = {"mod1__ratio": ratios[0], "mod2__ratio": ratios[1], "mod1__index": index[0], "mod2__index": index[1]}
    assert beside_harmonics_db(steady(CIRCUIT, **STEADY, **given, freq=freq_hz), freq_hz) < -60.0


def test_where_there_is_room_an_index_is_as_it_was_asked_for() -> None:
    np.testing.assert_allclose(indices(freq=110.0, mod1__index=4.0, mod2__index=2.0), [4.0, 2.0], rtol=0.01)


def test_an_index_is_held_smoothly() -> None:
    freqs = np.geomspace(20.0, 5000.0, 400)
    held = np.array([indices(freq=freq, mod1__index=8.0, mod2__index=8.0) for freq in freqs])
    assert np.all(np.diff(held, axis=0) <= 0.0)
    assert np.abs(np.diff(held, axis=0)).max() < 0.3


def test_a_sweep_is_counted_at_its_highest() -> None:
    assert indices(freq=1000.0, mod1__index=8.0, sweep__amount=4.0)[0] < indices(freq=1000.0, mod1__index=8.0)[0]
    assert np.isfinite(indices(freq=5000.0, sweep__amount=8.0)).all()
    assert coefficients(CIRCUIT, freq=5000.0, sweep__amount=8.0)["tone"]["gain"] == 0.0
    assert RATE / 2 < 5000.0 * 9
