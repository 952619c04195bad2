"""Held-out errors of learning, pooled over grouped folds: ``python -m bench.learning --results FOLDER``.

Every way of learning meets the same takes, folds and seeds; each stroke is held out once for each seed, and copies of
one recording are never on both sides. Each fold leaves a file in FOLDER, so a run that was stopped goes on. ``--takes``
adds recorded takes. The tables stand in docs/notes/training.md.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache, partial
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from bench.report import asked, head, heading, line
from bridge.audio.files import Recording, read_recording
from bridge.learning.strokes import hear
from models.training.evaluate import errors_of
from models.training.groups import near_copies
from models.training.intervals import HeldOut, stacked
from models.training.oracle import MOST_STEPS, optimize_strokes
from models.training.recipes import PUBLISHED
from models.training.strokes import FOLDS, Split, Strokes, folds
from models.training.train import Settings, train
from synth.drummer.perform import perform
from synth.outputs import write_whole
from synth.voices.presets import load_preset
from synth.voices.snare808.table import SNARE808

PRESET = "snare-1"
RECORDED = ("once", "graded")
DRUMS = ("maple", "steel", "tight")
"""Our drummer's: no setting was chosen on the first two, many were on `tight`."""

TAKE_SEED = 7
METRICS = {"reference": "published seven features", "default": "our eleven features"}
BASE = "balanced"
"""The way with which the others are compared in pairs."""

MOST_SEEDS = 100

Way = Callable[[Strokes, Split, int, int], Tensor]


def main(words: Sequence[str] | None = None) -> None:
    """Do the folds that have no result yet, then print the tables of what is there."""
    chosen = asked(
        __doc__,
        words,
        results=("learning-results", "folder of the folds' results"),
        takes=("", f"folder with the recorded takes {', '.join(RECORDED)}"),
        names=("", f"takes to do, separated by commas: {', '.join((*RECORDED, *DRUMS))}; by default all there are"),
        ways=(",".join(WAYS), "ways to do, separated by commas"),
        seeds=(1, "how many, from 0: each draws other folds and other first weights"),
        folds=(FOLDS, "how many of each take's folds to do"),
        strokes=(0, "how many of each take's strokes, from its first; 0: all"),
        epochs=(250, "of each training"),
        table=(False, "only print the tables of what is done"),
    )
    print(heading(seed=0))
    takes = Path(chosen.takes) if chosen.takes else None
    names = chosen.names.split(",") if chosen.names else [*(RECORDED if takes else ()), *DRUMS]
    ways, folder = chosen.ways.split(","), Path(chosen.results)
    folder.mkdir(parents=True, exist_ok=True)
    if not chosen.table:
        # Fold by fold through all ways, so that a run that was stopped can be compared too.
        for seed, name, number, way in product(range(chosen.seeds), names, range(chosen.folds), ways):
            _keep(folder, takes, name, way, seed, number, chosen.epochs, chosen.strokes)
    for metric, name in product(METRICS, names):
        print_table(folder, name, ways, metric)


@cache
def heard(takes: Path | None, name: str, most: int) -> tuple[Strokes, NDArray[np.int64]]:
    """Return the strokes of a take, at most so many unless 0, and the groups of copies among them."""
    if takes and name in RECORDED:
        recording = read_recording(takes / f"{name}.flac")
    else:
        take = perform("graded", name, TAKE_SEED)
        recording = Recording(take.audio[:, :1], take.sample_rate, Path(f"graded-{name}"))
    strokes = hear([recording]).strokes
    strokes = strokes.rows(np.arange(min(most, len(strokes)))) if most else strokes
    return strokes, near_copies(strokes)


def _keep(
    folder: Path, takes: Path | None, name: str, way: str, seed: int, number: int, epochs: int, most: int
) -> None:
    """Learn and test one fold, and keep its errors in a file; do nothing if it is there."""
    path = _file(folder, name, way, seed, number)
    if path.is_file():
        return
    strokes, groups = heard(takes, name, most)
    split = folds(strokes, seed, groups)[number]
    patch = load_preset(PRESET, SNARE808)
    found = WAYS[way](strokes, split, seed, epochs)
    result: dict[str, Any] = {"rows": split.test.tolist(), "groups": groups.tolist()}
    for metric in METRICS:
        errors = errors_of(found, split.test, strokes, split.reference, patch, metric)
        result[metric] = {
            "names": errors.names,
            "error": np.abs(errors.reached - errors.wanted).tolist(),
            "do_nothing": np.abs(errors.wanted).tolist(),
        }
    write_whole(path, json.dumps(result))


