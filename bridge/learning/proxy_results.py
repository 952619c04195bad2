"""The results of an experiment on proxies: a table, a picture and lines of CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from bridge.learning.proxy_grid import FIGURES
from synth.figures import BLUE, GREY, picture


@dataclass(frozen=True, slots=True)
class Row:
    """A synth, an architecture and an embedding over all seeds.

    Parameters
    ----------
    synth, arch, embedding : str
    figures : dict of str to list of float
        Name to a number for each seed: those of `FIGURES`, ``rank N``, ``cosine``, ``worst`` and ``seconds``.
    """

    synth: str
    arch: str
    embedding: str
    figures: dict[str, list[float]]

    def mean(self, name: str) -> float:
        """Return the mean of a figure over the seeds; NaN where it was not measured."""
        return float(np.mean(self.figures[name])) if name in self.figures else float("nan")


def table_of(results: Sequence[dict[str, Any]]) -> list[Row]:
    """Return a row for each synth, embedding and architecture, in the order of the results."""
    rows: dict[tuple[str, str, str], Row] = {}
    for result in results:
        job = result["job"]
        key = job["synth"], job["arch"], job["embedding"]
        row = rows.setdefault(key, Row(*key, {}))
        for name, value in _figures(result).items():
            row.figures.setdefault(name, []).append(value)
    return list(rows.values())


def _figures(result: dict[str, Any]) -> dict[str, float]:
    scores = result["scores"]
    figures = {name: scores[name] for name in FIGURES}
    figures |= {f"rank {size}": mrr for size, (mrr, _) in scores["ranks"].items()}
    if "gradient" in result:
        figures |= {"cosine": result["gradient"]["mean"], "worst": result["gradient"]["worst"]}
    return figures | {"seconds": result["seconds"]}


def markdown(table: Sequence[Row]) -> str:
    """Return a table with a row for each synth, architecture and embedding; means over the seeds, and their range."""
    names = list(dict.fromkeys(name for row in table for name in row.figures))
    heads = ["synth", "net", "embedding", *names]
    lines = [f"| {' | '.join(heads)} |", f"|{'---|' * len(heads)}"]
    for row in table:
        cells = [_cell(row.figures.get(name, [])) for name in names]
        lines.append(f"| {' | '.join([row.synth, row.arch, row.embedding, *cells])} |")
    seeds = max((len(one) for row in table for one in row.figures.values()), default=0)
    spread = "; in brackets the least and the greatest" if seeds > 1 else ""
    return "\n".join([*lines, "", f"Means over {seeds} seeds{spread}. l1: in units of each number's spread."]) + "\n"


def _cell(values: Sequence[float]) -> str:
    if not values:
        return ""
    mean = f"{np.mean(values):.3f}"
    return mean if len(values) == 1 else f"{mean} [{min(values):.3f} {max(values):.3f}]"


def comma_separated(results: Sequence[dict[str, Any]]) -> str:
    """Return every job as a line of CSV."""
    rows = [(result["job"], _figures(result)) for result in results]
    names = list(dict.fromkeys(name for _, figures in rows for name in figures))
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["synth", "arch", "embedding", "seed", *names])
    for job, figures in rows:
        cells = [figures.get(name, "") for name in names]
        writer.writerow([*(job[key] for key in ("synth", "arch", "embedding", "seed")), *cells])
    return text.getvalue()


def draw(table: Sequence[Row], path: Path) -> None:
    """Draw the error of each row as a part of the mean predictor's, and each seed as a stroke."""
    with picture(path, 9.0, 1.2 + 0.3 * len(table)) as figure:
        axis = figure.subplots()
        for place, row in enumerate(table):
            shares = np.array(row.figures["l1"]) / np.array(row.figures["l1_of_mean"])
            axis.plot(shares.mean(), place, "o", color=BLUE)
            axis.plot(shares, [place] * len(shares), "|", color=GREY, ms=9)
        axis.set_yticks(range(len(table)), [f"{row.synth}, {row.arch}, {row.embedding}" for row in table])
        axis.invert_yaxis()
        axis.set(xlabel="held-out L1 over that of the mean predictor; strokes the seeds", xlim=(0.0, None))
