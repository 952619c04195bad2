"""A bank of partials: each rings at its pitch, decays by its factor and ends at its last sample, in any chunks."""

from __future__ import annotations

from typing import Any

import numpy as np

from synth.parts.partials import LEAP
from synth.parts.wiring import PARTIALS, Part
from tests.synth.parts.alone import Alone, require_same_in_any_chunks, require_true_slopes

COUNT = 9
ANGLES = 0.05 * np.arange(1, COUNT + 1)
SIZES = 1.0 - 0.001 * np.arange(1, COUNT + 1)
GAINS = 0.5 / np.arange(1, COUNT + 1)


def bank(attack: float = 33.4, last: float = 1e9) -> Alone:
    def fill(part: Any) -> None:
        part["attack"] = attack
        part["gain"], part["last"] = GAINS, last
        part["real"], part["imag"] = SIZES * np.cos(ANGLES), SIZES * np.sin(ANGLES)

    return Alone(Part("part", PARTIALS, count=COUNT), fill)


def formula(samples: int) -> Any:
    n = np.arange(samples)[:, None]
    return (GAINS * SIZES**n * np.sin(ANGLES * n)).sum(axis=1)


def test_each_partial_is_a_sine_that_shrinks() -> None:
    np.testing.assert_allclose(bank(attack=1.0).played([64] * 8), formula(512), atol=1e-12)


def test_the_attack_rises_smoothly_and_then_leaves_the_sound_alone() -> None:
    rise = np.minimum((np.arange(512) + 1) / 33.4, 1.0)
    np.testing.assert_allclose(bank().played([64] * 8), formula(512) * rise**2 * (3 - 2 * rise), atol=1e-12)


def test_chunks_of_any_length_sound_the_same() -> None:
    require_same_in_any_chunks(bank())
    require_same_in_any_chunks(bank(last=301.5))


def test_a_partial_ends_with_the_leap_of_its_last_sample() -> None:
    heard = bank(last=301.5).played([64] * 8)
    end = LEAP * int(np.ceil(301.5 / LEAP))
    assert np.all(heard[end:] == 0.0)
    np.testing.assert_allclose(heard[:end], bank().played([64] * 8)[:end], atol=1e-13)


def test_slopes_are_those_of_finite_differences() -> None:
    require_true_slopes(bank(), ("attack", "gain", "real", "imag"))


def test_what_has_faded_takes_no_time_of_subnormal_numbers() -> None:
    state = bank(last=200.0).learned(bank(last=200.0).coefficients, 4096)[1]
    assert np.abs(state[0, -1]).max() > 1e-100
