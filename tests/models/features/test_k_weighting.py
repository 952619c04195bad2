"""K-weighting."""

import numpy as np
from scipy.signal import lfilter

from models.features.k_weighting import k_weighted, k_weighting


def test_weighted_audio_is_what_scipy_filters() -> None:
    audio = np.random.default_rng(1).standard_normal((2, 3, 4000))
    wanted = audio
    for numerator, denominator in k_weighting(44_100):
        wanted = lfilter(numerator, denominator, wanted, axis=-1)
    np.testing.assert_allclose(k_weighted(audio, 44_100), wanted, rtol=0, atol=1e-11)


def test_what_is_weighted_is_left_as_it_was() -> None:
    audio = np.ones(100)
    k_weighted(audio, 48_000)
    assert np.all(audio == 1.0)
