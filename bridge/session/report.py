"""What a performance looked like: a row per stroke, and a picture of strokes, features and moving parameters."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bridge.events import Strike, TranscriptEntry
from bridge.session.offline import Performance
from models.features.tables import ONSET_FEATURES
from synth.figures import BLUE, GREY, INK, RED, drawable, picture
from synth.spec import ParamSpace

MOVED_SHARE = 0.05
"""A parameter that moves by less than this share of its range is drawn grey and not counted as moving."""


def hits_csv(performance: Performance) -> str:
    """Return CSV text: a header, then a row per strike: times, channel, level, features, parameters in real units.

    Where the channel does not tell whose strike it is, the drum and its play (0: the drum's own mapping) say so.
    """
    rate, doubtful = performance.recording.sample_rate, _doubtful_columns(performance)
    names = [feature.name for feature in ONSET_FEATURES]
    names += [name for space in performance.spaces.values() for name in space.names]
    columns = ["onset_s", "detected_s", "ready_s", "channel", *doubtful, "level_db", *dict.fromkeys(names)]
    text = io.StringIO()
    writer = csv.DictWriter(text, [*columns, "gain_db", "velocity"], restval="", lineterminator="\n")
    writer.writeheader()
    for strike in performance.strikes:
        hit = strike.hit
        row = {
            "onset_s": f"{hit.onset / rate:.7f}",
            "detected_s": f"{hit.detected / rate:.7f}",
            "ready_s": f"{hit.ready / rate:.7f}",
            "channel": str(hit.channel + 1),
            **{name: str(getattr(strike.source, name)) for name in doubtful},
            "level_db": f"{hit.level_db:.6f}",
        }
        row |= {feature.name: f"{value:.6f}" for feature, value in zip(ONSET_FEATURES, hit.features, strict=True)}
        own = performance.spaces[strike.source].names
        row |= {name: repr(float(value)) for name, value in zip(own, strike.values, strict=True)}
        writer.writerow(row | {"gain_db": f"{strike.gain_db:.6f}", "velocity": f"{strike.velocity:.6f}"})
    return text.getvalue()


def _doubtful_columns(performance: Performance) -> list[str]:
    """Return the parts of a strike's source that its channel leaves open."""
    drums = {(key.drum, channel) for key, channel in performance.channels.items()}
    shared = len({channel for _, channel in drums}) < len(drums)
    return ["drum"] * shared + ["play"] * (len(drums) < len(performance.channels))


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


def draw_report(performance: Performance, path: Path, title: str) -> None:
    """Draw drum, strokes, features, moving parameters and synth over one time axis as a PNG."""
    with picture(path) as figure:
        heights = {"height_ratios": [1.1, 1.3, 2.6, 1.1]}
        axes = figure.subplots(4, 1, sharex=True, gridspec_kw=heights)
        drum = performance.recording.audio[:, sorted(set(performance.channels.values()))].sum(axis=1)
        _draw_wave(axes[0], drum, performance.recording.sample_rate, INK, "drum")
        _draw_strokes(axes[0], performance)
        _draw_features(axes[1], performance)
        _draw_parameters(axes[2], performance)
        synth = performance.synth.reshape(len(performance.synth), -1).sum(axis=1)
        _draw_wave(axes[3], synth, performance.recording.sample_rate, BLUE, "synth")
        axes[3].set_xlabel("seconds")
        words = f"{drawable(title)}: {len(performance.hits)} strokes"
        axes[0].set_title(words, loc="left", fontweight="bold", parse_math=False)  # a file may be named $1$
        for axis in axes:
            axis.spines[["top", "right"]].set_visible(False)
            axis.set_xlim(0, len(performance.synth) / performance.recording.sample_rate)


def _draw_wave(axis: Any, audio: NDArray[np.float32], sample_rate: int, colour: str, label: str) -> None:
    """Draw least and greatest value per pixel column: a file of a minute has more samples than a picture has pixels."""
    columns = min(2600, max(1, len(audio)))
    edges = np.linspace(0, len(audio), columns + 1).astype(int)[:-1]
    low, high = np.minimum.reduceat(audio, edges), np.maximum.reduceat(audio, edges)
    axis.fill_between(edges / sample_rate, low, high, color=colour, linewidth=0)
    axis.set_ylabel(label)
    peak = max(1e-3, float(np.max(np.abs(audio), initial=0.0)))
    axis.set_ylim(-1.15 * peak, 1.15 * peak)


def _draw_strokes(axis: Any, performance: Performance) -> None:
    top = axis.get_ylim()[1]
    rate = performance.recording.sample_rate
    for strike in performance.strikes:
        axis.vlines(strike.hit.onset / rate, top * 0.72, top * (0.78 + 0.2 * strike.velocity), color=RED, lw=1.0)


def _draw_features(axis: Any, performance: Performance) -> None:
    rate = performance.recording.sample_rate
    hits = performance.hits
    times = [hit.onset / rate for hit in hits]
    for column, (feature, colour) in enumerate(zip(ONSET_FEATURES, (INK, RED, BLUE), strict=True)):
        values = np.array([hit.features[column] for hit in hits])
        unit = (values - feature.low) / (feature.high - feature.low)
        label = f"{feature.name} ({feature.low:g} to {feature.high:g} {feature.unit})"
        axis.plot(times, unit, "o-", ms=2.8, lw=0.6, color=colour, label=label)
    axis.set_ylim(0, 1)
    axis.set_ylabel("what is heard")
    axis.legend(loc="upper right", fontsize=7, ncols=3, framealpha=0.85)


def _draw_parameters(axis: Any, performance: Performance) -> None:
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
