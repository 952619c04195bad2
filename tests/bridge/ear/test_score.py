import pytest

from bridge.ear.score import match, misses_by_level, score


def test_one_event_finds_one_stroke() -> None:
    assert match([1.0, 1.001], [1.0, 1.002]) == [(0, 0), (1, 1)]
    assert match([1.0], [0.995, 1.005]) == [(0, 0)]


def test_as_many_as_can_be_are_paired() -> None:
    assert match([1.009, 1.018], [1.0, 1.01]) == [(0, 0), (1, 1)]


def test_f1_counts_misses_and_false_events() -> None:
    result = score([1.0, 2.0, 3.5], [1.001, 2.001, 3.5], [1.0, 2.0, 3.0, 4.0])
    assert (result.found, result.missed, result.false) == (2, 2, 1)
    assert result.f1 == pytest.approx(4 / 7)


def test_a_second_event_for_a_stroke_is_a_duplicate() -> None:
    assert score([1.0, 1.008], [1.0, 1.008], [1.0]).duplicates == 1


def test_delay_is_from_the_true_start() -> None:
    result = score([1.001], [1.002], [1.0])
    assert result.onset_error_s[0] == pytest.approx(0.001)
    assert result.delay_s[0] == pytest.approx(0.002)


def test_silence_heard_as_silence_is_perfect() -> None:
    assert score([], [], []).f1 == 1.0


def test_misses_are_told_by_level() -> None:
    result = score([1.0], [1.0], [1.0, 2.0, 3.0])
    assert misses_by_level(result, [-3, -20, -22]) == [(-6.0, 1, 0), (-24.0, 2, 2)]
