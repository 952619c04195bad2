"""The streaming form of a voice and its differentiable one are one synth."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from synth.dsp.noise import white_noise
from synth.voices.registry import VoiceKind, voice_kind, voice_kinds
from synth.voices.snare808.differentiable import snare808
from synth.voices.snare808.table import SNARE808
from tests import bell
from tests.synth.patches import presets, random_values

KINDS = pytest.mark.parametrize("kind", [*voice_kinds(), bell.KIND], ids=lambda kind: kind.name)
RATES = pytest.mark.parametrize("sample_rate", [44_100, 48_000, 96_000])


def apart(kind: VoiceKind, values: NDArray[np.float64], sample_rate: int, seed: int = 5) -> float:
    """Return the greatest difference of the two renderings, anywhere in any stroke."""
    noise = torch.from_numpy(white_noise(seed, 0, sample_rate))[None]
    learned = kind.learnable().render(torch.from_numpy(values), noise, sample_rate, sample_rate).numpy()
    voice, worst = kind.streaming(sample_rate, seed), 0.0
    for row, expected in zip(values, learned, strict=True):
        voice.reset()
        voice.trigger(row)
        voice.render(played := np.zeros(sample_rate))
        worst = max(worst, float(np.abs(played - expected).max()))
    return worst


@RATES
def test_renderings_agree_on_presets(sample_rate: int) -> None:
    assert apart(voice_kind(SNARE808.name), presets(), sample_rate) <= 1e-6


@KINDS
@RATES
def test_renderings_agree_on_random_patches(kind: VoiceKind, sample_rate: int) -> None:
    unit = np.random.default_rng(1).random((256, len(kind.space)))
    assert apart(kind, kind.space.from_unit(unit), sample_rate) <= 1e-6


@KINDS
@RATES
def test_renderings_agree_on_corners(kind: VoiceKind, sample_rate: int) -> None:
    unit = np.random.default_rng(2).integers(0, 2, (256, len(kind.space))).astype(float)
    assert apart(kind, kind.space.from_unit(unit), sample_rate) <= 1e-6


@KINDS
@pytest.mark.parametrize("block", [1, 7, 441])
def test_blocks_do_not_change_a_bit(kind: VoiceKind, block: int) -> None:
    strokes = kind.space.from_unit(np.random.default_rng(3).random((30, len(kind.space))))
    played = []
    for size in (block, 6000):
        voice, out = kind.streaming(48_000, polyphony=8), np.zeros(6000)
        for number, row in enumerate(strokes):
            voice.trigger(row, 150 * number)
        for start in range(0, len(out), size):
            voice.render(out[start : start + size])
        played.append(out)
    assert np.array_equal(played[0], played[1])


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
