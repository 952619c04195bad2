"""``ghostnote render``: recordings through the live chain, every target recorded, none opened."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from rich.console import Console

from bridge.audio.files import open_take
from bridge.calibration.sound_check import checked
from bridge.cli.screen import AsJson, RigName, console, out_folders, progress, show_notes
from bridge.mapping.load import with_model
from bridge.rig.rig import load_rig
from bridge.session.offline import Playback, Played
from bridge.session.render import FILES, SYNTH, write_performance
from bridge.session.report import MOVED_SHARE, moved_shares
from synth.dsp.levels import decibels
from synth.errors import counted_noun
from synth.outputs import require_inputs_kept, whole_folder


def render(
    inputs: Annotated[list[Path], typer.Argument(metavar="INPUT", help="Recordings: WAV, FLAC, AIFF, Ogg.")],
    rig: RigName = "demo",
    model: Annotated[str, typer.Option(help="Bundle for every drum, in place of the rig's.")] = "",
    out: Annotated[
        Path, typer.Option(help="Output folder, whose earlier results are replaced; several inputs get a folder each.")
    ] = Path("out"),
    gain_db: Annotated[float, typer.Option(help="Input gain, dB.", min=-80, max=60)] = 0.0,
    block: Annotated[int, typer.Option(help="Frames per block; no result depends on it.", min=1, max=65_536)] = 64,
    as_json: AsJson = False,
) -> None:
    """Play recordings through a rig into files: audio, MIDI, every message, a table and a picture."""
    settings = with_model(load_rig(rig), model)
    folders = out_folders(inputs, out)
    require_inputs_kept(folders, [folder / name for folder in folders.values() for name in FILES])
    for path, folder in folders.items():
        take = open_take(path, gain_db)
        playback = Playback(settings, take, block)
        with whole_folder(folder) as unfinished, progress(path.name, 1.0) as show_share:
            performance = write_performance(playback, unfinished, path.stem, show_share)
        if not performance.voiced:
            (folder / SYNTH).unlink(missing_ok=True)  # of an earlier performance
        summary = summarize(performance, folder)
        used = sorted(set(playback.channels.values()))
        summary["warnings"] += checked(take.audio, take.sample_rate, used, performance.hits)
        if as_json:
            typer.echo(json.dumps(summary))
        else:
            show(summary, console())


def summarize(performance: Played, folder: Path) -> dict[str, Any]:
    """Return what a program may want to know of a performance that was written to ``folder``; ``--json`` prints it."""
    moving = {}
    for source, space in performance.spaces.items():
        shares = moved_shares([strike for strike in performance.strikes if strike.source == source], space)
        moving[source.label] = int(np.sum(shares >= MOVED_SHARE))
    return {
        "input": str(performance.recording.path),
        "out": str(folder),
        "seconds": round(performance.recording.seconds, 3),
        "strokes": len(performance.hits),
        "unplayed": performance.unplayed,
        "moving_parameters": moving,
        "synth_peak": performance.peak,
        "output_peak_db": round(decibels(performance.output_peak), 1),
        "output_clipped": performance.clipped,
        "voiced": performance.voiced,
        "messages": performance.sent,
        "non_finite": performance.non_finite,
        "warnings": list(performance.recording.warnings),
    }


def show(summary: dict[str, Any], screen: Console) -> None:
    """Print a summary, a line for each thing that was made."""
    moving, messages = summary["moving_parameters"], summary["messages"]
    show_notes(summary["warnings"], screen)
    screen.print(f"input    {summary['input']} ({summary['seconds']} s)")
    unplayed = f", {summary['unplayed']} of them unplayed: no when of the drum took them" * bool(summary["unplayed"])
    screen.print(f"strokes  {summary['strokes']}{unplayed}")
    screen.print("moving   " + ", ".join(f"{drum}: {count} parameters" for drum, count in moving.items()))
    sent = ", ".join(f"{target}: {counted_noun(count, 'message')}" for target, count in messages.items())
    screen.print(f"sent     {sent or 'nothing'}")
    if summary["voiced"]:
        screen.print(f"output   peaks at {summary['output_peak_db']:.1f} dBFS{_clipped(summary['output_clipped'])}")
    synth = f"{SYNTH} " if summary["voiced"] else ""
    screen.print(f"files    {summary['out']}/: hits.csv {synth}performance.mid messages.jsonl report.png")
    if not synth:
        screen.print(f"         no {SYNTH}: no drum of this rig plays a built-in voice")
    if not summary["strokes"]:
        screen.print("No stroke was heard: is this the drum's channel? ghostnote calibrate measures an input.")


def _clipped(samples: int) -> str:
    """Say that the output was too loud, and what to do; empty where it was not."""
    return f"; {samples} samples beyond full scale were bent and distort: lower [output] gain_db" if samples else ""
