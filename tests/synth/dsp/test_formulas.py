import math

import numpy as np

from synth.dsp.formulas import saturate, saturation, sine, sine_cosine


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
