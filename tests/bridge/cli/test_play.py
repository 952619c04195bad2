"""What `ghostnote play` shows."""

import io
from dataclasses import replace

import pytest
from rich.console import Console

from bridge.audio.stream import StreamCounters
from bridge.cli.play import announce, status_table
from bridge.cli.status_line import news, status_text, summary
from bridge.control.surface import FAULTS, Fault, Sources, counted
from bridge.engine.messages import Opened, Report
from bridge.realtime.clock import Line
from bridge.rig.rig import load_rig
from bridge.session.status import Status, TargetStatus

STREAM = StreamCounters(blocks=100, samples=6400, xruns=2, late=1, work_s=0.005, worst_work_s=0.0002)
REPORT = Report(Line(64, 1.5, 1 / 48_000), 0.5, STREAM)


def status(state: str = "playing", midi_in: str = "closed") -> Status:
    return Status(state, -6.0, 12, 6.25, REPORT, 0, counted(Sources((REPORT,))), midi_in)


def test_the_line_shows_level_strokes_latency_and_xruns() -> None:
    line = status_text(status()).plain
    assert all(part in line for part in ("█" * 18 + "··", "-6.0 dB", "12 strokes", "6.2 ms", "2 xruns"))


def test_what_plays_where_is_a_line_each_however_long() -> None:
    out = io.StringIO()
    opened = Opened(48_000, "A" * 90, "B" * 90, True, 256)
    announce(Console(file=out, soft_wrap=True), opened, load_rig("demo"))
    assert [line[:12] for line in out.getvalue().splitlines()] == ["Playing snar", "A" * 12]
    assert "256 frames (5.33 ms)" in out.getvalue()


GONE = replace(status(), targets=(TargetStatus("drums", "MIDI port Volca Beats", away=True, lost=6),))


def test_what_goes_and_what_comes_back_is_told_in_whole_sentences() -> None:
    there = replace(GONE, targets=(replace(GONE.targets[0], away=False),))
    assert news(there, GONE) == ["MIDI port Volca Beats is gone; waiting for it to come back"]
    assert news(GONE, there) == ["MIDI port Volca Beats is back; 6 messages lost so far"]
    assert news(status(), status("waiting")) == ["the audio is gone; waiting for it to come back"]
    assert news(status("waiting"), status()) == ["the audio is back"]
    assert news(GONE, GONE) == []


@pytest.mark.parametrize("width", range(20, 201))
def test_the_line_fits_every_terminal_and_keeps_what_matters_most(width: int) -> None:
    one = replace(GONE, last="snare 0.83 note 38", outputs_db=(-9.5,), counts=GONE.counts | {"failures": 3})
    line = status_text(one, width).plain
    assert len(line) <= width
    assert "drums away" in line
    assert all(part in status_text(one).plain for part in line.split("  "))


def test_faults_leave_room_for_the_last_stroke_and_its_delay() -> None:
    crowded = replace(status(), last="0.83 note 38 velocity 105", worst_ms=41.0, outputs_db=(6.0,))
    crowded = replace(crowded, counts=crowded.counts | {"lost_messages": 57, "late_notes": 3, "failures": 2})
    assert "12 strokes  last 0.83 note 38 velocity 105  6.2 ms  worst 41.0 ms" in status_text(crowded, 80).plain


def test_eighty_columns_hold_what_a_drummer_looks_for() -> None:
    well = replace(status(), last="0.83 note 38", worst_ms=41.0, outputs_db=(-9.5,), counts=counted(Sources()))
    line = status_text(well, 80).plain
    assert line == "in -6.0 dB  out -9.5 dB  12 strokes  last 0.83 note 38  6.2 ms  worst 41.0 ms"


def test_the_end_says_what_the_session_was() -> None:
    said = summary(replace(GONE, worst_ms=41.0), 75.0, {"snare": 9, "tom": 3})
    assert said == [
        "Played 1 min 15 s: 12 strokes (snare 9, tom 3).",
        "Stroke to target: median 6.2 ms, worst 41.0 ms.",
        "Target 'drums' (MIDI port Volca Beats): 6 messages lost. It was not there at the end.",
        "Faults: 2 xruns.",
    ]


def test_the_end_names_the_file_that_a_tape_has_made() -> None:
    taped = replace(status(), targets=(TargetStatus("log", "file tape-2.jsonl", written="tape-2.jsonl"),))
    assert "Target 'log' wrote tape-2.jsonl." in summary(taped, 75.0, {"snare": 12})
    assert status_table(taped)["written"] == {"log": "tape-2.jsonl"}


def test_a_session_without_a_stroke_or_a_fault_says_so() -> None:
    quiet = replace(status(), strokes=0, counts=counted(Sources()))
    assert summary(quiet, 3.0, {"snare": 0}) == ["Played 0 min 3 s: 0 strokes.", "No fault was counted."]


@pytest.mark.parametrize("fault", [one for one in FAULTS if one.shown and not one.always], ids=lambda one: one.name)
def test_a_fault_is_told_in_red_and_only_when_there_is_one(fault: Fault) -> None:
    one, none = status(), status()
    one.counts[fault.name] = 3
    line = status_text(one)
    assert [str(span.style) for span in line.spans if fault.shown in line.plain[span.start : span.end]] == ["red"]
    assert f"  3 {fault.shown}" in line.plain
    assert fault.shown not in status_text(none).plain
    assert (status_table(one)[fault.name], status_table(none)[fault.name]) == (3, 0)


def test_the_text_of_the_last_error_stands_behind_its_count() -> None:
    failed = replace(status(), failure="RuntimeError('boom')", send_error="ValueError: no")
    assert status_text(failed).plain.endswith("(RuntimeError('boom'))  (ValueError: no)")
    assert (status_table(failed)["failure"], status_table(failed)["send_error"]) == (
        "RuntimeError('boom')",
        "ValueError: no",
    )


@pytest.mark.parametrize(("midi_in", "told"), [("closed", False), ("ready", False), ("waiting", True), ("gone", True)])
def test_a_lost_controller_is_told(midi_in: str, told: bool) -> None:
    fared = status(midi_in=midi_in)
    assert ("remote away" in status_text(fared).plain) == told
    assert ("the MIDI input of remote control is gone; waiting for it to come back" in news(status(), fared)) == told
    assert status_table(fared)["midi_in"] == midi_in


def test_the_table_for_programs_has_the_streams_figures() -> None:
    table = status_table(status())
    assert (table["blocks"], table["mean_block_ms"], table["clock"]) == (100, 0.05, [64, 1.5])


def test_strokes_that_no_play_took_are_told_on_the_line_and_at_the_end() -> None:
    some = replace(status(), unplayed=3)
    assert "12 strokes  3 unplayed" in status_text(some).plain
    assert "3 strokes played nothing: no when of the drum took it." in summary(some, 75.0, {"snare": 12})
    assert not any("play" in line for line in summary(status(), 75.0, {"snare": 12})[1:])
