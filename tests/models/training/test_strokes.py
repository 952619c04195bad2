from dataclasses import replace

import numpy as np

from models.training.strokes import split_strokes
from tests.models.signals import drum_strokes


def test_a_split_is_disjoint_and_whole() -> None:
    split = split_strokes(drum_strokes(72), seed=3)
    rows = np.concatenate([split.train, split.validation, split.test])
    assert sorted(rows) == list(range(72))
    assert len(split.test) == len(split.validation) == 8


def test_held_out_strokes_span_the_loudness() -> None:
    strokes = drum_strokes(72)
    loudness = strokes.loudness_db()[split_strokes(strokes, seed=0).test]
    assert np.ptp(loudness) > 0.7 * np.ptp(strokes.loudness_db())


def test_the_reference_is_the_middling_training_stroke() -> None:
    strokes = drum_strokes(40)
    split = split_strokes(strokes, seed=1)
    assert split.reference in split.train
    louder = np.count_nonzero(strokes.loudness_db()[split.train] > strokes.loudness_db()[split.reference])
    assert louder == len(split.train) // 2


def test_the_reference_rings_on_where_any_stroke_does() -> None:
    strokes = drum_strokes(40)
    rolled = replace(strokes, ends=np.where(np.arange(40) % 4, 4_000, 19_200))
    split = split_strokes(rolled, seed=1)
    assert rolled.ends[split.reference] == 19_200
    roll = replace(strokes, ends=np.arange(4_000, 4_040))
    assert roll.ends[split_strokes(roll, seed=1).reference] >= np.quantile(roll.ends, 0.5)


def test_the_same_seed_splits_the_same() -> None:
    first, again = (split_strokes(drum_strokes(40), seed=5) for _ in range(2))
    assert np.array_equal(first.test, again.test)
    assert first.reference == again.reference


def test_eight_strokes_can_be_split() -> None:
    split = split_strokes(drum_strokes(8), seed=0)
    assert len(split.test) >= 1
    assert len(split.validation) >= 1
    assert len(split.train) >= 5
