"""``ghostnote render``: recordings through the live chain, every target recorded, none opened."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path
from typing import Annotated, TypedDict

import numpy as np
import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from bridge.audio.files import Recording, read_recording, require_file, write_wav
from bridge.mapping.load import with_model
from bridge.midi.file import write_midi_file
from bridge.rig.rig import Rig, load_rig
from bridge.session.offline import Performance, perform
from bridge.session.report import MOVED_SHARE, draw_report, hits_csv, messages_jsonl, moved_shares
from synth.errors import InputError
from synth.output import require_inputs_kept, whole_folder

SYNTH = "synth.wav"
FILES = ("hits.csv", SYNTH, "performance.mid", "messages.jsonl", "report.png")
"""All that `write_performance` may write."""


def render(
    inputs: Annotated[list[Path], typer.Argument(metavar="INPUT", help="Recordings: WAV, FLAC, AIFF, Ogg.")],
    rig: Annotated[str, typer.Option(help="A rig file, or the name of a shipped rig.")] = "demo",
    model: Annotated[str, typer.Option(help="Play this bundle on every drum instead of the rig's.")] = "",
    out: Annotated[Path, typer.Option(help="Folder for the files; several inputs get one each inside it.")] = Path(
        "out"
    ),
    gain_db: Annotated[float, typer.Option(help="Input gain, dB.", min=-80, max=60)] = 0.0,
    block: Annotated[int, typer.Option(help="Frames a step; changes nothing that is heard.", min=1, max=65_536)] = 64,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object per input.")] = False,
) -> None:
    """Play recordings through a rig into files: audio, MIDI, every message, a table and a picture."""
    settings = with_model(load_rig(rig), model)
    console = Console(stderr=as_json, highlight=False, markup=False, soft_wrap=True)
    folders = _folders(inputs, out)
    for path, folder in folders.items():
        performance = _perform(settings, read_recording(path), gain_db, block)
        with whole_folder(folder) as unfinished:
            write_performance(performance, unfinished, path.stem)
        if not performance.voiced:
            (folder / SYNTH).unlink(missing_ok=True)  # of an earlier performance
        summary = summarize(performance, folder)
        if as_json:
            typer.echo(json.dumps(summary))
        else:
            show(summary, console)


def write_performance(performance: Performance, folder: Path, title: str) -> None:
    """Write ``hits.csv``, `SYNTH` if a voice plays, ``performance.mid``, ``messages.jsonl`` and ``report.png``."""
    (folder / "hits.csv").write_text(hits_csv(performance), encoding="utf-8")
    (folder / "messages.jsonl").write_text(messages_jsonl(performance.tape), encoding="utf-8")
    if performance.voiced:
        write_wav(folder / SYNTH, performance.synth, performance.recording.sample_rate)
    write_midi_file(folder / "performance.mid", performance.tape)
    draw_report(performance, folder / "report.png", title)


class Summary(TypedDict):
    """What a program may want to know of a rendered performance; ``--json`` prints it."""

    input: str
    out: str
    seconds: float
    strokes: int
    moving_parameters: dict[str, int]
    synth_peak: float
    voiced: bool
    messages: dict[str, int]
    non_finite: int
    warnings: list[str]


def summarize(performance: Performance, folder: Path) -> Summary:
    """Return the summary of a performance that was written to ``folder``."""
    moving = {}
    for source, space in performance.spaces.items():
        shares = moved_shares([strike for strike in performance.strikes if strike.source == source], space)
        moving[source.label] = int(np.sum(shares >= MOVED_SHARE))
    messages = {
        target: sum(entry.target == target for entry in performance.tape)
        for target in dict.fromkeys(entry.target for entry in performance.tape)
    }
    return {
        "input": str(performance.recording.path),
        "out": str(folder),
        "seconds": round(performance.recording.seconds, 3),
        "strokes": len(performance.hits),
        "moving_parameters": moving,
        "synth_peak": float(np.max(np.abs(performance.synth), initial=0.0)),
        "voiced": performance.voiced,
        "messages": messages,
        "non_finite": performance.non_finite,
        "warnings": list(performance.recording.warnings),
    }


def show(summary: Summary, console: Console) -> None:
    """Print a summary, a line for each thing that was made."""
    moving, messages = summary["moving_parameters"], summary["messages"]
    for warning in summary["warnings"]:
        console.print(f"Note: {warning}.", style="yellow")
    console.print(f"input    {summary['input']} ({summary['seconds']} s)")
    console.print(f"strokes  {summary['strokes']}")
    console.print("moving   " + ", ".join(f"{drum}: {count} parameters" for drum, count in moving.items()))
    sent = ", ".join(f"{target}: {count} messages" for target, count in messages.items())
    console.print(f"sent     {sent or 'nothing'}")
    synth = f"{SYNTH} " if summary["voiced"] else ""
    console.print(f"files    {summary['out']}/: hits.csv {synth}performance.mid messages.jsonl report.png")
    if not synth:
        console.print(f"         no {SYNTH}: no drum of this rig plays a built-in voice")
    if not summary["strokes"]:
        console.print("No stroke was heard: is this the drum's channel? Try --gain-db 20, or ghostnote calibrate.")


def _folders(inputs: list[Path], out: Path) -> dict[Path, Path]:
    """Return the output folder of each input; what cannot work is refused before anything is rendered."""
    folders = {path: out / path.stem for path in inputs} if len(inputs) > 1 else {inputs[0]: out}
    if len(set(folders.values())) < len(inputs):
        raise InputError(f"{', '.join(map(str, inputs))}: two inputs have one stem; rename one, or render them apart")
    for path, folder in folders.items():
        require_file(path)
        if os.path.isfile(folder):
            raise InputError(f"{folder}: is a file; --out names a folder")
    require_inputs_kept(folders, [folder / name for folder in folders.values() for name in FILES])
    return folders


def _perform(rig: Rig, recording: Recording, gain_db: float, block: int) -> Performance:
    if gain_db:
        with np.errstate(over="ignore"):
            recording = replace(recording, audio=recording.audio * np.float32(10 ** (gain_db / 20)))
        if not np.isfinite(recording.audio).all():
            raise InputError(f"{recording.path}: {gain_db:g} dB more is too loud for any file; lower --gain-db")
    columns = (TextColumn("{task.description}", markup=False), BarColumn(), TimeRemainingColumn())
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task(recording.path.name, total=1.0)
        return perform(rig, recording, block, lambda share: bar.update(task, completed=share))
