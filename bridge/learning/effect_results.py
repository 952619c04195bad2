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
    rng = np.random.default_rng(0)
    seeds = rng.integers(rows.shape[0], size=(DRAWS, rows.shape[0]))
    lessons = rng.integers(rows.shape[1], size=(DRAWS, rows.shape[1]))
    drawn = [rows[np.ix_(s, t)].mean() for s, t in zip(seeds, lessons, strict=True)]
    return Interval(float(rows.mean()), *ends_of(np.array(drawn)))


def markdown(table: Table) -> str:
    """Return the table: a row for each way; then how it carries over to other rates, and what happened."""
    first = next(iter(table.values()))
    rate, *others = first.rows
    heads = [
        "way",
        *METRICS,
        "stft over nothing",
        "s per step",
        "real-time factor",
        *(f"stft at {other} Hz" for other in others),
    ]
    lines = [f"| {' | '.join(heads)} |", "|---" * len(heads) + "|"]
    nothing = table[NOTHING].rows[rate][:, :, 0].mean() if NOTHING in table else np.nan
    for name, way in table.items():
        cells = [str(interval(way.rows[rate][:, :, column])) for column in range(len(METRICS))]
        share = f"{way.rows[rate][:, :, 0].mean() / nothing:.3f}" if np.isfinite(nothing) else ""
        moved = [f"{way.rows[other][:, :, 0].mean():.3f}" for other in others]
        lines.append(f"| {' | '.join([name, *cells, share, f'{way.step_s:.3f}', f'{way.load:.4f}', *moved])} |")
    seeds, lessons = first.rows[rate].shape[:2]
    lines += [
        "",
        f"Means at {rate} Hz over {lessons} held-out lessons and up to {seeds} seeds; in brackets 95 % over both.",
    ]
    lines += [f"* {name}, {note}" for name, way in table.items() for note in way.notes]
    return "\n".join(lines) + "\n"


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
        axis.set(xlabel=f"STFT distance on the real effects at {rate} Hz; bars 95 %, strokes the seeds", xlim=(0, None))
