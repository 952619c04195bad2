"""What is heard of a recording does not depend on its rate, and follows its level to the dB."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.signal import resample_poly

from models.style.hearing import BANDS, FLOOR_DB, LEVELS, QUANTILES, band_middles_hz, heard
from tests.synth.effects.sounds import bursts


def test_a_tone_of_full_scale_has_0_db_in_its_band() -> None:
    middle = float(band_middles_hz()[30])
    tone = np.sin(2.0 * np.pi * middle * np.arange(48_000) / 48_000.0)
    frames = heard(tone, 48_000.0).frames
    assert frames.shape[1] == BANDS
    assert int(frames.mean(0).argmax()) == 30
    assert frames.mean(0)[30] == pytest.approx(1.0, abs=0.15)


@pytest.mark.parametrize("rate_hz", [32_000, 44_100, 96_000])
def test_it_is_the_same_at_another_rate(rate_hz: int) -> None:
    sound = bursts(96_000, channels=1)[0]
    sound = resample_poly(resample_poly(sound, 1, 2), 2, 1)  # nothing above 12 kHz
    other = resample_poly(sound, rate_hz // 100, 480)
    below = band_middles_hz() < 9000.0
    one, two = heard(sound, 48_000.0), heard(other, rate_hz)
    np.testing.assert_allclose(one.frames.mean(0)[below], two.frames.mean(0)[below], atol=0.03)
    count = len(QUANTILES)
    np.testing.assert_allclose(one.levels[:count], two.levels[:count], atol=0.05)
    np.testing.assert_allclose(one.levels[-2:], two.levels[-2:], atol=0.02)
    # Rises are few, and steps of 5 ms cut each in another place.
    np.testing.assert_allclose(one.levels[2 * count : 3 * count], two.levels[2 * count : 3 * count], atol=0.05)


def test_it_follows_the_level() -> None:
    sound = bursts(96_000, channels=1)[0]
    one, half = heard(sound, 48_000.0), heard(0.5 * sound, 48_000.0)
    loud = one.frames > 0.5
    fall = 20.0 * np.log10(2.0)
    np.testing.assert_allclose((one.frames - half.frames)[loud], fall / -FLOOR_DB, atol=1e-4)
    np.testing.assert_allclose(one.levels[: len(QUANTILES)] - half.levels[: len(QUANTILES)], fall / 50.0, atol=1e-3)
    assert len(one.levels) == LEVELS


@pytest.mark.parametrize("sound", [np.zeros(48_000), np.ones(48_000), np.zeros(2400)])
def test_what_has_no_strokes_is_heard_too(sound: np.ndarray) -> None:
    one = heard(sound, 48_000.0)
    assert np.isfinite(one.frames).all()
    assert np.isfinite(one.levels).all()
