import numpy as np
import pytest

from models.training.intervals import HeldOut, Interval, stacked


def held_out(error: list[list[float]], do_nothing: list[list[float]], groups: list[int] | None = None) -> HeldOut:
    """Return one seed's errors of some strokes; a column is a feature."""
    names = tuple(f"f{number}" for number in range(len(error[0])))
    return HeldOut(names, np.array([error]), np.array([do_nothing]), np.array(groups or range(len(error))))


def test_errors_are_pooled_before_they_are_divided() -> None:
    # A mean of ratios would be (1/1 + 1/9) / 2 = 0.556.
    assert held_out([[1.0], [1.0]], [[1.0], [9.0]]).mean_relative == pytest.approx(2 / 10)


def test_features_count_alike() -> None:
    found = held_out([[1.0, 100.0]], [[2.0, 400.0]])
    assert found.relative == pytest.approx([0.5, 0.25])
    assert found.mean_relative == pytest.approx(0.375)


def test_an_interval_of_strokes_that_are_all_alike_has_no_width() -> None:
    assert held_out([[1.0]] * 5, [[4.0]] * 5).interval() == Interval(0.25, 0.25, 0.25)


def test_the_interval_of_two_strokes_reaches_from_the_better_to_the_worse() -> None:
    # Two draws with replacement: both the first (a quarter of all draws), one of each, or both the second.
    assert held_out([[0.0], [1.0]], [[1.0], [1.0]]).interval() == Interval(0.5, 0.0, 1.0)


def test_copies_are_drawn_together() -> None:
    alone = held_out([[0.0], [1.0]] * 20, [[1.0]] * 40)
    twins = held_out([[0.0], [1.0]] * 20, [[1.0]] * 40, groups=[0, 1] * 20)
    assert twins.mean_relative == alone.mean_relative
    assert alone.interval().low == pytest.approx(0.35, abs=0.05)
    assert twins.interval().low == 0.0


def test_what_is_hard_for_both_ways_cancels_in_their_difference() -> None:
    hard = np.linspace(0.1, 2.0, 30)[:, None].tolist()
    one = held_out(hard, [[2.0]] * 30)
    other = held_out([[row[0] + 0.1] for row in hard], [[2.0]] * 30)
    difference = other.minus(one)
    assert difference == pytest.approx((0.05, 0.05, 0.05))
    assert one.interval().high - one.interval().low > 0.15


def test_seeds_are_drawn_too() -> None:
    seeds = [held_out([[value]] * 10, [[1.0]] * 10) for value in (0.2, 0.6)]
    assert stacked(seeds).interval() == pytest.approx((0.4, 0.2, 0.6))


def test_the_interval_covers_the_truth_as_often_as_it_says() -> None:
    rng = np.random.default_rng(0)
    covered = 0
    for _ in range(200):
        error, nothing = rng.gamma(2.0, 0.25, (40, 2)), rng.gamma(4.0, 0.25, (40, 2))
        _, low, high = HeldOut(("a", "b"), error[None], nothing[None], np.arange(40)).interval()
        covered += low <= 0.5 <= high
    assert 180 <= covered <= 199


def test_only_ways_on_the_same_strokes_are_compared() -> None:
    with pytest.raises(ValueError, match="same strokes"):
        held_out([[1.0]], [[1.0]]).minus(held_out([[1.0]] * 2, [[1.0]] * 2))
