"""``ghostnote detect``: find the strokes of a recording, and score them where the truth is known."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from bridge.audio.files import Take, open_take
from bridge.calibration.sound_check import checked
from bridge.cli.screen import AsJson, console, numbers, out_folders, progress, show_notes
from bridge.rig.rig import Rig, load_rig
from bridge.session.detect import (
    Detection,
    detect_as_rig,
    detect_strokes,
    hits_csv,
    mark,
    marks_table,
    read_truth,
)
from bridge.session.detection_picture import draw_detection
from synth.errors import InputError, counted_noun
from synth.outputs import whole_folder

COLUMNS = {
    "in": "channel",
    "true": "strokes",
    "found": "found",
    "miss": "missed",
    "false": "false",
    "twice": "duplicates",
    "F1": "f1",
    "early": "early_f1",
    "onset": "onset_error_95_ms",
    "delay": "delay_median_ms",
    "95%": "delay_95_ms",
}
"""Headings of the printed table, and what of `marks_table` stands under them."""


def detect(
    recordings: Annotated[list[Path], typer.Argument(metavar="RECORDING", help="WAV, FLAC, AIFF, Ogg.")],
    truth: Annotated[list[Path] | None, typer.Option(help="CSV of the true strokes, one per recording.")] = None,
    out: Annotated[Path | None, typer.Option(help="Folder for hits.csv, score.json and detection.png.")] = None,
    rig: Annotated[str, typer.Option(help="Rig whose gain, detector settings and windows are used.")] = "",
    as_json: AsJson = False,
) -> None:
    """Find the strokes of recordings as `play` finds them; --truth scores them."""
    if truth and len(truth) != len(recordings):
        raise InputError(f"--truth is given {len(truth)} times for {len(recordings)} recordings; give one for each")
    folders = out_folders(recordings, out) if out else {}
    settings = load_rig(rig) if rig else None
    for index, path in enumerate(recordings):
        recording = open_take(path)
        true = read_truth(truth[index], recording.channels) if truth else None
        detection = _detect(recording, settings)
        used = range(detection.recording.channels)
        found = checked(recording.audio, recording.sample_rate, used, detection.hits)
        if true is not None:  # what nobody listened to was not missed
            true = [stroke for stroke in true if stroke.channel < detection.recording.channels]
        marks = mark(detection, true) if true is not None else []
        summary = _summary(detection, found) | ({"score": [marks_table(one) for one in marks]} if truth else {})
        if folders:
            with whole_folder(folders[path]) as folder:
                (folder / "hits.csv").write_text(hits_csv(detection), encoding="utf-8")
                if truth:
                    (folder / "score.json").write_text(json.dumps(summary["score"], indent=1) + "\n", encoding="utf-8")
                draw_detection(detection, marks, folder / "detection.png", path.stem)
            if not truth:
                (folders[path] / "score.json").unlink(missing_ok=True)  # of another recording, or an earlier try
        if as_json:
            typer.echo(json.dumps(summary))
        else:
            show(summary, console())


def _detect(recording: Take, rig: Rig | None) -> Detection:
    with progress(recording.path.name, 1.0) as show:
        return detect_as_rig(recording, rig, show) if rig else detect_strokes(recording, progress=show)


def _summary(detection: Detection, found: list[str]) -> dict[str, Any]:
    counts = [sum(hit.channel == channel for hit in detection.hits) for channel in range(detection.recording.channels)]
    return {
        "recording": str(detection.recording.path),
        "seconds": round(detection.recording.seconds, 3),
        "sample_rate": detection.recording.sample_rate,
        "strokes": len(detection.hits),
        "strokes_by_channel": counts,
        "early_notes": len(detection.onsets),
        "warnings": [*detection.recording.warnings, *found],
    }


def show(summary: dict[str, Any], screen: Console) -> None:
    """Print a summary as a small table, a row per scored channel."""
    show_notes(summary["warnings"], screen)
    screen.print(f"{summary['recording']}: {counted_noun(summary['strokes'], 'stroke')} in {summary['seconds']} s")
    if "score" not in summary:
        return
    table = Table(*numbers(*COLUMNS), box=None, pad_edge=False)
    for row in summary["score"]:
        table.add_row(*(str(row[key]) for key in COLUMNS.values()))
    screen.print(table)
    for row in summary["score"]:
        missed = [
            f"{step['missed']} of {step['strokes']} from {step['from_dbfs']:g}" for step in row["misses_by_level"]
        ]
        if row["missed"] and missed:
            screen.print(f"missed on channel {row['channel']} by level (dBFS): {', '.join(missed)}")
