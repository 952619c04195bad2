"""The results of an experiment as tables and a picture: pooled errors, their intervals, and differences in pairs.

A cell is the mean over drums and presets of the error over doing nothing, each pooled over all held-out strokes and
seeds. Brackets hold the 95 % bootstrap interval over strokes and seeds (`models.training.intervals`). It says how sure
the figure is for these drums and presets; it does not say what other drums would give.
"""

from __future__ import annotations

import csv
import io
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bridge.learning.grid import DIRECT
from models.mapping.architectures import ARCHITECTURES
from models.training.intervals import HeldOut, Interval, ends_of, stacked
from synth.figures import GREY, picture

MEAN = "mean"
MEANING = "Error over doing nothing, pooled over held-out strokes; in brackets 95 % intervals over strokes and seeds."
Array = NDArray[np.float64]
Condition = tuple[str, str]
"""Drum and preset."""


@dataclass(frozen=True, slots=True, eq=False)
class Column:
    """A model with one window, over all drums and presets.

    Parameters
    ----------
    runs : dict of Condition to HeldOut
        With all seeds of each.
    """

    runs: Mapping[Condition, HeldOut]

    @property
    def names(self) -> tuple[str, ...]:
        """The features, and their mean."""
        return (*next(iter(self.runs.values())).names, MEAN)

    @property
    def strokes(self) -> int:
        """How many held-out strokes it is measured on: of every drum those of one seed, each once a preset."""
        return sum(run.error.shape[1] for run in self.runs.values())

    @property
    def values(self) -> Array:
        """The figures of `names`, (features + 1,)."""
        relative = np.mean([run.relative for run in self.runs.values()], axis=0)
        return np.append(relative, relative.mean())

    def drawn(self) -> Array:
        """Return the figures in each draw of the bootstrap, (draws, features + 1).

        A condition is drawn alike in every column, so that columns can be compared in pairs.
        """
        relative = np.mean([run.drawn(number) for number, run in enumerate(self.runs.values())], axis=0)
        return np.concatenate([relative, relative.mean(-1, keepdims=True)], axis=-1)

    def intervals(self) -> dict[str, Interval]:
        """Return the figure and interval of each of `names`."""
        drawn = self.drawn()
        return {name: Interval(self.values[i], *ends_of(drawn[:, i])) for i, name in enumerate(self.names)}

    def minus(self, other: Column) -> Interval | None:
        """Return by how much the mean is above another's, in pairs; None where they were not measured alike."""
        if self.runs.keys() != other.runs.keys() or any(_unlike(self.runs[key], other.runs[key]) for key in self.runs):
            return None
        difference = self.drawn()[:, -1] - other.drawn()[:, -1]
        return Interval(self.values[-1] - other.values[-1], *ends_of(difference))


def _unlike(one: HeldOut, other: HeldOut) -> bool:
    return one.error.shape != other.error.shape or bool((one.groups != other.groups).any())


Columns = dict[str, Column]


def columns(results: Sequence[dict[str, Any]]) -> Columns:
    """Return each column by its heading: direct optimisation first, then models from the largest on."""
    runs: dict[str, dict[Condition, list[HeldOut]]] = defaultdict(lambda: defaultdict(list))
    for result in results:
        job = result["job"]
        error, nothing = (np.array([result[name]], np.float64) for name in ("error", "do_nothing"))
        held_out = HeldOut(tuple(result["names"]), error, nothing, np.array(result["groups"], np.int64))
        runs[column_name(job)][job["drum"], job["preset"]].append(held_out)
    order = [DIRECT, *reversed(ARCHITECTURES)]
    names = sorted(runs, key=lambda name: (_place(name.split(" ")[0], order), name))
    # Windows may hear a different number of strokes: conditions stand in one order in every column.
    return {name: Column({key: stacked(runs[name][key]) for key in sorted(runs[name])}) for name in names}


def _place(model: str, order: Sequence[str]) -> int:
    return order.index(model) if model in order else len(order)


def column_name(job: Mapping[str, Any]) -> str:
    """Return the heading of a job's column; direct optimisation hears no window."""
    return DIRECT if job["model"] == DIRECT else f"{job['model']} {job['window_samples']}"


def markdown(table: Columns) -> str:
    """Return the tables: a row per feature and a column per model; then the differences of the means, in pairs."""
    found = {name: column.intervals() for name, column in table.items()}
    first = next(iter(table.values()))
    lines = [f"| | {' | '.join(table)} | do nothing |", "|---" * (len(table) + 2) + "|"]
    for feature in first.names:
        lines.append(f"| {feature} | {' | '.join(str(found[name][feature]) for name in table)} | 1 |")
    lines += ["", *(f"* {name}: {_counted(column)}" for name, column in table.items()), ""]
    lines.append(MEANING)
    pairs = [(one, other, table[one].minus(table[other])) for one, other in combinations(table, 2)]
    told = [f"| {one} less {other} | {difference} |" for one, other, difference in pairs if difference]
    if told:
        lines += ["", "| difference of the means, same strokes | |", "|---|---|", *told]
    return "\n".join(lines) + "\n"


def _counted(column: Column) -> str:
    drums, presets = (len({key[place] for key in column.runs}) for place in (0, 1))
    groups = sum(len(np.unique(run.groups)) for run in column.runs.values())
    seeds = sorted({len(run.error) for run in column.runs.values()})
    several = " to ".join(str(count) for count in dict.fromkeys((seeds[0], seeds[-1])))
    return f"n = {column.strokes} strokes in {groups} groups; {drums} drum(s), {presets} preset(s), {several} seed(s)"


def comma_separated(results: Sequence[dict[str, Any]]) -> str:
    """Return every job and feature as a line of CSV, errors pooled over the job's held-out strokes."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    keys = list(results[0]["job"])
    writer.writerow([*keys, "strokes", "groups", "feature", "error", "do_nothing", "relative"])
    for result in results:
        error, nothing = (np.mean(result[name], axis=0) for name in ("error", "do_nothing"))
        counts = [result["strokes"], len(set(result["groups"]))]
        for name, one, other in zip(result["names"], error, nothing, strict=True):
            figures = [f"{one:.6g}", f"{other:.6g}", f"{one / max(other, 1e-12):.4f}"]
            writer.writerow([*result["job"].values(), *counts, name, *figures])
    return text.getvalue()


def draw(table: Columns, path: Path) -> None:
    """Draw the table as bars from 0, a group per feature, with intervals and the number of strokes."""
    features = next(iter(table.values())).names
    width = 0.8 / len(table)
    with picture(path, 11, 4.5) as figure:
        axis = figure.subplots()
        for number, (name, column) in enumerate(table.items()):
            places = np.arange(len(features)) + number * width - 0.4 + width / 2
            intervals = column.intervals()
            found = [intervals[feature] for feature in features]
            values = np.array([one.value for one in found])
            # An interval of percentiles need not hold the figure itself.
            spans = np.maximum(
                [
                    [v - one.low for v, one in zip(values, found, strict=True)],
                    [one.high - v for v, one in zip(values, found, strict=True)],
                ],
                0.0,
            )
            label = f"{name} (n = {column.strokes})"
            axis.bar(places, values, width, yerr=spans, label=label, error_kw={"linewidth": 0.8})
        axis.axhline(1.0, color=GREY, linewidth=1, label="do nothing")
        axis.set(xticks=range(len(features)), xticklabels=features, ylabel="held-out error over doing nothing")
        axis.set(title="pooled over strokes, with 95 % intervals; 0 is perfect")
        axis.set_ylim(bottom=0.0)
        axis.legend(fontsize=8)
