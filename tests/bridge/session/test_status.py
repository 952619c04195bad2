"""What went wrong is declared once and read everywhere; a stroke's figures."""

from __future__ import annotations

import math
import time
from dataclasses import replace

import pytest

from bridge.audio.stream import StreamCounters
from bridge.cli.play import status_table
from bridge.cli.protocol import control_rows
from bridge.cli.status_line import status_text
from bridge.control.controls import live_controls
from bridge.control.surface import FAULTS, Fault, Sources, counted, state_numbers
from bridge.engine.messages import Report
from bridge.events import Counters, Onset, PlayKey
from bridge.realtime.clock import Line, StreamClock
from bridge.session.status import Status, StrokeStatistics
from tests.bridge.rigs import hit_of, snare_mapping
from tests.bridge.stages import DRUMS, QuietStage


def report(count: int) -> Report:
    """Return a player's report in which everything went wrong that often."""
    stream = StreamCounters(blocks=9, samples=9, xruns=count, failures=count, failure="boom")
    told = Report(Line(0, 0.0, 1.0), 0.0, stream, 0, count, count, count)
    return replace(told, output_clipped=count, dropped_strokes=count, effect_faults=count)


def status_of(counts: dict[str, int]) -> Status:
    return Status("playing", -6.0, 12, 6.25, None, 0, counts)


def test_faults_of_the_audio_the_targets_the_sender_and_remote_control_are_counted() -> None:
    sources = Sources((report(1),), (Counters(lost=3, late=5), Counters(lost=1, late_notes=6)), 2, 7, refusals=9)
    assert counted(sources) == {
        "xruns": 1,
        "lost_messages": 4,
        "late_strokes": 6,
        "late_notes": 6,
        "send_errors": 2,
        "lost_events": 1,
        "failures": 1,
        "non_finite": 1,
        "output_clipped": 1,
        "dropped_strokes": 1,
        "effect_faults": 1,
        "refused_starts": 9,
        "ignored": 7,
    }


def test_what_went_wrong_before_the_audio_came_back_is_still_counted() -> None:
    counts = counted(Sources((report(3), report(2)), (Counters(late=5),)))
    assert [counts[name] for name in ("xruns", "failures", "non_finite", "lost_events")] == [5] * 4
    assert counts["late_strokes"] == 5 + 5


def test_a_status_has_every_number_of_the_live_state() -> None:
    assert list(status_of(counted(Sources())).numbers()) == [number.key for number in state_numbers()]


def test_every_number_of_the_live_state_keeps_its_range() -> None:
    far = replace(status_of(counted(Sources())), level_db=-140.0, outputs_db=(90.0, -3.0), strokes=10**12)
    for number in state_numbers():
        assert number.low <= far.numbers()[number.key] <= number.high, number.key
    assert replace(far, outputs_db=(-9.0, -3.0)).numbers()["output_db"] == -3.0


def test_a_row_of_the_table_is_told_by_status_json_live_state_and_docs() -> None:
    FAULTS.append(Fault("hiccups", "times it hiccupped", "hiccups", lambda sources: 4))
    try:
        status = status_of(counted(Sources()))
        assert "  4 hiccups" in status_text(status).plain
        assert (status_table(status)["hiccups"], status.numbers()["hiccups"]) == (4, 4.0)
        assert "/ghostnote/state/hiccups" in live_controls(QuietStage(), DRUMS)
        assert "`/ghostnote/state/hiccups`" in {row[0] for row in control_rows()}
    finally:
        FAULTS.pop()


def test_the_latency_shown_is_the_median_of_the_last_strokes(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, now_s = StreamClock(48_000), 10.0
    monkeypatch.setattr(time, "monotonic", lambda: now_s)
    clock.tick(0, now_s)
    statistics, strike = StrokeStatistics(clock), snare_mapping()(hit_of())
    assert statistics.latency_ms == 0.0
    for number, late_s in enumerate((0.02, 0.005, 0.3)):
        now_s = clock.at(strike.hit.onset) + late_s
        statistics.note(replace(strike, hit=replace(strike.hit, number=number)))
    statistics.note(Onset(1, 0, 1000, 1010, -20.0))
    assert statistics.latency_ms == pytest.approx(20.0)
    assert statistics.strokes == 3


def test_a_stroke_counts_once_however_many_mappings_play_it() -> None:
    statistics, strike = StrokeStatistics(StreamClock(48_000)), snare_mapping()(hit_of())
    other = replace(strike, source=PlayKey("snare", 2))
    for hit in (strike.hit, replace(strike.hit, number=1)):
        for one in (strike, other):
            statistics.note(replace(one, hit=hit))
    assert (statistics.strokes, len(statistics.lags_s)) == (2, 2)
    assert set(statistics.last) == {strike.source, other.source}


def test_a_stroke_counts_for_every_drum_that_hears_it() -> None:
    statistics, strike = StrokeStatistics(StreamClock(48_000)), snare_mapping()(hit_of())
    for source in (PlayKey("snare"), PlayKey("snare", 2), PlayKey("rim")):
        statistics.note(replace(strike, source=source))
    assert (statistics.strokes, dict(statistics.by_drum)) == (1, {"snare": 1, "rim": 1})


def test_a_targets_figures_are_of_what_really_left() -> None:
    counters = Counters()
    for delay_s in (0.006, 0.041, math.nan, 0.007):
        counters.note_delay(delay_s)
    assert (list(counters.delays_s), counters.worst_s) == ([0.006, 0.041, 0.007], 0.041)
