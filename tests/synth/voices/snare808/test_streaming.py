"""One stroke of the snare: it ends, stays finite and has its own noise."""

from __future__ import annotations

import numpy as np
import pytest

from synth.dsp.noise import white_noise
from synth.voices.polyphony import alone
from synth.voices.snare808.circuit import CIRCUIT
from tests.synth.patches import corners, named, presets

RATE = 48_000


@pytest.mark.parametrize("sample_rate", [44_100, 48_000, 96_000])
def test_a_stroke_ends_below_minus_80_db_and_frees_its_voice(sample_rate: int) -> None:
    for values in [*presets(), *corners(32, 3)]:
        sound = alone(CIRCUIT, values, sample_rate)
        assert np.abs(sound[-8:]).max() < 1e-4
        voice = CIRCUIT.voice(sample_rate)
        voice.trigger(values)
        voice.render(np.zeros(len(sound)))
        assert not voice._strokes["end"].any()


def test_everything_is_finite_at_the_corners() -> None:
    for sample_rate in (8000, 44_100, 96_000):
        for values in corners(64, 4):
            sound = alone(CIRCUIT, values, sample_rate, samples=2000)
            assert np.isfinite(sound).all()
            assert np.abs(sound).max() <= 1


def test_the_noise_is_that_of_the_seed_and_stroke() -> None:
    noisy = named(osc1_gain=-60, osc2_gain=-60, noise_filter__freq=20, noise_filter__q=0.5, noise_gain=-40, drive=-24)
    sound = alone(CIRCUIT, noisy, RATE, seed=4, stroke=9, samples=2000)
    assert np.corrcoef(sound[100:1000], white_noise(4, 9, 2000)[100:1000])[0, 1] > 0.9
