"""The results of an experiment on effects: a table, a picture and lines of CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bridge.learning.effect_grid import METRICS, NOTHING, WAYS
from models.training.intervals import Interval, ends_of
from synth.figures import BLUE, GREY, picture

DRAWS = 2000
BASE = "hybrid-autodiff"
"""What the others are compared with, pair by pair."""
WIDE = 10.0
"""With means so many times apart the picture has a logarithmic axis."""
REST = range(1, len(METRICS))
Array = NDArray[np.float64]


@dataclass(frozen=True)
class Way:
    """One way over all its seeds.

    Parameters
    ----------
    rows : dict of int to (seeds, lessons, metrics) array
        By the rate at which lessons were played.
    step_s : float
        Processor time of a step of learning, mean of the seeds.
    load : float
        Processor time of playing over the time that is played (real-time factor), mean of the seeds.
    notes : tuple of str
        What happened.
    """

    rows: dict[int, Array]
    step_s: float
    load: float
    notes: tuple[str, ...]


Table = dict[str, Way]


def table_of(results: Sequence[dict[str, Any]]) -> Table:
    """Return each way by its name, in the order of `WAYS`."""
    table = {}
    for way in WAYS:
        found = [result for result in results if way in result["ways"]]
        if found:
            own = [result["ways"][way] for result in found]
            rates = [int(rate) for rate in own[0]["rows"]]
            rows = {rate: np.array([one["rows"][str(rate)] for one in own], np.float64) for rate in rates}
            notes = tuple(
                f"seed {r['job']['seed']}: {n}" for r, one in zip(found, own, strict=True) for n in one["notes"]
            )
            step_s, load = (float(np.mean([one[key] for one in own])) for key in ("step_s", "load"))
            table[way] = Way(rows, step_s, load, notes)
    return table


def interval(rows: Array) -> Interval:
    """Return the mean of (seeds, lessons) and its 95 % interval: seeds and lessons are drawn."""
    return Interval(float(rows.mean()), *ends_of(_means(rows)))


def beyond(rows: Array, other: Array) -> Interval:
    """Return by how much the mean of (seeds, lessons) is above another's; lessons are the same ones in each draw."""
    return Interval(float(rows.mean() - other.mean()), *ends_of(_means(rows) - _means(other)))


def _means(rows: Array) -> Array:
    """Return (DRAWS,) means. Seeds are drawn apart from lessons, so two ways of unequal seeds share the lessons."""
    lessons = np.random.default_rng(0).integers(rows.shape[1], size=(DRAWS, rows.shape[1]))
    seeds = np.random.default_rng(1).integers(rows.shape[0], size=(DRAWS, rows.shape[0]))
    return np.array([rows[np.ix_(s, t)].mean() for s, t in zip(seeds, lessons, strict=True)])


def markdown(table: Table) -> str:
    """Return two tables with a row for each way, and what happened.

    The first has the distance, the second what else is apart.
    """
    rate, *others = next(iter(table.values())).rows
    seeds, lessons = next(iter(table.values())).rows[rate].shape[:2]
    marks = [way for way in (NOTHING, BASE) if way in table]
    heads = ["way", METRICS[0], "median", *(f"beyond {way}" for way in marks), *(f"at {other} Hz" for other in others)]
    lines = _table([*heads, "s per step", "real-time factor"], [_distances(table, way, marks) for way in table])
    if NOTHING in table:
        doing_nothing = table[NOTHING].rows[rate][:, :, 0].mean()
        shares = ", ".join(
            f"{name} {way.rows[rate][:, :, 0].mean() / doing_nothing:.3f}" for name, way in table.items()
        )
        lines += ["", f"{METRICS[0]} over that of {NOTHING}: {shares}."]
    rest = [[name, *(_cell(way.rows[rate][:, :, i]) for i in REST)] for name, way in table.items()]
    lines += ["", *_table(["way", *(METRICS[i] for i in REST)], rest), ""]
    lines += [
        f"Means at {rate} Hz over {lessons} held-out lessons and up to {seeds} seeds; in brackets 95 % over both."
    ]
    lines += [f"* {name}, {note}" for name, way in table.items() for note in way.notes]
    return "\n".join(lines) + "\n"


def _cell(rows: Array) -> str:
    """Return an interval; nothing where a way has no such number, as what learns nothing has no values."""
    return str(interval(rows)) if np.isfinite(rows).all() else ""


def _distances(table: Table, name: str, marks: Sequence[str]) -> list[str]:
    """Return the row of a way in the first table."""
    way = table[name]
    own, *others = [rows[:, :, 0] for rows in way.rows.values()]
    against = [
        "" if name == mark else str(beyond(own, next(iter(table[mark].rows.values()))[:, :, 0])) for mark in marks
    ]
    moved = [f"{rows.mean():.3f}" for rows in others]
    return [name, str(interval(own)), f"{np.median(own):.3f}", *against, *moved, f"{way.step_s:.3f}", f"{way.load:.4f}"]


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    return [f"| {' | '.join(row)} |" for row in (heads, ["---"] * len(heads), *rows)]


def comma_separated(results: Sequence[dict[str, Any]]) -> str:
    """Return every way, seed, rate and lesson as a line of CSV."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["way", "seed", "rate_hz", "lesson", *METRICS])
    for result in results:
        for way, found in result["ways"].items():
            for rate, rows in found["rows"].items():
                for number, row in enumerate(rows):
                    writer.writerow([way, result["job"]["seed"], rate, number, *row])
    return text.getvalue()


def draw(table: Table, path: Path) -> None:
    """Draw the distance of each way with its interval, and each seed as a point."""
    rate = next(iter(next(iter(table.values())).rows))
    with picture(path, 9.0, 1.2 + 0.35 * len(table)) as figure:
        axis = figure.subplots()
        for place, way in enumerate(table.values()):
            rows = way.rows[rate][:, :, 0]
            value, low, high = interval(rows)
            axis.errorbar(value, place, xerr=[[max(value - low, 0.0)], [max(high - value, 0.0)]], fmt="o", color=BLUE)
            axis.plot(rows.mean(1), [place] * len(rows), "|", color=GREY, ms=9)
        axis.set_yticks(range(len(table)), list(table))
        axis.invert_yaxis()
        axis.set(xlabel=f"STFT distance on the real effects at {rate} Hz; bars 95 %, strokes the seeds")
        means = [way.rows[rate][:, :, 0].mean() for way in table.values()]
        if max(means) > WIDE * min(means):  # a way that leads astray would leave nothing of the others' differences
            axis.set_xscale("log")
        else:
            axis.set_xlim(0, None)
