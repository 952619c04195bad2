"""The experiment's table: mean and spread over drums, presets and seeds, as Markdown, CSV and a picture."""

from __future__ import annotations

import csv
import io
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bridge.learning.experiment import DIRECT
from synth.figures import GREY, picture

MEAN = "mean"
_ORDER = (DIRECT, "mlp-large", "mlp", "linear")

Cells = dict[str, dict[str, NDArray[np.float64]]]


def cells(results: Sequence[dict[str, Any]]) -> Cells:
    """Return column -> feature -> errors over doing nothing, one number per job."""
    collected: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for result in results:
        column = collected[column_name(result["job"])]
        ratios = {name: row["relative"] for name, row in result["features"].items()}
        for name, ratio in ratios.items():
            column[name].append(ratio)
        column[MEAN].append(float(np.mean(list(ratios.values()))))
    ordered = sorted(collected, key=lambda name: (_ORDER.index(name.split(" ")[0]), name))
    return {name: {key: np.array(values) for key, values in collected[name].items()} for name in ordered}


def column_name(job: dict[str, Any]) -> str:
    """Return the heading of a job's column; direct optimisation hears no window."""
    return DIRECT if job["model"] == DIRECT else f"{job['model']} {job['window_samples']}"


def markdown(table: Cells) -> str:
    """Return the table: a row per feature, a column per model, cells mean and standard deviation."""
    columns = list(table)
    lines = [f"| | {' | '.join(columns)} | do nothing |", "|---" * (len(columns) + 2) + "|"]
    for feature in next(iter(table.values())):
        row = [f"{table[column][feature].mean():.3f} ± {table[column][feature].std():.3f}" for column in columns]
        lines.append(f"| {feature} | {' | '.join(row)} | 1 |")
    return "\n".join(lines) + "\n"


def comma_separated(results: Sequence[dict[str, Any]]) -> str:
    """Return every job and feature as a line of CSV."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    keys = list(results[0]["job"])
    writer.writerow([*keys, "strokes", "feature", "error", "do_nothing", "relative"])
    for result in results:
        for name, row in result["features"].items():
            writer.writerow([*result["job"].values(), result["strokes"], name, *row.values()])
    return text.getvalue()


def draw(table: Cells, path: Path) -> None:
    """Draw the table as bars, a group per feature."""
    features = list(next(iter(table.values())))
    width = 0.8 / len(table)
    with picture(path, 11, 4.5) as figure:
        axis = figure.subplots()
        for number, (column, values) in enumerate(table.items()):
            places = np.arange(len(features)) + number * width - 0.4 + width / 2
            means = [values[feature].mean() for feature in features]
            spreads = [values[feature].std() for feature in features]
            axis.bar(places, means, width, yerr=spreads, label=column, error_kw={"linewidth": 0.8})
        axis.axhline(1.0, color=GREY, linewidth=1, label="do nothing")
        axis.set(xticks=range(len(features)), xticklabels=features, ylabel="held-out error / do nothing")
        axis.legend()
