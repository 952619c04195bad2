"""A meter is told as often as reports come, and read as often as somebody looks."""

from __future__ import annotations

import pytest

from bridge.engine.peaks import Looker, Meters


def told(meters: Meters, looker: Looker) -> list[float]:
    """Return the levels of the input and of the outputs."""
    heard, played = meters.take_db(looker)
    return [heard, *played]


def test_who_looks_seldom_is_told_the_highest_and_takes_it_from_nobody_else() -> None:
    meters = Meters()
    meters.note(1.0, (0.1, 0.01))
    assert told(meters, "remote") == pytest.approx([0.0, -20.0, -40.0])
    meters.note(0.1, (0.01, 1.0))
    assert told(meters, "remote") == pytest.approx([-20.0, -40.0, 0.0])
    assert told(meters, "display") == pytest.approx([0.0, -20.0, 0.0])


def test_who_looks_more_often_than_reports_come_sees_no_gap() -> None:
    meters = Meters()
    meters.note(0.1, (1.0,))
    assert [meters.take_db("remote") for _ in range(3)] == [(-20.0, (0.0,))] * 3


def test_without_audio_there_is_no_level() -> None:
    meters = Meters()
    meters.note(1.0, (1.0,))
    meters.clear()
    assert meters.take_db("display") == (-100.0, ())
