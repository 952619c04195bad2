"""The picture of `ghostnote detect`: level and confidence over time, with the strokes found, missed and false."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from bridge.session.detect import CONFIDENCE_PER_S, Detection, Marks
from bridge.session.waves import wave_extremes
from synth.figures import BLUE, GREY, HEIGHT_IN, INK, RED, drawable, extremes, picture, shown_spans

LEVEL_DB = (-80.0, 4.0)
MOST_CHANNELS_WITH_CONFIDENCE = 3
"""More channels leave no room for a second row each."""


class Lane(NamedTuple):
    """Strokes of one kind, marked at one height above the level.

    Parameters
    ----------
    name, colour : str
    times_s : (n,) float64
    """

    name: str
    colour: str
    times_s: NDArray[np.float64]


def draw_detection(detection: Detection, marks: Sequence[Marks], path: Path, title: str) -> None:
    """Draw a take, whole; beside it the seconds with most strokes, where the take is long."""
    channels, seconds = detection.recording.channels, detection.recording.seconds
    rows = channels * (1 if channels > MOST_CHANNELS_WITH_CONFIDENCE else 2)
    onsets_s = [hit.onset / detection.recording.sample_rate for hit in detection.hits]
    spans = shown_spans(onsets_s, seconds)
    with picture(path, height=min(1.2 + 1.8 * rows, HEIGHT_IN)) as figure:
        axes = figure.subplots(
            rows,
            len(spans),
            sharex="col",
            sharey="row",
            squeeze=False,
            gridspec_kw={"width_ratios": [3, 2][: len(spans)]},
        )
        for column, span in enumerate(spans):
            for channel in range(channels):
                above = axes[channel * rows // channels, column]
                lanes = _lanes(detection, marks, channel)
                _draw_level(above, detection, channel, span, lanes)
                if rows > channels:
                    _draw_confidence(axes[2 * channel + 1, column], detection, channel, span)
            axes[-1, column].set_xlabel("time, s")
            axes[-1, column].set_xlim(*span)
        _label_rows(axes, detection, marks, rows // channels)
        axes[0, 0].set_title(drawable(title), loc="left", parse_math=False)
        if len(spans) > 1:
            axes[0, 1].set_title(f"{spans[1][0]:.1f} to {spans[1][1]:.1f} s, where most strokes are", loc="left")


def _lanes(detection: Detection, marks: Sequence[Marks], channel: int) -> list[Lane]:
    """Return the strokes of a channel by kind; without a truth all are of one kind."""
    rate = detection.recording.sample_rate
    hits_s = np.array([hit.onset / rate for hit in detection.hits if hit.channel == channel])
    for mine in (one for one in marks if one.channel == channel):
        events, found = np.array(mine.final.pairs, int).reshape(-1, 2).T
        missed_s = np.delete([stroke.onset_s for stroke in mine.strokes], found)
        false_s = np.delete(hits_s, events)
        return [Lane("found", BLUE, hits_s[events]), Lane("missed", RED, missed_s), Lane("false", INK, false_s)]
    return [Lane("strokes", BLUE, hits_s)]


def _draw_level(
    axis: Any, detection: Detection, channel: int, span: tuple[float, float], lanes: Sequence[Lane]
) -> None:
    """Draw the peak level of a channel, and above it a lane of ticks for each kind of stroke."""
    rate = detection.recording.sample_rate
    places = (round(span[0] * rate), round(span[1] * rate))
    starts, low, high = wave_extremes(detection.recording.audio, places, [channel])
    peak_db = 20 * np.log10(np.maximum(np.maximum(-low, high), 1e-6))
    axis.fill_between(starts / rate, LEVEL_DB[0], peak_db, color=GREY, linewidth=0, step="post")
    for number, lane in enumerate(lanes):
        bottom, top = LEVEL_DB[1] + 9.0 * number, LEVEL_DB[1] + 9.0 * number + 7.0
        inside = lane.times_s[(lane.times_s >= span[0]) & (lane.times_s <= span[1])]
        axis.vlines(inside, bottom, top, color=lane.colour, linewidth=0.8 if len(inside) > 200 else 1.4)
        if lane.colour != BLUE:  # what went wrong is looked for in the level below
            axis.vlines(inside, LEVEL_DB[0], bottom, color=lane.colour, linewidth=0.5, alpha=0.6)
    axis.set_ylim(LEVEL_DB[0], LEVEL_DB[1] + 9.0 * len(lanes))
    axis.set_yticks(range(-80, 1, 20))
    axis.spines[["top", "right"]].set_visible(False)


def _draw_confidence(axis: Any, detection: Detection, channel: int, span: tuple[float, float]) -> None:
    """Draw how much each moment looked like a stroke's start: the highest of each column of the picture."""
    confidence = detection.confidence[channel, round(span[0] * CONFIDENCE_PER_S) : round(span[1] * CONFIDENCE_PER_S)]
    edges, _, high = extremes(confidence)
    axis.fill_between(span[0] + edges / CONFIDENCE_PER_S, 0.0, high, color=INK, linewidth=0, step="post")
    axis.set_ylim(0.0, 1.05)
    axis.spines[["top", "right"]].set_visible(False)


def _label_rows(axes: Any, detection: Detection, marks: Sequence[Marks], rows: int) -> None:
    """Name the axes of each channel, and count its strokes beside them, outside of the data."""
    for channel in range(detection.recording.channels):
        above = axes[channel * rows, 0]
        above.set_ylabel(f"input {channel + 1}\npeak, dBFS")
        for number, lane in enumerate(_lanes(detection, marks, channel)):
            place = (1.01, 1.0 - 0.16 * (number + 0.5))
            words = f"{lane.name}: {len(lane.times_s)}"
            axes[channel * rows, -1].annotate(words, place, xycoords="axes fraction", color=lane.colour, va="center")
        if rows > 1:
            axes[channel * rows + 1, 0].set_ylabel("confidence")
