"""Rules of the drums that nobody owns: as loud as asked, on time, the same for a seed."""

import numpy as np
import pytest

from synth.drummer.randomised import any_drum, any_noise, any_place, any_stroke

RATE = 48_000


@pytest.mark.parametrize("seed", range(6))
def test_any_stroke_peaks_at_its_level_and_starts_at_once(seed: int) -> None:
    rng = np.random.default_rng(seed)
    drum, manner = any_drum(rng)
    sound = any_stroke(drum, manner, 0.3, -12.0, "hit", RATE, rng)
    size_db = 20 * np.log10(np.abs(sound) + 1e-9)
    assert size_db.max() == pytest.approx(-12.0)
    assert size_db[: RATE // 500].max() > -60


def test_a_seed_is_a_drum() -> None:
    one, again, other = (any_drum(np.random.default_rng(seed)) for seed in (1, 1, 2))
    assert one == again
    assert one != other


@pytest.mark.parametrize("seed", range(8))
def test_any_place_moves_no_stroke(seed: int) -> None:
    audio = np.zeros(RATE)
    audio[RATE // 2 : RATE // 2 + 48] = 0.5
    heard = any_place(audio, -80.0, RATE, "test", np.random.default_rng(seed))
    before = np.abs(heard[: RATE // 2]).max()
    assert np.abs(heard[RATE // 2 : RATE // 2 + 48]).max() > 2 * before


def test_any_noise_has_an_rms_of_one() -> None:
    assert any_noise(RATE, np.random.default_rng(0)).std() == pytest.approx(1.0)
