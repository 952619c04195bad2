"""The modal voice: where its partials stand, how they share the level, how they decay and where they end."""

from __future__ import annotations

import numpy as np
import pytest

from synth.parts.coefficients import FADES, HIGHEST, LN_60_DB
from synth.voices.modal.circuit import CIRCUIT, PARTIAL_COUNT
from synth.voices.polyphony import alone
from tests.synth.voices.sounding import RATE, coefficients, spectrum_of, values_of

K = np.arange(1, PARTIAL_COUNT + 1)
QUIET = {"noise__low": -60.0, "noise__mid": -60.0, "noise__high": -60.0, "noise__decay": 5.0}


def partials_hz(freq: float, stiffness: float) -> np.ndarray:
    """Return k f0 sqrt(1 + B k^2), where the first is at ``freq``."""
    return np.asarray(freq / np.sqrt(1 + stiffness) * K * np.sqrt(1 + stiffness * K**2))


@pytest.mark.parametrize("stiffness", [1e-6, 1e-3, 0.4, 10.0])
def test_partials_spread_with_the_stiffness_and_the_lowest_keeps_its_pitch(stiffness: float) -> None:
    bank = coefficients(CIRCUIT, freq=110.0, stiffness=stiffness)["first"]
    turns = np.arctan2(bank["imag"], bank["real"]) / (2 * np.pi)
    wanted = partials_hz(110.0, stiffness)
    below = wanted < 0.5 * RATE
    np.testing.assert_allclose(turns[below] * RATE, wanted[below], rtol=1e-9)
    assert turns[0] * RATE == pytest.approx(110.0)


def test_partials_are_heard_within_a_thousandth_of_their_pitch() -> None:
    values = values_of(CIRCUIT, **QUIET, freq=220.0, stiffness=0.01, damping=1e-5, brightness=0.0, decay=20_000.0)
    freqs, level = spectrum_of(alone(CIRCUIT, values, RATE, samples=40_000)[2000:])
    for wanted in partials_hz(220.0, 0.01)[:8]:
        near = np.flatnonzero(np.abs(freqs - wanted) < 60.0)
        at = near[np.argmax(level[near])]
        before, peak, after = np.log(level[at - 1 : at + 2])
        heard = freqs[at] + 0.5 * (before - after) / (before - 2 * peak + after) * freqs[1]
        assert heard == pytest.approx(wanted, rel=1e-3)


def test_shares_add_up_to_the_level() -> None:
    rng = np.random.default_rng(3)
    for unit in rng.random((20, len(CIRCUIT.space))):
        values = CIRCUIT.space.from_unit(unit)
        record = CIRCUIT.coefficients_of(values[None], RATE).view(CIRCUIT.wiring.coefficients())[0, 0]
        total = record["first"]["gain"].sum() + record["second"]["gain"].sum()
        assert total == pytest.approx(10 ** (values[CIRCUIT.space.index("gain")] / 20))


def test_a_partial_decays_by_its_pitch_squared() -> None:
    bank = coefficients(CIRCUIT, freq=55.0, stiffness=1e-6, decay=2000.0, damping=0.01)["first"]
    shrinks = -np.log(np.hypot(bank["real"], bank["imag"]))
    times_ms = LN_60_DB / shrinks / RATE * 1000
    assert times_ms[0] == pytest.approx(2000.0)
    np.testing.assert_allclose(times_ms, 2000.0 / (1 + 0.01 * (K**2 - 1.0)), rtol=1e-3)


def test_partials_fade_below_half_the_rate_and_none_is_beyond() -> None:
    bank = coefficients(CIRCUIT, freq=1000.0, stiffness=1e-6, brightness=0.0, mallet=0.1, position=0.02)["first"]
    gains, freqs = bank["gain"], partials_hz(1000.0, 1e-6) / RATE
    assert np.all(gains[freqs >= HIGHEST] == 0.0)
    assert np.all(gains[freqs < HIGHEST] > 0.0)
    fading = gains[(freqs > FADES) & (freqs < HIGHEST)]
    assert np.all(np.diff(fading) < 0.0)


def test_a_strike_in_the_middle_leaves_the_even_partials_out() -> None:
    gains = coefficients(CIRCUIT, freq=100.0, position=0.5, brightness=0.0)["first"]["gain"]
    assert np.all(gains[1:8:2] < 0.03 * gains[0:7:2])


def test_a_softer_mallet_is_duller_and_rounder() -> None:
    hard, soft = (coefficients(CIRCUIT, freq=100.0, mallet=ms)["first"] for ms in (0.2, 5.0))
    assert soft["gain"][9] / soft["gain"][0] < 0.1 * hard["gain"][9] / hard["gain"][0]
    assert soft["attack"] > 10 * hard["attack"]


def test_a_pair_beats_at_the_difference_of_its_banks() -> None:
    values = values_of(CIRCUIT, **QUIET, freq=500.0, stiffness=1.0, brightness=-24.0, pair=1.0, detune=20.0, decay=2e4)
    sound = alone(CIRCUIT, values, RATE, samples=96_000)
    level = np.sqrt((sound.reshape(-1, 960) ** 2).mean(axis=1))
    beat_hz = 500.0 * (2 ** (20 / 1200) - 1)
    lowest = int(np.argmin(level[:20])) * 960 / RATE
    assert lowest == pytest.approx(0.5 / beat_hz, abs=0.02)
