"""What plays a voice and what learns through it are one synth, whatever strokes do to each other."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
import torch

from synth.voices.registry import VoiceKind
from tests.synth.voices.kinds import KINDS, RATES, Array, corners, faded, learned, noise, played, presets, random

SAMPLES = 4000
"""As long as most strokes are compared; a few are to their last sample."""


def apart(kind: VoiceKind, values: Array, sample_rate: int, samples: int, seed: int = 5) -> float:
    """Return the greatest difference of the two renderings, anywhere in any stroke."""
    voice, expected = kind.streaming(sample_rate, seed), learned(kind, values, sample_rate, samples, seed)
    differences = [np.abs(played(voice, row, samples) - sound) for row, sound in zip(values, expected, strict=True)]
    return float(np.max(differences))


def longest(kind: VoiceKind, values: Array, sample_rate: int) -> int:
    """Return when all of some strokes are over, or two seconds."""
    lengths = kind.learnable().lengths
    assert lengths is not None
    return min(int(lengths(torch.from_numpy(values), sample_rate).max()) + 100, 2 * sample_rate)


@KINDS
@RATES
def test_renderings_agree_on_presets(kind: VoiceKind, sample_rate: int) -> None:
    values = presets(kind)
    assert apart(kind, values, sample_rate, longest(kind, values, sample_rate)) <= 1e-6


@KINDS
@RATES
def test_renderings_agree_on_random_patches(kind: VoiceKind, sample_rate: int) -> None:
    assert apart(kind, random(kind, 256, seed=1), sample_rate, SAMPLES) <= 1e-6


@KINDS
@RATES
def test_renderings_agree_on_corners(kind: VoiceKind, sample_rate: int) -> None:
    assert apart(kind, corners(kind, 256, seed=2), sample_rate, SAMPLES) <= 1e-6


@KINDS
@RATES
def test_renderings_agree_until_a_stroke_is_over(kind: VoiceKind, sample_rate: int) -> None:
    values = np.concatenate([random(kind, 6, seed=3), corners(kind, 16, seed=4)])
    assert apart(kind, values, sample_rate, longest(kind, values, sample_rate)) <= 1e-6


@KINDS
@RATES
def test_a_stroke_rings_on_under_the_next_one(kind: VoiceKind, sample_rate: int) -> None:
    first, second = np.concatenate([presets(kind), random(kind, 8, seed=6)]), random(kind, 1, seed=7)
    voice, below = kind.streaming(sample_rate, seed=5), learned(kind, first, sample_rate, SAMPLES, 5, stroke=0)
    above = learned(kind, second, sample_rate, SAMPLES - 777, 5, stroke=1)[0]
    for row, sound in zip(first, below, strict=True):
        voice.reset()
        voice.trigger(row)
        voice.trigger(second[0], 777, 0.5)
        voice.render(out := np.zeros(SAMPLES))
        sound[777:] += 0.5 * above
        np.testing.assert_allclose(out, sound, atol=1e-6)


@KINDS
@RATES
def test_a_revised_stroke_crosses_over_to_what_it_would_have_been(kind: VoiceKind, sample_rate: int) -> None:
    before, after = random(kind, 8, seed=8), np.concatenate([presets(kind), random(kind, 8, seed=9)])[:8]
    before = before[: len(after)]
    voice, old, new = (
        kind.streaming(sample_rate, 5),
        *(learned(kind, v, sample_rate, SAMPLES, 5) for v in (before, after)),
    )
    for first, second, fades, rises in zip(before, after, old, new, strict=True):
        voice.reset()
        voice.revise(voice.trigger(first, gain=0.5), second, 300, 0.7)
        voice.render(out := np.zeros(SAMPLES))
        expected = faded(0.5 * fades, 300, sample_rate) + 0.7 * rises - faded(0.7 * rises, 300, sample_rate)
        np.testing.assert_allclose(out, expected, atol=1e-6)


@KINDS
@RATES
def test_a_choked_stroke_is_what_it_was_times_the_fade(kind: VoiceKind, sample_rate: int) -> None:
    values = np.concatenate([presets(kind), random(kind, 8, seed=10)])
    voice = kind.streaming(sample_rate, seed=5)
    for row, sound in zip(values, learned(kind, values, sample_rate, SAMPLES, 5), strict=True):
        voice.reset()
        voice.trigger(row)
        voice.choke(351)
        voice.render(out := np.zeros(SAMPLES))
        np.testing.assert_allclose(out, faded(sound, 351, sample_rate), atol=1e-6)


@cache
def take(kind: VoiceKind, block: int) -> Array:
    """Return strokes that steal each other, are revised and are choked, rendered block by block."""
    voice, out = kind.streaming(48_000, polyphony=8), np.zeros(6000)
    strokes = [voice.trigger(row, 150 * number) for number, row in enumerate(random(kind, 30, seed=3))]
    for number, row in enumerate(random(kind, 5, seed=11)):
        voice.revise(strokes[6 * number], row, 900 * number + 131)
    voice.choke(3001)
    for start in range(0, len(out), block):
        voice.render(out[start : start + block])
    return out


@KINDS
@pytest.mark.parametrize("block", [1, 7, 441])
def test_blocks_do_not_change_a_bit(kind: VoiceKind, block: int) -> None:
    assert np.array_equal(take(kind, block), take(kind, 6000))


@KINDS
def test_float32_differs_only_by_its_own_precision(kind: VoiceKind) -> None:
    # Both are given the same numbers: a pitch that is itself rounded is another pitch after a second.
    values, white = torch.from_numpy(presets(kind)).float(), noise(0, 0, 48_000).float()
    render = kind.learnable().render
    single = render(values, white, 48_000, 48_000)
    assert single.dtype == torch.float32
    assert (single - render(values.double(), white.double(), 48_000, 48_000)).abs().max() < 1e-4


@KINDS
def test_each_row_may_have_its_own_noise(kind: VoiceKind) -> None:
    values, render = torch.from_numpy(random(kind, 2, seed=3)), kind.learnable().render
    white = torch.cat([noise(0, 0, 4000), noise(0, 1, 4000)])
    both = render(values, white, 48_000, 4000)
    assert torch.equal(both[1:], render(values[1:], white[1:], 48_000, 4000))


@KINDS
def test_threads_do_not_change_the_result(kind: VoiceKind) -> None:
    values, render = torch.from_numpy(random(kind, 16, seed=4)), kind.learnable().render
    before = torch.get_num_threads()
    rendered = []
    for threads in (1, 2):
        torch.set_num_threads(threads)
        rendered.append(render(values, noise(0, 0, 4000), 48_000, 4000))
    torch.set_num_threads(before)
    assert torch.equal(*rendered)


@KINDS
def test_noise_that_is_too_short_is_refused(kind: VoiceKind) -> None:
    with pytest.raises(ValueError, match="noise is"):
        kind.learnable().render(torch.from_numpy(presets(kind)), torch.zeros(1, 99), 48_000, 100)


@KINDS
def test_values_that_are_no_numbers_are_refused(kind: VoiceKind) -> None:
    with pytest.raises(ValueError, match="finite"):
        kind.learnable().render(torch.full((1, len(kind.space)), torch.nan), torch.zeros(1, 100), 48_000, 100)
