"""What a performance looked like: a row per stroke, and a picture of strokes, features and moving parameters."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from itertools import cycle, pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bridge.events import Audio, PlayKey, Strike, TranscriptEntry
from bridge.session.offline import Played
from models.features.tables import ONSET_FEATURES
from synth.figures import BLUE, GREY, INK, RED, YELLOW, drawable, picture
from synth.spec import ParamSpace

MOVED_SHARE = 0.05
"""A parameter that moves by less than this share of its range is drawn grey and not counted as moving."""


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
    """Draw drum, strokes, features, moving parameters and synth over one time axis as a PNG."""
    with picture(path, 13, 11) as figure:
        heights = {"height_ratios": [1.1, 1.3, 2.6, 1.1]}
        axes = figure.subplots(4, 1, sharex=True, gridspec_kw=heights)
        recording = performance.recording
        inputs = sorted(set(performance.channels.values()))
        _draw_wave(axes[0], recording.audio, inputs, recording.sample_rate, INK, "drum")
        _draw_strokes(axes[0], performance)
        _draw_features(axes[1], performance)
        _draw_parameters(axes[2], performance)
        _draw_wave(axes[3], performance.synth, None, recording.sample_rate, BLUE, "synth")
        axes[3].set_xlabel("seconds")
        words = f"{drawable(title)}: {len(performance.hits)} strokes"
        axes[0].set_title(words, loc="left", fontweight="bold", parse_math=False)  # a file may be named $1$
        for axis in axes:
            axis.spines[["top", "right"]].set_visible(False)
            axis.set_xlim(0, len(performance.synth) / performance.recording.sample_rate)


def _draw_wave(
    axis: Any, audio: Audio, channels: Sequence[int] | None, sample_rate: int, colour: str, label: str
) -> None:
    """Draw least and greatest value per pixel column: a file of a minute has more samples than a picture has pixels.

    ``channels`` are those that are summed; None: all.
    """
    columns = min(2600, max(1, len(audio)))
    edges = np.linspace(0, len(audio), columns + 1).astype(int)
    low, high = np.zeros((2, columns), np.float32)
    for column, (first, stop) in enumerate(pairwise(edges)):
        wave = np.asarray(audio[first:stop]).reshape(stop - first, -1)
        wave = (wave if channels is None else wave[:, channels]).sum(axis=1)
        low[column], high[column] = wave.min(initial=np.inf), wave.max(initial=-np.inf)
    edges = edges[:-1]
    axis.fill_between(edges / sample_rate, low, high, color=colour, linewidth=0)
    axis.set_ylabel(label)
    peak = max(1e-3, float(np.abs((low, high)).max()))
    axis.set_ylim(-1.15 * peak, 1.15 * peak)


def _draw_strokes(axis: Any, performance: Played) -> None:
    top = axis.get_ylim()[1]
    rate = performance.recording.sample_rate
    for strike in performance.strikes:
        axis.vlines(strike.hit.onset / rate, top * 0.72, top * (0.78 + 0.2 * strike.velocity), color=RED, lw=1.0)


def _draw_features(axis: Any, performance: Played) -> None:
    rate = performance.recording.sample_rate
    hits = performance.hits
    times = [hit.onset / rate for hit in hits]
    for column, (feature, colour) in enumerate(zip(ONSET_FEATURES, cycle((INK, RED, BLUE, YELLOW)), strict=False)):
        values = np.array([hit.features[column] for hit in hits])
        unit = (values - feature.low) / (feature.high - feature.low)
        label = f"{feature.name} ({feature.low:g} to {feature.high:g} {feature.unit})"
        axis.plot(times, unit, "o-", ms=2.8, lw=0.6, color=colour, label=label)
    axis.set_ylim(0, 1)
    axis.set_ylabel("what is heard")
    axis.legend(loc="upper right", fontsize=7, ncols=3, framealpha=0.85)


def _draw_parameters(axis: Any, performance: Played) -> None:
    """Draw each parameter of the first drum in a lane of its own: where it is within its range, stroke by stroke."""
    rate = performance.recording.sample_rate
    source, space = next(iter(performance.spaces.items()))
    strikes = [strike for strike in performance.strikes if strike.source == source]
    times = [strike.hit.onset / rate for strike in strikes]
    unit = space.to_unit(np.array([strike.values for strike in strikes]).reshape(-1, len(space)))
    moved = moved_shares(strikes, space)
    for column in range(len(space)):
        lane = len(space) - 1 - column
        colour = RED if moved[column] >= MOVED_SHARE else GREY
        axis.axhline(lane, color="#eeeeee", lw=0.8, zorder=0)
        axis.step(times, lane + 0.9 * unit[:, column], where="post", color=colour, lw=1.0)
    axis.set_yticks([len(space) - 1 - i + 0.45 for i in range(len(space))], space.names, fontsize=7, parse_math=False)
    axis.set_ylim(-0.1, len(space))
    axis.set_ylabel(f"what moves ({int(np.sum(moved >= MOVED_SHARE))} of {len(space)})")
