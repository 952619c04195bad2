"""The streaming voice and the differentiable one are one synth."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from synth.dsp.noise import white_noise
from synth.voices.snare808.differentiable import snare808
from synth.voices.snare808.streaming import Snare808Voice
from tests.synth.patches import corners, presets, random_values


def apart(values: NDArray[np.float64], sample_rate: int, seed: int = 5) -> float:
    """Return the greatest difference of the two renderings, anywhere in any stroke."""
    noise = torch.from_numpy(white_noise(seed, 0, sample_rate))[None]
    learned = snare808(torch.from_numpy(values), noise, sample_rate, sample_rate).numpy()
    played = [Snare808Voice.alone(row, sample_rate, seed, samples=sample_rate) for row in values]
    return float(np.abs(learned - np.array(played)).max())


@pytest.mark.parametrize("sample_rate", [44_100, 48_000, 96_000])
def test_renderings_agree_on_presets(sample_rate: int) -> None:
    assert apart(presets(), sample_rate) <= 1e-6


@pytest.mark.parametrize("sample_rate", [44_100, 48_000, 96_000])
def test_renderings_agree_on_random_patches(sample_rate: int) -> None:
    assert apart(random_values(256, seed=1), sample_rate) <= 1e-6


@pytest.mark.parametrize("sample_rate", [44_100, 48_000, 96_000])
def test_renderings_agree_on_corners(sample_rate: int) -> None:
    assert apart(corners(256, seed=2), sample_rate) <= 1e-6


def test_float32_differs_only_by_its_own_precision() -> None:
    values, noise = torch.from_numpy(presets()), torch.from_numpy(white_noise(0, 0, 48_000))[None]
    single = snare808(values.float(), noise.float(), 48_000, 48_000)
    assert single.dtype == torch.float32
    assert (single - snare808(values, noise, 48_000, 48_000)).abs().max() < 1e-4


def test_each_row_may_have_its_own_noise() -> None:
    values = torch.from_numpy(random_values(2, seed=3))
    noise = torch.from_numpy(np.array([white_noise(0, 0, 4000), white_noise(0, 1, 4000)]))
    both = snare808(values, noise, 48_000, 4000)
    assert torch.equal(both[1:], snare808(values[1:], noise[1:], 48_000, 4000))


def test_threads_do_not_change_the_result() -> None:
    values, noise = torch.from_numpy(random_values(16, seed=4)), torch.from_numpy(white_noise(0, 0, 4000))[None]
    before = torch.get_num_threads()
    rendered = []
    for threads in (1, 2):
        torch.set_num_threads(threads)
        rendered.append(snare808(values, noise, 48_000, 4000))
    torch.set_num_threads(before)
    assert torch.equal(*rendered)


def test_noise_that_is_too_short_is_refused() -> None:
    with pytest.raises(ValueError, match="noise is"):
        snare808(torch.from_numpy(presets()), torch.zeros(1, 99), 48_000, 100)


def test_values_that_are_no_numbers_are_refused() -> None:
    with pytest.raises(ValueError, match="finite"):
        snare808(torch.full((1, 14), torch.nan), torch.zeros(1, 100), 48_000, 100)
