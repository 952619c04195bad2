"""The results of an experiment on schedules: a table, a picture and lines of CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bridge.learning.effect_results import beyond, interval
from bridge.learning.schedule_grid import OWN
from synth.figures import BLUE, GREY, picture

NEAREST = "nearest recorded"
"""In the place of a schedule: what looking up gives."""

BASE = "ploss"
"""What other schedules are compared with, sound by sound."""

Array = NDArray[np.float64]
Place = tuple[str, str]
"""A synth, and whose sounds it matches."""


@dataclass(frozen=True, slots=True)
class Row:
    """A schedule over all seeds, for one synth and one kind of sounds.

    Parameters
    ----------
    apart_db : list of list of float
        Of each seed, and in it of each sound: how far the answer really was.
    seeds : list of int
    silent : int
        Answers that gave no sound, of all seeds.
    seconds : list of float
        Processor time of training, of each seed.
    """

    apart_db: list[list[float]] = field(default_factory=list)
    seeds: list[int] = field(default_factory=list)
    silent: int = 0
    seconds: list[float] = field(default_factory=list)


Table = dict[Place, dict[str, Row]]


def table_of(results: Sequence[dict[str, Any]]) -> Table:
    """Return, for each synth and kind of sounds, a row of retrieval and one of each schedule."""
    table: Table = {}
    for result in results:
        job = result["job"]
        for sounds, found in result["sounds"].items():
            rows = table.setdefault((job["synth"], sounds), {})
            # Every schedule of a seed has the same recorded settings, so what lies nearest is counted once.
            nearest = rows.get(NEAREST, Row())
            if job["seed"] not in nearest.seeds:
                rows[NEAREST] = _joined(nearest, job["seed"], found["nearest_db"])
            row = rows.get(job["schedule"], Row())
            rows[job["schedule"]] = _joined(row, job["seed"], found["apart_db"], found["silent"], [result["seconds"]])
    return table


def _joined(row: Row, seed: int, apart_db: list[float], silent: int = 0, seconds: Sequence[float] = ()) -> Row:
    return Row([*row.apart_db, apart_db], [*row.seeds, seed], row.silent + silent, [*row.seconds, *seconds])


def figure_of(result: dict[str, Any]) -> str:
    """Return a job's mean distances in words."""
    means = (f"{name} {np.mean(found['apart_db']):.2f} dB" for name, found in result["sounds"].items())
    return ", ".join(means)


def markdown(table: Table) -> str:
    """Return a table with a row for each synth, kind of sounds and schedule."""
    heads = ["synth", "sounds", "schedule", "n", "dB", f"minus {NEAREST}", f"minus {BASE}", "silent", "training, s"]
    lines = [f"| {' | '.join(heads)} |", f"|{'---|' * len(heads)}"]
    for (synth, sounds), rows in table.items():
        for name, row in rows.items():
            cells = [_values(row), *(_against(name, row, rows, base) for base in (NEAREST, BASE))]
            spent = f"{np.mean(row.seconds):.1f}" if row.seconds else ""
            silent = "" if name == NEAREST else str(row.silent)
            count = str(sum(map(len, row.apart_db)))
            lines.append(f"| {' | '.join([synth, sounds, name, count, *cells, silent, spent])} |")
    return "\n".join(
        [
            *lines,
            "",
            "Log-mel distances of what was really rendered, mean and 95 % over sounds and seeds. "
            f"{OWN}: held-out settings of the synth itself, at their level; others at any level. "
            "n: sounds times seeds; silent: how many of these answers gave no sound.",
            "",
        ]
    )


def _values(row: Row) -> str:
    return str(interval(np.array(row.apart_db)))


def _against(name: str, row: Row, rows: dict[str, Row], base: str) -> str:
    """Return how far a row lies above another, sound by sound; nothing where the other has not all of its seeds."""
    other = rows.get(base)
    if name in (base, NEAREST) or other is None or not set(row.seeds) <= set(other.seeds):
        return ""
    same = [other.apart_db[other.seeds.index(seed)] for seed in row.seeds]
    return str(beyond(np.array(row.apart_db), np.array(same)))


def comma_separated(results: Sequence[dict[str, Any]]) -> str:
    """Return every answer as a line of CSV."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["synth", "schedule", "seed", "sounds", "number", "apart_db", "nearest_db"])
    for result in results:
        job = result["job"]
        for sounds, found in result["sounds"].items():
            for number, pair in enumerate(zip(found["apart_db"], found["nearest_db"], strict=True)):
                writer.writerow([job["synth"], job["schedule"], job["seed"], sounds, number, *pair])
    return text.getvalue()


def draw(table: Table, path: Path) -> None:
    """Draw the distance of each row with its interval, and each seed as a stroke."""
    rows = [
        (f"{synth}, {sounds}: {name}", row) for (synth, sounds), found in table.items() for name, row in found.items()
    ]
    with picture(path, 9.0, 1.2 + 0.3 * len(rows)) as figure:
        axis = figure.subplots()
        for place, (_, row) in enumerate(rows):
            values = np.array(row.apart_db)
            value, low, high = interval(values)
            axis.errorbar(value, place, xerr=[[max(value - low, 0.0)], [max(high - value, 0.0)]], fmt="o", color=BLUE)
            axis.plot(values.mean(1), [place] * len(values), "|", color=GREY, ms=9)
        axis.set_yticks(range(len(rows)), [name for name, _ in rows])
        axis.invert_yaxis()
        axis.set(xlabel="log-mel distance of what was rendered, dB; bars 95 %, strokes the seeds", xlim=(0.0, None))
