"""What `ghostnote play` shows."""

import io
from dataclasses import replace

import pytest
from rich.console import Console

from bridge.audio.stream import StreamCounters
from bridge.cli.play import announce, status_table, status_text
from bridge.control.surface import FAULTS, Fault, Sources, counted
from bridge.engine.messages import Opened, Report
from bridge.realtime.clock import Line
from bridge.rig.rig import load_rig
from bridge.session.status import Status

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


def test_lost_audio_is_told() -> None:
    assert "waiting for it to come back" in status_text(status("waiting")).plain


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
    assert ("the MIDI input of remote control is gone" in status_text(fared).plain) == told
    assert status_table(fared)["midi_in"] == midi_in


def test_the_table_for_programs_has_the_streams_figures() -> None:
    table = status_table(status())
    assert (table["blocks"], table["mean_block_ms"], table["clock"]) == (100, 0.05, [64, 1.5])