def _file(folder: Path, name: str, way: str, seed: int, number: int) -> Path:
    return folder / f"{name}-{way}-{seed}-{number}.json"


def _trained(settings: Settings, strokes: Strokes, split: Split, seed: int, epochs: int) -> Tensor:
    chosen = replace(settings, seed=seed, epochs=epochs, threads=1)
    trained = train(strokes, load_preset(PRESET, SNARE808), chosen, split=split)
    return trained.modulation(strokes.features[split.test])


def _direct(loss: str, strokes: Strokes, split: Split, seed: int, epochs: int) -> Tensor:
    patch = load_preset(PRESET, SNARE808)
    steps = min(12 * epochs, MOST_STEPS)
    return optimize_strokes(strokes, split.test, split.reference, patch, loss, steps, 1, split.train)


WAYS: dict[str, Way] = {
    "balanced": partial(_trained, Settings(loss="balanced")),
    "default": partial(_trained, Settings(loss="default")),
    "reference": partial(_trained, Settings(loss="reference")),
    "published": partial(_trained, Settings(loss="reference", recipe=PUBLISHED)),
    "direct-balanced": partial(_direct, "balanced"),
    "direct-default": partial(_direct, "default"),
}
"""Name to what finds the modulations of a fold's test strokes: training, or direct optimisation of each stroke."""


def common_folds(folder: Path, name: str, ways: Sequence[str]) -> tuple[list[int], list[int]]:
    """Return the seeds and folds that all ways have done: whole seeds, or if there are none, folds of seed 0."""

    def done(seed: int, number: int) -> bool:
        return all(_file(folder, name, way, seed, number).is_file() for way in ways)

    whole = [seed for seed in range(MOST_SEEDS) if all(done(seed, number) for number in range(FOLDS))]
    return (whole, list(range(FOLDS))) if whole else ([0], [number for number in range(FOLDS) if done(0, number)])


def pooled(folder: Path, name: str, way: str, metric: str, seeds: Sequence[int], numbers: Sequence[int]) -> HeldOut:
    """Return the errors of some folds of some seeds, pooled."""
    return stacked([_one_seed(folder, name, way, metric, seed, numbers) for seed in seeds])


def _one_seed(folder: Path, name: str, way: str, metric: str, seed: int, numbers: Sequence[int]) -> HeldOut:
    files = [_file(folder, name, way, seed, number) for number in numbers]
    parts = [json.loads(file.read_text(encoding="utf-8")) for file in files]
    rows = np.concatenate([part["rows"] for part in parts])
    order = np.argsort(rows)
    error, nothing = (
        np.concatenate([part[metric][key] for part in parts])[order][None] for key in ("error", "do_nothing")
    )
    return HeldOut(tuple(parts[0][metric]["names"]), error, nothing, np.array(parts[0]["groups"])[rows[order]])


def print_table(folder: Path, name: str, ways: Sequence[str], metric: str) -> None:
    """Print a take's table: a row for each way that has results, with its difference from `BASE`."""
    begun = [way for way in ways if _file(folder, name, way, 0, 0).is_file()]
    seeds, numbers = common_folds(folder, name, begun)
    if not begun or not numbers:
        return
    found = {way: pooled(folder, name, way, metric, seeds, numbers) for way in begun}
    first = found[begun[0]]
    size = f"{len(first.groups)} strokes, {len(np.unique(first.groups))} different ones, each held out once a seed"
    done = f"{len(numbers)} of {FOLDS} folds, {len(seeds)} seeds"
    print(f"\n{name}: {size}; {done}; preset {PRESET}; {METRICS[metric]}\n")
    head("way", *first.names, "pooled, 95 %", f"minus {BASE}, 95 %")
    for way, errors in found.items():
        relative = (f"{value:.2f}" for value in errors.relative)
        value, low, high = errors.interval()
        line(way, *relative, f"**{value:.3f}** [{low:.3f} {high:.3f}]", _minus(errors, found.get(BASE)))


def _minus(errors: HeldOut, base: HeldOut | None) -> str:
    if base is None or base is errors:
        return ""
    value, low, high = errors.minus(base)
    return f"{value:+.3f} [{low:+.3f} {high:+.3f}]"


if __name__ == "__main__":
    main()
