import numpy as np

from synth.dsp.noise import white_noise


def test_noise_is_white_and_fills_its_range() -> None:
    noise = white_noise(1, 2, 200_000)
    lags = [np.mean(noise[k:] * noise[: len(noise) - k]) for k in range(4)]
    np.testing.assert_allclose(lags, [1 / 3, 0, 0, 0], atol=0.004)
    assert 0.999 < np.abs(noise).max() <= 1


def test_seeds_and_strokes_are_unlike_each_other() -> None:
    noises = np.array([white_noise(seed, stroke, 20_000) for seed in (-1, 0, 1) for stroke in (0, 1, 2)])
    assert np.abs(np.corrcoef(noises) - np.eye(9)).max() < 0.03


def test_noise_does_not_depend_on_the_length_asked_for() -> None:
    np.testing.assert_array_equal(white_noise(7, 1, 100), white_noise(7, 1, 1000)[:100])
