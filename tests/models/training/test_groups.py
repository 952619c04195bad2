from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from bridge.audio.files import Recording
from bridge.learning.strokes import hear
from models.training.groups import joined, near_copies
from models.training.strokes import FEWEST_GROUPS, Strokes, folds, split_strokes
from synth.drummer.drums import SNARES
from synth.drummer.perform import perform
from synth.errors import InputError
from tests.models.signals import drum_strokes

RATE = 48_000


def sampled(count: int, times: int, seed: int = 0) -> Strokes:
    """Return strokes each of which was placed several times, at other gains and delays, over noise of its own."""
    rng = np.random.default_rng(seed)
    once = drum_strokes(count)
    places = np.tile(np.arange(count), times)
    audio = once.audio[places] * 10 ** (rng.uniform(-12, 0, len(places)) / 20).astype(np.float32)[:, None]
    late = rng.integers(0, 20, len(places))
    audio = np.stack([np.pad(row, (delay, 0))[:RATE] for row, delay in zip(audio, late, strict=True)])
    audio += rng.standard_normal(audio.shape).astype(np.float32) * 10 ** (-80 / 20)
    return replace(once.rows(places), audio=audio)


def test_copies_are_found_at_any_gain_and_delay() -> None:
    groups = near_copies(sampled(12, 3))
    assert np.array_equal(groups, np.tile(np.arange(12), 3))


@pytest.mark.parametrize("drum", [drum.name for drum in SNARES])
def test_strokes_that_were_played_are_no_copies(drum: str) -> None:
    take = perform("graded", drum, seed=5)
    strokes = hear([Recording(take.audio[:, :1], take.sample_rate, Path(drum))]).strokes
    assert np.array_equal(near_copies(strokes), np.arange(len(strokes)))


def test_silence_and_noise_are_no_copies() -> None:
    strokes = drum_strokes(8)
    silent = replace(strokes, audio=np.zeros_like(strokes.audio))
    assert len(set(near_copies(silent))) == 8
    noise = np.random.default_rng(0).standard_normal(strokes.audio.shape).astype(np.float32)
    assert len(set(near_copies(replace(strokes, audio=noise)))) == 8


def test_pairs_join_into_groups() -> None:
    assert joined(6, [(4, 1), (5, 4), (0, 2)]).tolist() == [0, 1, 0, 3, 1, 1]


def test_no_split_divides_a_group() -> None:
    strokes = drum_strokes(60)
    groups = np.random.default_rng(1).integers(0, 25, 60)
    splits = [split_strokes(strokes, seed, groups) for seed in range(20)] + folds(strokes, 0, groups)
    for split in splits:
        parts = [groups[rows] for rows in (split.train, split.validation, split.test)]
        assert sum(len(set(part)) for part in parts) == len(set(groups))
        assert sum(map(len, parts)) == 60


def test_folds_test_every_stroke_once_the_median_one_too() -> None:
    strokes = drum_strokes(56)
    tested = np.concatenate([split.test for split in folds(strokes, seed=3)])
    assert sorted(tested) == list(range(56))


def test_the_reference_of_a_fold_trains() -> None:
    for split in folds(drum_strokes(56), seed=3):
        assert split.reference in split.train


def test_neighbours_in_loudness_are_in_different_folds() -> None:
    strokes = drum_strokes(56)
    order = np.argsort(-strokes.loudness_db())
    fold = np.empty(56, np.int64)
    for number, split in enumerate(folds(strokes, seed=0)):
        fold[split.test] = number
    assert all(len(set(fold[order[first : first + 7]])) == 7 for first in range(0, 56, 7))


def test_folds_of_unequal_groups_are_of_one_size() -> None:
    groups = np.array([row if row < 40 else 40 + row % 4 for row in range(80)])
    sizes = [len(split.test) for split in folds(drum_strokes(80), 0, groups)]
    assert max(sizes) - min(sizes) <= 10


def test_another_seed_draws_other_folds() -> None:
    first, again, other = (folds(drum_strokes(56), seed)[0].test.tolist() for seed in (0, 0, 1))
    assert first == again != other


@pytest.mark.parametrize("divide", [split_strokes, folds])
def test_too_few_different_strokes_are_one_sentence(divide: object) -> None:
    assert callable(divide)
    with pytest.raises(InputError, match=f"20 strokes, but only 4 different ones; at least {FEWEST_GROUPS}"):
        divide(drum_strokes(20), 0, np.arange(20) % 4)
