"""What `check` says of a stroke's cost is what the port does."""

from __future__ import annotations

from typing import Any

import pytest

from bridge.events import Transcript
from bridge.targets.cost import WireCost
from tests.bridge.strokes import CONTEXT, numbers, play_of, sent, target_on

CC, NRPN = {"cc": 20}, {"nrpn": 300, "null": False}


def cost_of(play: dict[str, Any], **target: Any) -> WireCost:
    opened = target_on(Transcript(), type="midi", **target)
    bound = opened.bind(play_of(opened, **play), CONTEXT, "test")
    cost = opened.cost(bound, numbers(0.9))
    assert cost is not None
    return cost


def played(play: dict[str, Any], **target: Any) -> tuple[int, float, float]:
    """Return the messages of a stroke on a tape, how long until its note was out, and how long values went on."""
    timed = [
        (at_s, data) for at_s, data in sent(play, [(1.0, numbers(0.9))], type="midi", **target) if data[0] >> 4 != 8
    ]
    byte_ms = 0.32
    out_ms = [1000 * (at_s - 1.0) + len(data) * byte_ms for at_s, data in timed]
    note_ms = next((end for end, (_, data) in zip(out_ms, timed, strict=True) if data[0] >> 4 == 9), 0.0)
    return len(timed), note_ms, out_ms[-1] - note_ms


def values(*kinds: dict[str, Any]) -> list[dict[str, Any]]:
    """Return a map of values, each of a number of its own."""
    return [
        {**kind, key: kind[key] + i, "from": "cutoff"} for i, kind in enumerate(kinds) for key in kind if key != "null"
    ]


@pytest.mark.parametrize("lead_ms", [0.0, 1.0, 2.0, 6.0])
@pytest.mark.parametrize("note", [{"note": 38, "note_ms": 500}, {}])
@pytest.mark.parametrize(
    "kinds", [(CC, NRPN, CC), (NRPN, CC), (CC, CC, CC), (CC,), (CC, {"cc14": 3}, NRPN, CC, {"rpn": 2})]
)
def test_the_cost_of_a_map_is_what_the_queue_takes(kinds: Any, note: dict[str, int], lead_ms: float) -> None:
    play, target = {"values": values(*kinds), **note}, {"budget": "din", "lead_ms": lead_ms}
    cost, (messages, before_ms, after_ms) = cost_of(play, **target), played(play, **target)
    assert cost.messages == messages
    assert (cost.before_ms, cost.after_ms) == pytest.approx((before_ms, after_ms), abs=0.01)


def test_what_follows_a_value_that_finds_no_time_waits_too() -> None:
    cost = cost_of({"note": 38, "values": values(CC, {"nrpn": 300}, CC)}, budget="din")
    assert cost.sentence == (
        "snare on t: up to 9 messages a stroke; 1.9 ms before the note is out, 6.7 ms of values after it (din)."
    )


def test_an_early_note_waits_for_no_value() -> None:
    cost = cost_of({"note": 38, "values": values(CC), "trigger_when": "early"}, budget="din")
    assert (cost.before_ms, cost.after_ms) == pytest.approx((0.96, 0.96))


def test_a_map_without_a_note_speaks_of_none() -> None:
    assert (
        cost_of({"values": values(CC)}, budget="din").sentence
        == "snare on t: 1 message a stroke; 1.0 ms of values (din)."
    )
