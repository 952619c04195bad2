"""A session that cannot start says why and leaves nothing behind; one that plays tells what went wrong."""

from collections import deque
from types import SimpleNamespace

import psutil
import pytest

from bridge.control.surface import STATE
from bridge.engine.messages import Report
from bridge.events import Counters
from bridge.realtime.clock import Line
from bridge.rig.rig import rig_from_table
from bridge.session.session import REPORTED, Session
from bridge.session.session_stage import SessionStage
from synth.errors import InputError

DRUM = {"name": "snare", "model": "snare-1", "play": [{"target": "808"}]}
VOICE = {"name": "808", "type": "voice"}
DEVICE = "a device that no machine has"


def children() -> list[psutil.Process]:
    found = psutil.Process().children(recursive=True)
    return [child for child in found if child.is_running() and child.status() != psutil.STATUS_ZOMBIE]


def unstarted(lost: int, send_errors: int) -> Session:
    """Return a session of nothing but counters."""
    session = Session.__new__(Session)
    session.targets = {"osc": SimpleNamespace(counters=Counters(lost=lost, late=5))}  # type: ignore[dict-item]
    session.supervisor = SimpleNamespace(report=None, losses=0)  # type: ignore[assignment]
    session._sender = SimpleNamespace(errors=send_errors, last_error="ValueError: no")  # type: ignore[assignment]
    session.remote, session.state, session._strokes, session._last = None, "playing", 0, None
    session._lags_s, session._before = deque(), dict.fromkeys(REPORTED, 0)
    return session


def report(count: int) -> Report:
    """Return a player's report in which everything went wrong that often."""
    line = Line(0, 0.0, 1.0)
    return Report(line, 0.0, 9, 9, count, 0, 0, 0, count, "boom", 0.0, 0.0, 0, count, count, count)


def test_faults_of_the_audio_the_targets_and_the_sender_are_told_by_the_names_of_the_live_state() -> None:
    session = unstarted(lost=4, send_errors=2)
    session.supervisor.report = report(1)
    status = session.peek()
    expected = {
        "lost_messages": 4,
        "late_strokes": 6,
        "send_errors": 2,
        "lost_events": 1,
        "failures": 1,
        "non_finite": 1,
    }
    assert (status.faults, status.failure, status.send_error) == (expected, "boom", "ValueError: no")
    assert SessionStage(session).state().keys() == {number.name for number in STATE}


def test_what_went_wrong_before_the_audio_came_back_is_still_counted() -> None:
    session = unstarted(lost=0, send_errors=0)
    session.supervisor.report = report(3)
    session._audio_changed("lost")
    session.supervisor.report = report(2)
    status = session.peek()
    assert (status.xruns, status.faults["failures"], status.faults["non_finite"], status.faults["lost_events"]) == (
        5,
    ) * 4
    assert status.faults["late_strokes"] == 5 + 5


def test_a_missing_device_is_one_sentence_and_no_process_stays() -> None:
    rig = rig_from_table({"input": {"device": DEVICE}, "target": [VOICE], "drum": [DRUM]}, "test")
    before = children()
    with pytest.raises(InputError, match=r"\[input\] device: "), Session(rig, "test") as session:
        session.start()
    assert children() == before


def test_a_map_that_names_no_number_stops_the_player_too() -> None:
    osc = {"name": "osc", "type": "osc", "port": 9}
    play = {"target": "osc", "trigger_args": ["{loudness}"]}
    rig = rig_from_table({"target": [osc], "drum": [{**DRUM, "play": [play]}]}, "test")
    before = children()
    with pytest.raises(InputError, match="'loudness' is no number of a stroke"):
        Session(rig, "test")
    assert children() == before
