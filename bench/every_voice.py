"""Can every voice be learned: ``python -m bench.every_voice --results FOLDER --takes TAKES``.

A mapping for each voice learns from recorded single strokes, ``once`` of TAKES, or from our drummer's `graded`. Its
errors, on strokes that it learned from and on held-out ones, stand beside direct optimisation of the same strokes,
which no mapping can beat. Each voice leaves a file in FOLDER, so a run that was stopped goes on. The table stands in
docs/notes/training.md.
"""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from bench.report import asked, head, heading, line
from bench.scenes import RECORDED, scene
from bridge.audio.files import Recording
from bridge.learning.ship_models import SHIPPED
from bridge.learning.strokes import hear
from models.training.evaluate import errors_of
from models.training.groups import near_copies
from models.training.intervals import HeldOut, Interval
from models.training.oracle import MOST_STEPS, optimize_strokes
from models.training.strokes import folds
from models.training.train import Settings, train
from synth.figures import BLUE, INK, RED, picture
from synth.outputs import write_whole
from synth.voices.presets import Patch, load_preset

SEED = 0
LOSS = "default"
DRUM = "maple"
OF_THE_SNARE = "snare-1"
PARTS = ("own", "held-out")
MOST_APART = {"own": 0.05, "held-out": 0.15}
"""How much more than direct optimisation a mapping shall leave, as a part of doing nothing."""


class Result(NamedTuple):
    """Errors over doing nothing of some strokes: of the mapping, of direct optimisation, and their difference."""

    trained: Interval
    direct: Interval
    apart: Interval


def presets() -> dict[str, str]:
    """Return the voices that have a shipped bundle, and the preset of the first of each."""
    found = {load_preset(OF_THE_SNARE).space.name: OF_THE_SNARE}
    for name in SHIPPED:
        found.setdefault(load_preset(name).space.name, name)
    return found


def main(words: Sequence[str] | None = None) -> None:
    """Do the voices that have no result yet, then print the table of what is there."""
    chosen = asked(
        __doc__,
        words,
        results=("every-voice-results", "folder of the voices' results"),
        takes=RECORDED,
        voices=("", "voices to do, separated by commas; by default all"),
        arch=("mlp-large", "mapping model"),
        epochs=(250, "of each training"),
        steps=(MOST_STEPS, "of direct optimisation, at most"),
        own=(16, "how many of the strokes that it learned from are optimised directly"),
        picture=("", "PNG to draw of what is there"),
        table=(False, "only print the table of what is done"),
    )
    folder, known = Path(chosen.results), presets()
    folder.mkdir(parents=True, exist_ok=True)
    names = chosen.voices.split(",") if chosen.voices else list(known)
    print(heading(SEED))
    for name in names if not chosen.table else ():
        if not (path := folder / f"{name}.json").is_file():
            patch = load_preset(known[name])
            write_whole(
                path, json.dumps(learned(patch, chosen.takes, chosen.arch, chosen.epochs, chosen.steps, chosen.own))
            )
    done = {name: read(folder / f"{name}.json") for name in names if (folder / f"{name}.json").is_file()}
    table(done, known)
    if chosen.picture and done:
        draw(Path(chosen.picture), done)


