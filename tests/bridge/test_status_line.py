"""What `ghostnote play` shows."""

import io

from rich.console import Console

from bridge.cli.play import announce, status_table, status_text
from bridge.clock import Line
from bridge.records import Opened, Report
from bridge.rig import load_rig
from bridge.session import Status

REPORT = Report(Line(64, 1.5, 1 / 48_000), 0.5, 100, 6400, 2, 1, 0, 0, 0, "", 0.005, 0.0002, 0, 0, 0, 0)


def status(state: str = "playing", lost: int = 0) -> Status:
    return Status(state, -6.0, 12, 6.25, None, REPORT, 2, 0, lost)


def test_the_line_shows_level_strokes_latency_and_xruns() -> None:
    line = status_text(status()).plain
    assert all(part in line for part in ("█" * 18 + "··", "-6.0 dB", "12 strokes", "6.2 ms", "2 xruns"))


def test_what_plays_where_is_a_line_each_however_long() -> None:
    out = io.StringIO()
    announce(Console(file=out, soft_wrap=True), Opened(48_000, "A" * 90, "B" * 90, (1.0, 1.0), True), load_rig("demo"))
    assert [line[:12] for line in out.getvalue().splitlines()] == ["Playing snar", "A" * 12]


def test_lost_audio_and_messages_are_told() -> None:
    line = status_text(status("waiting", lost=3)).plain
    assert "3 messages lost" in line
    assert "waiting for it to come back" in line


def test_the_table_for_programs_has_the_streams_figures() -> None:
    table = status_table(status())
    assert (table["blocks"], table["mean_block_ms"], table["clock"]) == (100, 0.05, [64, 1.5])
