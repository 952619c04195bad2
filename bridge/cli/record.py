"""``ghostnote record``: the rig's input into a file."""

from __future__ import annotations

import json
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from bridge.audio.files import Recording, write_wav
from bridge.audio.recorder import Meter, Taken, take_recording
from bridge.rig.rig import Rig, load_rig
from synth.errors import InputError
from synth.output import free_path, require_writable


def record(
    out: Annotated[Path, typer.Argument(help="The file to write, .wav; numbered if it exists.")],
    rig: Annotated[str, typer.Option(help="Rig file, or the name of a shipped one: which input, which rate.")] = "808",
    seconds: Annotated[float, typer.Option(help="How long; Ctrl-C ends it sooner and keeps what was played.")] = 60.0,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Record the drums of a rig, one channel each: something to train on."""
    if out.suffix.lower() != ".wav":
        raise InputError(f"{out}: recordings are written as .wav; give it that ending")
    checked = load_rig(rig)
    file = free_path(out)
    require_writable(file)
    console = Console(stderr=as_json, highlight=False, markup=False, soft_wrap=True)
    taken = recorded(checked, seconds)
    recording, lost = taken.recording, taken.lost
    save_recording(file, recording)
    say_cut(taken, console)
    said = {"file": str(file), "seconds": round(recording.seconds, 2), "channels": recording.channels, "xruns": lost}
    if as_json:
        typer.echo(json.dumps(said | {"cut": taken.cut}))
    else:
        console.print(f"Wrote {file}: {recording.seconds:.1f} s, {recording.channels} channel(s), {lost} xruns.")


def say_cut(taken: Taken, console: Console) -> None:
    """Say it where the input stopped before the end of the recording."""
    if taken.cut:
        came_s = taken.recording.seconds
        console.print(f"Note: the input stopped after {came_s:.1f} s; what came before is kept.", style="yellow")


def recorded(rig: Rig, seconds: float) -> Taken:
    """Record with a bar that shows the level; Ctrl-C ends it and keeps what was played."""
    with level_bar("Recording", seconds) as meter, stop_on_interrupt() as stop:
        return take_recording(rig, seconds, meter, stop)


@contextmanager
def level_bar(what: str, seconds: float) -> Iterator[Meter]:
    """Show how much of a recording is done, and its level."""
    console = Console(stderr=True)
    level = TextColumn("{task.fields[level]}", markup=False)
    columns = (TextColumn("{task.description}", markup=False), BarColumn(), level, TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task(what, total=seconds, level="")

        def meter(done_s: float, peak_db: float) -> None:
            words = f"{peak_db:6.1f} dBFS" + ("  CLIPS" if peak_db > -0.1 else "")
            progress.update(task, completed=done_s, level=words)

        yield meter


@contextmanager
def stop_on_interrupt() -> Iterator[threading.Event]:
    """Give an event that Ctrl-C sets, once; afterwards Ctrl-C means again what it did before."""
    stop = threading.Event()
    before = signal.signal(signal.SIGINT, lambda _number, _frame: stop.set())
    try:
        yield stop
    finally:
        signal.signal(signal.SIGINT, before)


def save_recording(path: Path, recording: Recording) -> None:
    """Write a recording whole or not at all."""
    part = path.with_name(f".{path.name}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_wav(part, recording.audio, recording.sample_rate)
        part.replace(path)
    except (OSError, RuntimeError) as error:
        part.unlink(missing_ok=True)
        raise InputError(f"{path}: the recording cannot be written ({error})") from None
