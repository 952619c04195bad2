import numpy as np
import pytest

from synth.dsp.levels import FLOOR, decibels, gain


def test_a_level_is_the_gain_that_makes_it() -> None:
    assert decibels(gain(-12.5)) == pytest.approx(-12.5)
    assert np.allclose(decibels(gain(np.array([-60.0, 0.0, 6.0]))), [-60.0, 0.0, 6.0])


@pytest.mark.parametrize("silence", [0.0, 1e-9])
def test_silence_has_the_level_of_the_floor(silence: float) -> None:
    assert decibels(silence) == decibels(FLOOR) == -140.0
    assert decibels(silence, floor=1e-5) == pytest.approx(-100.0)


def test_single_precision_is_told_in_double() -> None:
    amplitude = np.array([0.3], np.float32)
    assert decibels(amplitude)[0] == decibels(float(amplitude[0]))
