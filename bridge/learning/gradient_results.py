"""The results of an experiment on ways to a gradient: a table, a picture and lines of CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from bridge.learning.gradient_pool import AUDIBLE, Pooled, pooled
from bridge.learning.gradient_ways import SEARCH
from models.training.intervals import HeldOut, stacked
from synth.figures import BLUE, GREY, picture

BASE = "proxy"
"""What other ways are compared with, stroke by stroke."""

KIND = "default"
LOUDNESS = "body_loudness"


@dataclass(frozen=True, slots=True)
class Row:
    """A way on a synth, over all seeds.

    Parameters
    ----------
    missing : str
        What the way needs and the synth has not; else empty.
    pools : dict of int to Pooled
        Seed to the held-out strokes of all folds.
    notes, seconds : list of float
        Of a fold's learning, mean of the folds, for each seed: what the synth played, and processor time.
    """

    missing: str = ""
    pools: dict[int, Pooled] = field(default_factory=dict)
    notes: list[float] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)

    def over_fixed(self, who: str) -> HeldOut:
        """Return the errors of "real" or "believed" beside those of the best fixed setting."""
        return stacked([one.over_fixed(who, AUDIBLE) for one in self.pools.values()])


Table = dict[tuple[str, str], Row]


def table_of(results: Sequence[dict[str, Any]]) -> Table:
    """Return a row for each synth and way, in the order of the results."""
    table: Table = {}
    for result in results:
        job, folds = result["job"], result["folds"]
        key = job["synth"], job["way"]
        row = table.setdefault(key, Row(result["missing"]))
        if folds:
            row.pools[job["seed"]] = pooled(folds, KIND)
            row.notes.append(float(np.mean([fold["notes"] for fold in folds])))
            row.seconds.append(float(np.mean([fold["cpu_s"] for fold in folds])))
    return table


def figure_of(result: dict[str, Any]) -> str:
    """Return a job's mean error in words, or what is missing."""
    if result["missing"]:
        return f"not possible: {result['missing']}"
    return f"error {pooled(result['folds'], KIND).over_fixed('real', AUDIBLE).mean_relative:.3f} of the best fixed"


def markdown(table: Table) -> str:
    """Return a table with a row for each synth and way."""
    heads = ["synth", "way", *AUDIBLE, "mean, 95 %", f"minus {BASE}", "believed", "loudness", "notes", "CPU s", "n"]
    lines = [f"| {' | '.join(heads)} |", f"|{'---|' * len(heads)}"]
    for (synth, way), row in table.items():
        cells = _cells(way, row, table.get((synth, BASE))) if row.pools else _gap(row.missing)
        lines.append(f"| {' | '.join([synth, way, *cells])} |")
    return "\n".join(
        [
            *lines,
            "",
            "Held-out strokes, played on the synth itself: error over that of the best fixed setting, pooled over "
            "folds and seeds. believed: what the proxy says of the same strokes; loudness: how that of drum and synth "
            "go together; notes: what the synth played while a fold was learned, beside the proxy's own takes; "
            "n: strokes times seeds.",
            "",
        ]
    )


def _cells(way: str, row: Row, base: Row | None) -> list[str]:
    real = row.over_fixed("real")
    against = ""
    if way != BASE and base is not None and base.pools.keys() == row.pools.keys():
        against = str(real.minus(base.over_fixed("real")))
    return [
        *(f"{value:.2f}" for value in real.relative),
        str(real.interval()),
        against,
        "" if way == SEARCH else f"{row.over_fixed('believed').mean_relative:.3f}",
        f"{np.mean([one.correlation(LOUDNESS) for one in row.pools.values()]):.3f}",
        f"{np.mean(row.notes):.0f}",
        f"{np.mean(row.seconds):.1f}",
        str(real.error.shape[0] * real.error.shape[1]),
    ]


def _gap(missing: str) -> list[str]:
    return [*[""] * len(AUDIBLE), f"not possible: {missing}", *[""] * 6]


def comma_separated(results: Sequence[dict[str, Any]]) -> str:
    """Return every held-out stroke and feature as a line of CSV: differences from the reference."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["synth", "way", "seed", "stroke", "feature", "wanted", "fixed", "real", "believed"])
    for result in results:
        job = result["job"]
        for fold in result["folds"]:
            found = fold[KIND]
            for place, stroke in enumerate(fold["rows"]):
                for column, name in enumerate(found["names"]):
                    values = (found[key][place][column] for key in ("real", "believed"))
                    row = [found["wanted"][place][column], found["fixed"][column], *values]
                    writer.writerow([job["synth"], job["way"], job["seed"], stroke, name, *row])
    return text.getvalue()


def draw(table: Table, path: Path) -> None:
    """Draw the error of each row with its interval, and each seed as a stroke; gaps are named."""
    with picture(path, 9.0, 1.2 + 0.3 * len(table)) as figure:
        axis = figure.subplots()
        for place, row in enumerate(table.values()):
            if not row.pools:
                axis.text(0.02, place, row.missing, va="center", color=GREY)
                continue
            value, low, high = row.over_fixed("real").interval()
            axis.errorbar(value, place, xerr=[[max(value - low, 0.0)], [max(high - value, 0.0)]], fmt="o", color=BLUE)
            seeds = [one.over_fixed("real", AUDIBLE).mean_relative for one in row.pools.values()]
            axis.plot(seeds, [place] * len(seeds), "|", color=GREY, ms=9)
        axis.set_yticks(range(len(table)), [f"{synth}, {way}" for synth, way in table])
        axis.invert_yaxis()
        axis.set(
            xlabel="error on the synth over the best fixed setting; bars 95 %, strokes the seeds", xlim=(0.0, None)
        )
