"""What a performance looked like: a row per stroke, and a picture of strokes, features and moving parameters."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from itertools import cycle
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bridge.events import Audio, PlayKey, Strike, TranscriptEntry
from bridge.session.offline import Played
from bridge.session.waves import wave_extremes
from models.features.tables import ONSET_FEATURES
from synth.errors import counted_noun
from synth.figures import BLUE, FONT_PT, GREY, INK, RED, YELLOW, drawable, picture, shown_spans
from synth.spec import ParamSpace

MOVED_SHARE = 0.05
"""A parameter that moves by less than this share of its range is drawn grey and not counted as moving."""

SIGNS = ((INK, "o"), (RED, "s"), (BLUE, "^"), (YELLOW, "D"))
"""Colour and mark of each feature; more features begin again."""

CROWDED = 300
"""More strokes on one axis are drawn thinner, and without lines between them."""


class HitsTable:
    """CSV with a row per strike: times, channel, level, features, parameters in real units.

    Where the channel does not tell whose strike it is, the drum and its play (0: the drum's own mapping) say so.

    Parameters
    ----------
    spaces : mapping of PlayKey to ParamSpace
        Of each mapping that is played.
    channels : mapping of PlayKey to int
        Input channel of each, from 0.
    sample_rate : int
        Hz.
    """

    def __init__(self, spaces: Mapping[PlayKey, ParamSpace], channels: Mapping[PlayKey, int], sample_rate: int) -> None:
        self._spaces = spaces
        self._rate = sample_rate
        self._doubtful = _doubtful_columns(channels)
        names = [feature.name for feature in ONSET_FEATURES]
        names += [name for space in spaces.values() for name in space.names]
        columns = ["onset_s", "detected_s", "ready_s", "channel", *self._doubtful, "level_db", *dict.fromkeys(names)]
        self._text = io.StringIO()
        self._writer = csv.DictWriter(self._text, [*columns, "gain_db", "velocity"], restval="", lineterminator="\n")

    def header(self) -> str:
        """Return the names of the columns as a line."""
        self._writer.writeheader()
        return self._taken()

    def row(self, strike: Strike) -> str:
        """Return a strike as a line."""
        hit, rate = strike.hit, self._rate
        row = {
            "onset_s": f"{hit.onset / rate:.7f}",
            "detected_s": f"{hit.detected / rate:.7f}",
            "ready_s": f"{hit.ready / rate:.7f}",
            "channel": str(hit.channel + 1),
            **{name: str(getattr(strike.source, name)) for name in self._doubtful},
            "level_db": f"{hit.level_db:.6f}",
        }
        row |= {feature.name: f"{value:.6f}" for feature, value in zip(ONSET_FEATURES, hit.features, strict=True)}
        own = self._spaces[strike.source].names
        row |= {name: repr(float(value)) for name, value in zip(own, strike.values, strict=True)}
        self._writer.writerow(row | {"gain_db": f"{strike.gain_db:.6f}", "velocity": f"{strike.velocity:.6f}"})
        return self._taken()

    def _taken(self) -> str:
        line = self._text.getvalue()
        self._text.seek(0)
        self._text.truncate()
        return line


def hits_csv(performance: Played) -> str:
    """Return the `HitsTable` of a performance as text."""
    table = HitsTable(performance.spaces, performance.channels, performance.recording.sample_rate)
    return table.header() + "".join(map(table.row, performance.strikes))


def _doubtful_columns(channels: Mapping[PlayKey, int]) -> list[str]:
    """Return the parts of a strike's source that its channel leaves open."""
    drums = {(key.drum, channel) for key, channel in channels.items()}
    shared = len({channel for _, channel in drums}) < len(drums)
    return ["drum"] * shared + ["play"] * (len(drums) < len(channels))


def messages_jsonl(tape: Iterable[TranscriptEntry]) -> str:
    """Return a JSON object per message: time, target, kind, then the message itself."""
    rows = ({"time_s": round(e.time_s, 7), "target": e.target, "kind": e.kind, **e.message} for e in tape)
    return "".join(json.dumps(row) + "\n" for row in rows)


def moved_shares(strikes: list[Strike], space: ParamSpace) -> NDArray[np.float64]:
    """Return how far each parameter moved over the strokes, as a share of its range: (n,)."""
    if not strikes:
        return np.zeros(len(space))
    unit = space.to_unit(np.array([strike.values for strike in strikes]))
    return np.asarray(np.ptp(unit, axis=0))


def draw_report(performance: Played, path: Path, title: str) -> None:
    """Draw drum, strokes, features, moving parameters and synth over one time axis as a PNG.

    A long take is drawn whole, and beside it the seconds with most strokes.
    """
    rate = performance.recording.sample_rate
    seconds = len(performance.synth) / rate
    spans = shown_spans([hit.onset / rate for hit in performance.hits], seconds)
    inputs = sorted(set(performance.channels.values()))
    with picture(path) as figure:
        shape = {"height_ratios": [1.1, 1.4, 2.8, 1.0], "width_ratios": [3, 2][: len(spans)]}
        axes = figure.subplots(4, len(spans), sharex="col", sharey="row", squeeze=False, gridspec_kw=shape)
        for column, span in zip(axes.T, spans, strict=True):
            _draw_wave(column[0], performance.recording.audio, inputs, rate, span, INK)
            _draw_wave(column[3], performance.synth, None, rate, span, BLUE)
        for axis in axes[[0, 3], 0]:
            _fit_wave(axis)
        for column, span in zip(axes.T, spans, strict=True):
            _draw_strokes(column[0], performance, span)
            _draw_features(column[1], performance, span)
            _draw_parameters(column[2], performance, span)
            column[3].set_xlabel("time, s")
            column[3].set_xlim(*span)
            for axis in column:
                axis.spines[["top", "right"]].set_visible(False)
        _name_axes(axes[:, 0], performance)
        words = f"{drawable(title)}: {counted_noun(len(performance.hits), 'stroke')}"
        axes[0, 0].set_title(words, loc="left", fontweight="bold", parse_math=False)  # a file may be named $1$
        if len(spans) > 1:
            axes[0, 1].set_title(f"{spans[1][0]:.1f} to {spans[1][1]:.1f} s, where most strokes are", loc="left")
        figure.legend(*axes[1, 0].get_legend_handles_labels(), loc="outside lower center", ncols=4, frameon=False)


def _name_axes(axes: Any, performance: Played) -> None:
    """Say what each row shows and in what unit."""
    source, space = next(iter(performance.spaces.items()))
    strikes = [strike for strike in performance.strikes if strike.source == source]
    moving = int(np.sum(moved_shares(strikes, space) >= MOVED_SHARE))
    axes[0].set_ylabel("drum,\nfull scale = 1")
    axes[1].set_ylabel("heard,\nshare of range")
    axes[2].set_ylabel(f"{source.label}: {moving} of {len(space)} parameters move,\neach over its range")
    axes[3].set_ylabel("synth,\nfull scale = 1")


def _draw_wave(
    axis: Any, audio: Audio, channels: Sequence[int] | None, rate: int, span: tuple[float, float], colour: str
) -> None:
    """Draw the least and the greatest value of each column of the picture; ``channels`` are summed, or all."""
    starts, low, high = wave_extremes(audio, (round(span[0] * rate), round(span[1] * rate)), channels)
    axis.fill_between(starts / rate, low, high, color=colour, linewidth=0)


def _fit_wave(axis: Any) -> None:
    """Give a wave all of its axis, whose height other columns share."""
    peak = 1.15 * max(1e-3, float(np.abs(axis.dataLim.intervaly).max()))
    axis.set_ylim(-peak, peak)


def _draw_strokes(axis: Any, performance: Played, span: tuple[float, float]) -> None:
    """Draw a tick for each strike, as long as it is hard."""
    top = axis.get_ylim()[1]
    rate = performance.recording.sample_rate
    shown = [strike for strike in performance.strikes if span[0] <= strike.hit.onset / rate <= span[1]]
    heights = np.array([strike.velocity for strike in shown])
    width = 0.5 if len(shown) > CROWDED else 1.2
    axis.vlines([one.hit.onset / rate for one in shown], 0.72 * top, (0.78 + 0.2 * heights) * top, color=RED, lw=width)


def _draw_features(axis: Any, performance: Played, span: tuple[float, float]) -> None:
    """Draw each feature of each stroke as a point; lines between them where they are few enough to be followed."""
    rate = performance.recording.sample_rate
    hits = [hit for hit in performance.hits if span[0] <= hit.onset / rate <= span[1]]
    times = [hit.onset / rate for hit in hits]
    for column, (feature, (colour, sign)) in enumerate(zip(ONSET_FEATURES, cycle(SIGNS), strict=False)):
        values = np.array([hit.features[column] for hit in hits])
        unit = (values - feature.low) / (feature.high - feature.low)
        label = f"{feature.name} ({feature.low:g} to {feature.high:g} {feature.unit})"
        crowded = len(hits) > CROWDED
        axis.plot(
            times, unit, sign, ls="" if crowded else "-", ms=1.5 if crowded else 3, lw=0.6, color=colour, label=label
        )
    axis.set_ylim(0, 1)


def _draw_parameters(axis: Any, performance: Played, span: tuple[float, float]) -> None:
    """Draw each parameter of the first drum in a lane of its own: where it is within its range, stroke by stroke."""
    rate = performance.recording.sample_rate
    source, space = next(iter(performance.spaces.items()))
    strikes = [strike for strike in performance.strikes if strike.source == source]
    moved = moved_shares(strikes, space)
    shown = [strike for strike in strikes if span[0] <= strike.hit.onset / rate <= span[1]]
    times = [strike.hit.onset / rate for strike in shown]
    unit = space.to_unit(np.array([strike.values for strike in shown]).reshape(-1, len(space)))
    width = 0.4 if len(shown) > CROWDED else 1.0
    for column in range(len(space)):
        lane = len(space) - 1 - column
        colour = RED if moved[column] >= MOVED_SHARE else GREY
        axis.axhline(lane, color="#eeeeee", lw=0.8, zorder=0)
        axis.step(times, lane + 0.9 * unit[:, column], where="post", color=colour, lw=width)
    names = {"fontsize": FONT_PT - 1, "parse_math": False}
    axis.set_yticks([len(space) - 1 - i + 0.45 for i in range(len(space))], space.names, **names)
    axis.set_ylim(-0.1, len(space))
