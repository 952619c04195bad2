import math

import numpy as np
import pytest
from scipy import signal

from synth.dsp.formulas import (
    db_to_gain,
    decay_per_sample,
    highpass,
    highpass_slopes,
    saturate,
    saturation,
    sine,
    sine_cosine,
)


def test_sine_is_the_sine_of_any_number_of_turns() -> None:
    turns = np.random.default_rng(0).uniform(-1000, 1000, 10_000)
    assert max(abs(sine(t) - math.sin(2 * math.pi * math.fmod(t, 1))) for t in turns) < 1e-14


def test_saturate_is_tanh_from_whisper_to_wall() -> None:
    loud = np.random.default_rng(0).uniform(-30, 30, 10_000)
    assert max(abs(saturate(x) - math.tanh(x)) for x in [*loud, 0.0, 1e-9, 1e9, -1e9]) < 1e-14


def test_learning_bends_and_turns_as_playing_does() -> None:
    inputs = np.random.default_rng(0).uniform(-30, 30, 1000)
    np.testing.assert_allclose([saturation(x)[0] for x in inputs], [saturate(x) for x in inputs], atol=1e-14)
    np.testing.assert_allclose([sine_cosine(x)[0] for x in inputs], [sine(x) for x in inputs], atol=1e-14)
    np.testing.assert_allclose([sine_cosine(x)[1] for x in inputs], [sine(x + 0.25) for x in inputs], atol=1e-14)


def test_the_bend_keeps_a_slope_where_sound_has_none() -> None:
    bend = [saturation(x)[1] for x in (0.0, 1.0, 19.0, 1e9)]
    np.testing.assert_allclose(bend, 1 / np.cosh([0, 1, 19, 20]) ** 2, rtol=1e-4)


@pytest.mark.parametrize(("cutoff_hz", "q"), [(20, 0.5), (1000, 0.707), (2500, 2), (20_000, 10)])
def test_highpass_passes_the_top_and_stops_the_bottom(cutoff_hz: float, q: float) -> None:
    b0, a1, a2 = highpass(cutoff_hz, q, 44_100)
    _, response = signal.freqz([b0, -2 * b0, b0], [1, a1, a2], [0, cutoff_hz, 22_050], fs=44_100)
    np.testing.assert_allclose(np.abs(response), [0, q, 1], atol=1e-6)


@pytest.mark.parametrize(("cutoff_hz", "q"), [(20, 0.5), (1000, 2), (15_000, 7)])
def test_highpass_slopes_are_its_slopes(cutoff_hz: float, q: float) -> None:
    by_hz, by_q = np.array(highpass_slopes(cutoff_hz, q, 44_100)).reshape(2, 3)
    rise = np.subtract(highpass(cutoff_hz + 1e-3, q, 44_100), highpass(cutoff_hz - 1e-3, q, 44_100)) / 2e-3
    np.testing.assert_allclose(by_hz, rise, atol=1e-10)
    rise = np.subtract(highpass(cutoff_hz, q + 1e-5, 44_100), highpass(cutoff_hz, q - 1e-5, 44_100)) / 2e-5
    np.testing.assert_allclose(by_q, rise, atol=1e-8)


def test_highpass_is_finite_at_low_rates() -> None:
    assert np.isfinite(highpass(20_000, 0.5, 8000)).all()


def test_a_decay_time_is_sixty_db() -> None:
    assert decay_per_sample(50, 48_000) ** 2400 == pytest.approx(db_to_gain(-60))