def learned(patch: Patch, takes: Path | None, arch: str, epochs: int, steps: int, own: int) -> dict[str, Any]:
    """Learn a voice and return its errors as JSON values."""
    start_s = time.process_time()
    take = scene(takes, "once") if takes else scene(None, "graded", DRUM)
    strokes = hear([Recording(take.audio[:, :1], take.sample_rate, Path(take.name))]).strokes
    groups = near_copies(strokes)
    split = folds(strokes, SEED, groups)[0]
    trained = train(strokes, patch, Settings(arch, loss=LOSS, epochs=epochs, seed=SEED, threads=1), split=split)
    # Of all levels: every n-th stroke in the order of level.
    ordered = split.train[np.argsort(strokes.features[split.train, 0])]
    rows = {"own": ordered[:: max(1, len(ordered) // own)][:own], "held-out": split.test}
    result: dict[str, Any] = {"take": take.name, "arch": arch, "epochs": epochs, "strokes": len(strokes)}
    for part, some in rows.items():
        best = optimize_strokes(strokes, some, split.reference, patch, LOSS, steps, 1, split.train)
        ways = {"trained": trained.modulation(strokes.features[some]), "direct": best}
        result[part] = {"groups": groups[some].tolist()}
        for way, modulation in ways.items():
            result[part][way] = _errors(modulation, some, strokes, split.reference, patch)
    return result | {"cpu_s": time.process_time() - start_s}


def _errors(modulation: Tensor, rows: NDArray[np.int64], strokes: Any, reference: int, patch: Patch) -> dict[str, Any]:
    errors = errors_of(modulation, rows, strokes, reference, patch, LOSS)
    return {
        "names": errors.names,
        "error": np.abs(errors.reached - errors.wanted).tolist(),
        "do_nothing": np.abs(errors.wanted).tolist(),
    }


def read(path: Path) -> dict[str, Result]:
    """Return the results of a voice: own strokes and held-out ones."""
    found = json.loads(path.read_text(encoding="utf-8"))
    results = {}
    for part in PARTS:
        groups = np.array(found[part]["groups"])
        trained, direct = (_held_out(found[part][way], groups) for way in ("trained", "direct"))
        results[part] = Result(trained.interval(), direct.interval(), trained.minus(direct))
    return results


def _held_out(found: dict[str, Any], groups: NDArray[np.int64]) -> HeldOut:
    return HeldOut(tuple(found["names"]), np.array([found["error"]]), np.array([found["do_nothing"]]), groups)


def table(done: dict[str, dict[str, Result]], known: dict[str, str]) -> None:
    """Print a row for each voice."""
    print("\nError over doing nothing, our eleven features; in brackets the 95 % interval over strokes\n")
    parts = [
        f"{part}: {what}" for part in PARTS for what in ("mapping", "direct", f"apart (asked: {MOST_APART[part]})")
    ]
    head("voice", "preset", *parts)
    for name, results in done.items():
        cells = [cell for part in PARTS for cell in _cells(results[part])]
        line(name, known[name], *cells)


def _cells(result: Result) -> tuple[str, str, str]:
    value, low, high = result.apart
    return f"{result.trained.value:.2f}", f"{result.direct.value:.2f}", f"{value:+.2f} [{low:+.2f} {high:+.2f}]"


def draw(path: Path, done: dict[str, dict[str, Result]]) -> None:
    """Draw each voice: the mapping's errors beside those of direct optimisation."""
    with picture(path, width=9.0, height=1.2 + 0.24 * len(done)) as figure:
        for axis, part in zip(figure.subplots(1, 2, sharey=True), PARTS, strict=True):
            results = [each[part] for each in done.values()]
            places = np.arange(len(results))
            trained, direct = (np.array([one[way] for one in results]) for way in (0, 1))
            axis.hlines(places, direct[:, 0], trained[:, 0], color=INK, lw=1)
            axis.errorbar(
                trained[:, 0], places, xerr=_reach(trained), fmt="o", color=BLUE, ms=4, lw=0.6, label="mapping"
            )
            axis.plot(direct[:, 0], places, "D", color=RED, ms=4, label="direct optimisation")
            axis.axvline(1.0, color=INK, ls=":", lw=1)
            axis.set(title=f"{part} strokes", xlabel="error over doing nothing", xlim=(0, None))
            axis.set_yticks(places, list(done))
        axis.invert_yaxis()  # shared: the first voice stands above
        figure.axes[0].legend(loc="lower right")


def _reach(intervals: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return how far (n, 3) intervals reach to both sides, (2, n)."""
    value, low, high = intervals.T
    return np.asarray(np.maximum(np.stack([value - low, high - value]), 0.0))


if __name__ == "__main__":
    main()
