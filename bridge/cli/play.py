"""``ghostnote play``: a rig, live."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from contextlib import closing
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.live import Live
from rich.text import Text

from bridge.cli.screen import ENDING, console, stop_on
from bridge.control.surface import FAULTS
from bridge.engine.messages import Opened
from bridge.mapping.load import with_model
from bridge.rig.rig import RIGS, Rig, load_rig
from bridge.session.session import Session
from bridge.session.status import Status
from synth.errors import shorter

REFRESH_S = 0.1
JSON_EVERY_S = 0.5
METER_FLOOR_DB = -60.0
METER_CELLS = 20
WIDE = 200
"""Columns of a status line where there is no terminal; more than it ever has."""


def play(
    rig: Annotated[str, typer.Option(help="Rig file, or the name of a shipped one.")] = "808",
    model: Annotated[str, typer.Option(help="Model for every drum, in place of the rig's.")] = "",
    seconds: Annotated[float, typer.Option(min=0.0, help="Stop after this time; 0 plays until Ctrl-C.")] = 0.0,
    as_json: Annotated[bool, typer.Option("--json", help="Write the state as lines of JSON.")] = False,
) -> None:
    """Play live: an acoustic drum in, the 808 and other synths out. Ctrl-C silences everything and ends."""
    play_rig(with_model(load_rig(rig), model), str(RIGS.find(rig)), seconds, as_json)


def play_rig(
    checked: Rig, source: str, seconds: float, as_json: bool = False, ready: Callable[[], None] = lambda: None
) -> None:
    """Play a checked rig, from the file that ``source`` names; call ``ready`` as soon as the audio runs."""
    with stop_on(*ENDING) as stop, closing(Session(checked, source)) as session:
        opened = session.start()
        ready()
        deadline_s = time.monotonic() + seconds if seconds else float("inf")

        def over() -> bool:
            return stop.is_set() or time.monotonic() >= deadline_s

        if as_json:
            _show_json(session, opened, over)
        else:
            _show_line(session, opened, over)


def _show_line(session: Session, opened: Opened, over: Callable[[], bool]) -> None:
    """Keep one line of status on the terminal until it is over."""
    screen = console()
    if not screen.is_terminal:
        screen.width = WIDE  # nobody knows how wide the reader of a pipe is
    announce(screen, opened, session.rig)
    with Live(console=screen, refresh_per_second=1 / REFRESH_S, auto_refresh=False, transient=False) as live:
        while not over():
            live.update(status_text(session.status()), refresh=True)
            time.sleep(REFRESH_S)


def announce(screen: Console, opened: Opened, rig: Rig) -> None:
    """Say what plays where, a line each."""
    drums = ", ".join(f"{drum.name} (input {drum.channel}) with {drum.model}" for drum in rig.drum)
    places = ", ".join(f"{target.name} ({target.type})" for target in rig.targets)
    screen.print(f"Playing {drums} to {places}. Ctrl-C ends.")
    screen.print(_device_line(opened), style="dim")


def _show_json(session: Session, opened: Opened, over: Callable[[], bool]) -> None:
    """Write changes of state at once, and figures twice a second, until it is over."""
    ready = {"state": "ready", "input": opened.input_name, "output": opened.output_name}
    typer.echo(json.dumps(ready | {"sample_rate": opened.sample_rate, "block": opened.block}))
    state, next_s = session.state, 0.0
    while not over():
        if session.state != state:
            state = session.state
            typer.echo(json.dumps({"state": state}))
        if time.monotonic() >= next_s:
            next_s = time.monotonic() + JSON_EVERY_S
            typer.echo(json.dumps(status_table(session.status())))
        time.sleep(0.02)
    typer.echo(json.dumps(status_table(session.status())))


def _device_line(opened: Opened) -> str:
    """Return what was opened, in words."""
    block_ms = 1000 * opened.block / opened.sample_rate
    urgent = "real-time priority" if opened.real_time else "no real-time priority (see ghostnote doctor)"
    devices = ", ".join(dict.fromkeys((opened.input_name, opened.output_name)))
    return f"{devices}: {opened.sample_rate} Hz, {opened.block} frames ({block_ms:.2f} ms), {urgent}"


def status_text(status: Status) -> Text:
    """Return the status line: level, strokes, latency, xruns, and whatever went wrong."""
    cells = round(METER_CELLS * min(max(1 - status.level_db / METER_FLOOR_DB, 0.0), 1.0))
    line = Text()
    line.append("█" * cells, style="red" if status.level_db > -1 else "green")
    line.append("·" * (METER_CELLS - cells), style="dim")
    line.append(f" {max(status.level_db, -99.0):6.1f} dB  {status.strokes} strokes  {status.latency_ms:4.1f} ms")
    for fault in FAULTS:
        count = status.counts[fault.name]
        if fault.shown and (count or fault.always):
            line.append(f"  {count} {fault.shown}", style="red" if count else "")
    for error in filter(None, (status.failure, status.send_error)):
        line.append(f"  ({shorter(error)})", style="red")
    if status.midi_in not in ("ready", "closed"):
        line.append("  the MIDI input of remote control is gone; waiting for it to come back", style="bold red")
    if status.state == "waiting":
        line.append("  audio is gone; waiting for it to come back", style="bold red")
    return line


def status_table(status: Status) -> dict[str, Any]:
    """Return the status as numbers for a program."""
    table: dict[str, Any] = {
        "strokes": status.strokes,
        "level_db": round(status.level_db, 1),
        "latency_ms": round(status.latency_ms, 3),
        "losses": status.losses,
        **status.counts,
        "failure": status.failure,
        "send_error": status.send_error,
        "midi_in": status.midi_in,
    }
    if (report := status.report) is not None:
        stream = report.stream
        table |= {
            "blocks": stream.blocks,
            "late_blocks": stream.late,
            "long_blocks": stream.over,
            "busy_blocks": stream.busy,
            "worst_block_ms": round(1000 * stream.worst_work_s, 3),
            "mean_block_ms": round(1000 * stream.work_s / max(stream.blocks, 1), 4),
            "resyncs": report.resyncs,
            "late_voices": report.late_voices,
            "clock": [report.line.sample, report.line.time_s],
        }
    return table
