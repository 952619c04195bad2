"""Strokes of a recording through the live analyzer, told, scored and drawn: what ``ghostnote detect`` shows."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bridge.audio.files import Take, rig_channels
from bridge.ear.analyzer import Analyzer, ChannelSettings
from bridge.ear.bands import HOPS_PER_S
from bridge.ear.listen import hits_among, listen, rig_ears
from bridge.ear.score import Score, misses_by_level, score
from bridge.events import Hit, Onset
from bridge.mapping.load import load_bundle
from bridge.rig.rig import Rig
from synth.drummer.perform import Stroke
from synth.errors import InputError, shown
from synth.tables import Row, decimal, read_table

CONFIDENCE_PER_S = 300
"""The highest of each is kept: four seconds are as many as a picture has columns, and the hops of an hour are 43 MB."""


@dataclass(frozen=True, slots=True)
class Detection:
    """What the ear made of a recording.

    Parameters
    ----------
    recording : Take
    hits : tuple of Hit
        Confirmed strokes in order of their onsets.
    onsets : tuple of Onset
        All that was announced, confirmed later or not.
    confidence : (channels, n) float32
        How much each moment looked like a stroke's start, `CONFIDENCE_PER_S` of them: 0..1.
    """

    recording: Take
    hits: tuple[Hit, ...]
    onsets: tuple[Onset, ...]
    confidence: NDArray[np.float32]


def detect_as_rig(recording: Take, rig: Rig, progress: Callable[[float], object] = lambda share: None) -> Detection:
    """Run the ears of a rig over the channels that its drums use, behind its input's gain, as playing does.

    Raises
    ------
    InputError
        The recording has fewer channels than the rig needs, or a model cannot be used.
    """
    ears = rig_ears(rig, {drum.name: load_bundle(drum).window_s for drum in rig.drum})
    return detect_strokes(rig_channels(recording, rig), ears, progress, rig.input.gain_db)


def detect_strokes(
    recording: Take,
    channels: Sequence[ChannelSettings] | None = None,
    progress: Callable[[float], object] = lambda share: None,
    gain_db: float = 0.0,
) -> Detection:
    """Run the live analyzer over a recording behind a gain; ``progress`` hears the share that is done."""
    analyzer = Analyzer(recording.sample_rate, channels or [ChannelSettings()] * recording.channels)
    events: list[Onset | Hit] = []
    moments = len(recording.audio) * CONFIDENCE_PER_S // recording.sample_rate + 1
    confidence = np.zeros((recording.channels, moments), np.float32)
    done = hops = 0
    for samples, found in listen(analyzer, recording.audio, gain_db):
        events += found
        logits = analyzer.new_logits()
        moment = (hops + np.arange(logits.shape[1])) * CONFIDENCE_PER_S // HOPS_PER_S
        there = moment < moments  # not of the silence behind the recording
        np.maximum.at(confidence.T, moment[there], 1.0 / (1.0 + np.exp(-logits[:, there].T)))
        hops += len(moment)
        done += samples
        progress(min(1.0, done / len(recording.audio)))
    onsets = tuple(event for event in events if isinstance(event, Onset))
    return Detection(recording, tuple(hits_among(events)), onsets, confidence)


def hits_csv(detection: Detection) -> str:
    """Return a row per stroke; channels count from 1, as on a mixer."""
    rate = detection.recording.sample_rate
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["onset_s", "detected_s", "ready_s", "channel", "level_db"])
    for hit in detection.hits:
        times = (f"{samples / rate:.7f}" for samples in (hit.onset, hit.detected, hit.ready))
        writer.writerow([*times, hit.channel + 1, f"{hit.level_db:.3f}"])
    return text.getvalue()


def read_truth(path: Path, channels: int) -> list[Stroke]:
    """Read a CSV of onset_s, level_dbfs, kind and, for several microphones, channel (from 1).

    Raises
    ------
    InputError
        The file is missing, has no onset_s, or holds a value that is no number or no channel of the recording.
    """
    table = read_table(path)
    if "onset_s" not in table.columns:
        raise InputError(f"{path}: has no column onset_s; a truth file is CSV: onset_s,level_dbfs,kind[,channel]")
    if table.wide:
        raise InputError(
            f"{path}: line {table.wide[0]} has more cells than the first line has names; "
            "where numbers have decimal commas, separate the cells by semicolons"
        )
    strokes = [_true_stroke(row, f"{path}: line {line}", channels) for line, row in table.rows]
    return sorted(strokes, key=lambda stroke: stroke.onset_s)


def _true_stroke(row: Row, where: str, channels: int) -> Stroke:
    try:
        onset_s = decimal(row["onset_s"])
        level_dbfs = decimal(row.get("level_dbfs") or "nan")
        channel = int(row.get("channel") or 1)
    except ValueError:
        raise InputError(f"{where}: onset_s, level_dbfs and channel must be numbers; found {shown(row)}") from None
    if not np.isfinite(onset_s) or onset_s < 0:
        raise InputError(f"{where}: onset_s is {shown(row['onset_s'])}; allowed is 0 or more seconds")
    if not 1 <= channel <= channels:
        raise InputError(f"{where}: channel is {channel}; the recording has channels 1 to {channels}")
    return Stroke(onset_s, level_dbfs, row.get("kind") or "", channel - 1)


@dataclass(frozen=True, slots=True)
class Marks:
    """Score of one channel: of its confirmed strokes, and of the early notes alone."""

    channel: int
    strokes: tuple[Stroke, ...]
    final: Score
    early: Score


def mark(detection: Detection, truth: Sequence[Stroke]) -> list[Marks]:
    """Score every channel that has true strokes or events."""
    rate = detection.recording.sample_rate
    marks = []
    for channel in range(detection.recording.channels):
        strokes = tuple(stroke for stroke in truth if stroke.channel == channel)
        hits = [hit for hit in detection.hits if hit.channel == channel]
        noticed = sorted(onset.detected / rate for onset in detection.onsets if onset.channel == channel)
        true_s = [stroke.onset_s for stroke in strokes]
        final = score([hit.onset / rate for hit in hits], [hit.detected / rate for hit in hits], true_s)
        marks.append(Marks(channel, strokes, final, score(noticed, noticed, true_s)))
    return marks


def marks_table(marks: Marks) -> dict[str, Any]:
    """Return the score as plain numbers, for JSON; times in milliseconds."""
    result = marks.final

    def quantile_ms(values_s: NDArray[np.float64], percent: float) -> float | None:
        return round(float(np.percentile(values_s, percent)) * 1e3, 3) if len(values_s) else None

    return {
        "channel": marks.channel + 1,
        "strokes": result.truth,
        **{name: getattr(result, name) for name in ("found", "missed", "false", "duplicates")},
        **{name: round(getattr(result, name), 4) for name in ("f1", "precision", "recall")},
        "early_f1": round(marks.early.f1, 4),
        "onset_error_95_ms": quantile_ms(np.abs(result.onset_error_s), 95),
        "delay_median_ms": quantile_ms(result.delay_s, 50),
        "delay_95_ms": quantile_ms(result.delay_s, 95),
        "misses_by_level": [
            {"from_dbfs": edge, "strokes": strokes, "missed": missed}
            for edge, strokes, missed in misses_by_level(result, [stroke.level_dbfs for stroke in marks.strokes])
        ]
        if all(np.isfinite(stroke.level_dbfs) for stroke in marks.strokes)
        else [],
    }
