"""``ghostnote play``: a rig, live."""

from __future__ import annotations

import dataclasses
import json
import time
from collections.abc import Callable
from contextlib import closing
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.live import Live

from bridge.cli.screen import ENDING, console, stop_on
from bridge.cli.status_line import news, status_text, summary
from bridge.engine.messages import Opened
from bridge.mapping.load import with_model
from bridge.rig.rig import RIGS, Rig, load_rig
from bridge.session.cables import play_costs
from bridge.session.findings import opened_findings, rig_findings
from bridge.session.machine import Finding
from bridge.session.session import Session
from bridge.session.status import Status

REFRESH_S = 0.1
JSON_EVERY_S = 0.5


def play(
    rig: Annotated[str, typer.Option(help="Rig file, or the name of a shipped one.")] = "808",
    model: Annotated[str, typer.Option(help="Model for every drum, in place of the rig's.")] = "",
    seconds: Annotated[float, typer.Option(min=0.0, help="Stop after this time; 0 plays until Ctrl-C.")] = 0.0,
    as_json: Annotated[bool, typer.Option("--json", help="Write the state as lines of JSON.")] = False,
    strict: Annotated[
        bool, typer.Option("--strict", help="End with an error where a device, port or host is not there.")
    ] = False,
) -> None:
    """Play live: an acoustic drum in, the 808 and other synths out. Ctrl-C silences everything and ends.

    What is not there yet is named, waited for and taken in when it comes.
    """
    play_rig(with_model(load_rig(rig), model), str(RIGS.find(rig)), seconds, as_json, strict=strict)


def play_rig(
    checked: Rig,
    source: str,
    seconds: float,
    as_json: bool = False,
    ready: Callable[[], None] = lambda: None,
    strict: bool = False,
) -> None:
    """Play a checked rig, from the file that ``source`` names; call ``ready`` as soon as it plays."""
    with stop_on(*ENDING) as stop, closing(Session(checked, source, strict)) as session:
        opened = session.start()
        ready()
        deadline_s = time.monotonic() + seconds if seconds else float("inf")

        def over() -> bool:
            return stop.is_set() or time.monotonic() >= deadline_s

        if as_json:
            _show_json(session, source, opened, over)
        else:
            _show_line(session, source, opened, over)
    for sentence in filter(None, (target.unended for target in session.targets.values())):
        console(as_json=True).print(sentence, style="bold red")


def _show_line(session: Session, source: str, opened: Opened | None, over: Callable[[], bool]) -> None:
    """Keep one line of status on the terminal until it is over, and say in lines above it what goes and comes."""
    screen = console()
    announce(screen, opened, session.rig)
    for sentence in session.away():
        screen.print(f"Not there yet: {sentence}. It is taken in when it comes.", style="yellow")
    for finding in found_at_start(session, source, opened):
        screen.print(f"{finding.sentence}.", style="dim" if finding.severity == "good" else "yellow")
    began_s, before, told = time.monotonic(), session.status(), set[str]()
    with Live(console=screen, auto_refresh=False, transient=True) as live:
        while not over():
            status = session.status()
            found = [_begun(sentence) for sentence in session.findings() if sentence not in told]
            told.update(session.findings())
            for line in (*news(before, status), *found):
                live.console.print(line, style="yellow")
            if screen.is_terminal:
                live.update(status_text(status, screen.width), refresh=True)
            before = status
            time.sleep(REFRESH_S)
    for line in summary(before, time.monotonic() - began_s, session.strokes_by_drum()):
        screen.print(line)


def _begun(sentence: str) -> str:
    """Return a sentence with a capital letter; one that begins with a file's name has that as it is."""
    return sentence if sentence.partition(" ")[0].endswith(":") else f"{sentence[0].upper()}{sentence[1:]}"


def announce(screen: Console, opened: Opened | None, rig: Rig) -> None:
    """Say what plays where, a line each."""
    drums = ", ".join(f"{drum.name} (input {drum.channel}) with {drum.model}" for drum in rig.drum)
    places = ", ".join(f"{target.name} ({target.type})" for target in rig.targets)
    screen.print(f"Playing {drums} to {places}. Ctrl-C ends.")
    if opened is not None:
        screen.print(_device_line(opened), style="dim")


def found_at_start(session: Session, source: str, opened: Opened | None) -> list[Finding]:
    """Return what a drummer should know before the first stroke: what was opened, and what was perhaps not meant."""
    costs = play_costs(session.rig, source, session.live.mappings)
    return [*opened_findings(session.rig, source, session.targets, opened), *rig_findings(session.rig, costs)]


def _show_json(session: Session, source: str, opened: Opened | None, over: Callable[[], bool]) -> None:
    """Write changes of state at once, and figures twice a second, until it is over."""
    state, next_s = "" if opened is None else session.state, 0.0
    if opened is not None:
        typer.echo(json.dumps(_ready(session, source, opened)))
    while not over():
        if opened is None and (opened := session.supervisor.opened) is not None:
            typer.echo(json.dumps(_ready(session, source, opened)))
        if session.state != state:
            state = session.state
            typer.echo(json.dumps({"state": state, "away": session.away()}))
        if time.monotonic() >= next_s:
            next_s = time.monotonic() + JSON_EVERY_S
            typer.echo(json.dumps(status_table(session.status())))
        time.sleep(0.02)
    typer.echo(json.dumps(status_table(session.status())))


def _ready(session: Session, source: str, opened: Opened) -> dict[str, Any]:
    """Return what a program is told when the audio runs for the first time."""
    ready: dict[str, Any] = {"state": "ready", "input": opened.input_name, "output": opened.output_name}
    ready |= {"sample_rate": opened.sample_rate, "device_hz": opened.device_hz, "block": opened.block}
    return ready | {"findings": [dataclasses.asdict(finding) for finding in found_at_start(session, source, opened)]}


def _device_line(opened: Opened) -> str:
    """Return what was opened, in words."""
    block_ms = 1000 * opened.block / opened.sample_rate
    urgent = "real-time priority" if opened.real_time else "no real-time priority (see ghostnote doctor)"
    devices = ", ".join(dict.fromkeys((opened.input_name, opened.output_name)))
    return f"{devices}: {opened.sample_rate} Hz, {opened.block} frames ({block_ms:.2f} ms), {urgent}"


def status_table(status: Status) -> dict[str, Any]:
    """Return the status as numbers for a program."""
    table: dict[str, Any] = {
        "strokes": status.strokes,
        "unplayed": status.unplayed,
        "level_db": round(status.level_db, 1),
        "outputs_db": [round(level_db, 1) for level_db in status.outputs_db],
        "latency_ms": round(status.latency_ms, 3),
        "losses": status.losses,
        **status.counts,
        "failure": status.failure,
        "send_error": status.send_error,
        "midi_in": status.midi_in,
        "away": list(status.away),
        "written": {target.name: target.written for target in status.targets if target.written},
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
