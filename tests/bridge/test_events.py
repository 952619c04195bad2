"""Events are values: equal when all their numbers are, and the same after a way as a row."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from bridge.events import Hit, Onset, PlayKey, Strike

ONSET = Onset(7, 1, 100, 120, -20.5)
HIT = Hit(7, 1, 100, 120, 356, np.array([-20.0, 90.0, -12.0]))
STRIKE = Strike(PlayKey("snare", 2), HIT, np.arange(14.0), np.ones(14), -3.0, 0.5)


@pytest.mark.parametrize("event", [ONSET, HIT, STRIKE], ids=lambda event: type(event).__name__)
def test_an_event_is_the_same_after_a_way_as_json(event: Onset | Hit | Strike) -> None:
    row = json.loads(json.dumps(event.to_row()))
    assert type(event).from_row(row) == event


def test_equal_strikes_have_one_hash_and_arrays_of_their_own() -> None:
    other = Strike.from_row(STRIKE.to_row())
    assert other.values is not STRIKE.values
    assert {other, STRIKE} == {STRIKE}


@pytest.mark.parametrize(
    "change", [{"gain_db": 0.0}, {"values": np.zeros(14)}, {"hit": replace(HIT, ready=357)}, {"source": PlayKey("tom")}]
)
def test_one_other_number_makes_another_strike(change: dict[str, object]) -> None:
    assert replace(STRIKE, **change) != STRIKE  # type: ignore[arg-type]  # each value fits its field


def test_events_of_two_kinds_are_never_equal() -> None:
    assert HIT != ONSET
    assert HIT != STRIKE
