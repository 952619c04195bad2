"""How mappings follow a drum on synths that are not ours: ``python -m bench.synth_mappings --synth X --proxy FILE``.

Every fold of a take is learned through the proxy, by one or more ways, and its held-out strokes are played on the real
synth. Each fold leaves a file in --results, so a run that was stopped goes on. Definitions and the tables stand in
docs/notes/synth-mappings.md.
"""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from bench.report import asked, head, heading, line
from bench.synth_search import searched
from bridge.audio.files import Recording, read_recording
from bridge.learning.reference_setting import with_headroom
from bridge.learning.rounds import ROUNDS, Rounds
from bridge.learning.strokes import hear, strokes_at_rate
from bridge.learning.through import Reached, maker_of, patch_of, played_by, reached
from bridge.sampling.engine import Engine, Takes, Way, engine_of
from bridge.sampling.synth import Note
from models.proxies.corrected import CorrectedFigures
from models.training.evaluate import errors_of
from models.training.groups import near_copies
from models.training.intervals import HeldOut
from models.training.loss_kinds import LOSSES
from models.training.losses import DrumDifferences
from models.training.strokes import FOLDS, Split, Strokes, folds
from models.training.train import Settings, train
from synth.drummer.perform import perform
from synth.outputs import write_whole
from synth.voices.presets import Patch

SETS = {"default": "our eleven features", "reference": "published seven features"}
AUDIBLE = ("body_loudness", "tail_loudness", "body_brightness", "body_noisiness", "decay")
LEFT_OUT = ("punch", "TC")
"""The temporal centroid, as our eleven features and the published seven have it."""

LOUDNESS = "body_loudness"
DRUM, DRUM_SEED = "tight", 7
"""Of our drummer's take, where no other is given."""

SEARCH_NOTES = 50_000
"""Of a search on the synth: about fifty times those of eight rounds."""

Array = NDArray[np.float64]


class Recipe(NamedTuple):
    """A way to learn: to its gradient, and how often the synth is heard in between."""

    gradient: str
    rounds: int = 0


WAYS = {
    "proxy": Recipe("proxy", ROUNDS),
    "proxy-0": Recipe("proxy"),
    "half-hybrid": Recipe("half-hybrid", ROUNDS),
    "hybrid": Recipe("hybrid"),
    "hybrid-autodiff": Recipe("hybrid-autodiff"),
    "spsa": Recipe("spsa"),
}
SEARCH = "search"


class CountedEngine:
    """Counts the notes of an engine.

    Parameters
    ----------
    engine : Engine
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.notes = 0

    @property
    def sample_rate(self) -> int:
        """Hz."""
        return self._engine.sample_rate

    def record(self, notes: Sequence[Note]) -> Takes:
        """Play notes."""
        self.notes += len(notes)
        return self._engine.record(notes)

    def restart(self) -> None:
        """Start again what died."""
        self._engine.restart()

    def close(self) -> None:
        """End what was started."""
        self._engine.close()


@dataclass(frozen=True)
class Lab:
    """What is learned on, and through."""

    strokes: Strokes
    groups: NDArray[np.int64]
    found: Reached
    engine: CountedEngine
    epochs: int


@dataclass(frozen=True)
class Learned:
    """What a way gives for the strokes that a fold holds out: modulations, the preset, and who believes what."""

    modulation: Tensor
    patch: Patch
    corrected: CorrectedFigures


def strokes_of(take: str) -> tuple[Strokes, NDArray[np.int64]]:
    """Return the strokes of a file, or of our own drummer, and the groups of copies among them."""
    if take:
        recording = read_recording(Path(take))
    else:
        played = perform("graded", DRUM, DRUM_SEED)
        recording = Recording(played.audio[:, :1], played.sample_rate, Path(f"graded-{DRUM}"))
    strokes = strokes_at_rate(hear([recording]).strokes)
    return strokes, near_copies(strokes)


def learned(lab: Lab, name: str, split: Split) -> Learned:
    """Learn a mapping as `ghostnote train --synth` does, and return what it plays for held-out strokes."""
    found, strokes, recipe = lab.found, lab.strokes, WAYS[name]
    corrected = CorrectedFigures(found.proxy)
    patch = patch_for(lab, split)
    maker = maker_of(found, recipe.gradient, lab.engine, corrected)
    settings = Settings(epochs=lab.epochs, threads=1)
    trained = train(strokes, patch, settings, split=split, made=maker)
    rounds = Rounds(found.synth, lab.engine, corrected, maker, patch, strokes, split, settings)
    for _ in range(recipe.rounds):
        trained = rounds.go_on(trained, lambda epoch: None)
    return Learned(trained.modulation(strokes.features[split.test]), patch, corrected)


def patch_for(lab: Lab, split: Split) -> Patch:
    """Return the profile's setting at a velocity that leaves room to both sides, as `ghostnote train` chooses it."""
    found, training = lab.found, lab.strokes.rows(split.train)
    row = int(np.flatnonzero(split.train == split.reference)[0])
    return patch_of(found.synth, with_headroom(found, found.synth.default_unit, training, row), found.synth.name)


def sought(lab: Lab, split: Split, notes: int) -> Learned:
    """Search a setting for each held-out stroke on the synth itself, within the limits of a mapping."""
    patch = patch_for(lab, split)
    modulation = searched(lab.strokes, split, patch, played_by(lab.found.synth, lab.engine), notes)
    return Learned(modulation, patch, CorrectedFigures(lab.found.proxy))


def measured(lab: Lab, name: str, split: Split, notes: int) -> dict[str, Any]:
    """Do one fold, and return what is worth keeping of it."""
    lab.engine.notes = 0
    began, spent = time.perf_counter(), time.process_time()
    done = sought(lab, split, notes) if name == SEARCH else learned(lab, name, split)
    result: dict[str, Any] = {
        "rows": split.test.tolist(),
        "groups": lab.groups.tolist(),
        "notes": lab.engine.notes,
        "seconds": time.perf_counter() - began,
        "cpu_s": time.process_time() - spent,
    }
    makers = {
        "real": played_by(lab.found.synth, lab.engine),
        "believed": maker_of(lab.found, "proxy", figures=done.corrected),
    }
    for kind in SETS:
        drum = DrumDifferences(lab.strokes, split.reference, LOSSES[kind], split.train)
        fixed = drum.wanted[torch.as_tensor(split.train)].median(0).values
        result[kind] = {"names": drum.names, "fixed": fixed.tolist()}
        for who, maker in makers.items():
            errors = errors_of(done.modulation, split.test, lab.strokes, split.reference, done.patch, kind, made=maker)
            result[kind] |= {"wanted": errors.wanted.tolist(), who: errors.reached.tolist()}
    return result


@dataclass(frozen=True)
class Pooled:
    """The held-out strokes of some folds, by one set of features.

    Parameters
    ----------
    names : tuple of str
    fixed, wanted, real, believed : (n, features) float64
        Differences from the reference: of the best fixed setting, of the drum, of the synth, and of its proxy.
    groups : (n,) int64
    """

    names: tuple[str, ...]
    fixed: Array
    wanted: Array
    real: Array
    believed: Array
    groups: NDArray[np.int64]

    def over_fixed(self, who: str, names: Sequence[str]) -> HeldOut:
        """Return errors beside those of the best fixed setting: of "real" or "believed", for some features."""
        columns = [self.names.index(name) for name in names]
        reached = self.real if who == "real" else self.believed
        error, fixed = (np.abs(one - self.wanted)[None][..., columns] for one in (reached, self.fixed))
        return HeldOut(tuple(names), error, fixed, self.groups)

    def correlation(self, name: str) -> float:
        """Return how a feature of drum and synth go together."""
        column = self.names.index(name)
        return float(np.corrcoef(self.wanted[:, column], self.real[:, column])[0, 1])


def pooled(results: Sequence[dict[str, Any]], kind: str) -> Pooled:
    """Return what folds have left, by one set of features."""
    fixed = np.concatenate([np.tile(one[kind]["fixed"], (len(one["rows"]), 1)) for one in results])
    wanted, real, believed = (
        np.concatenate([one[kind][key] for one in results]) for key in ("wanted", "real", "believed")
    )
    rows = np.concatenate([one["rows"] for one in results])
    groups = np.array(results[0]["groups"])[rows]
    return Pooled(tuple(results[0][kind]["names"]), fixed, wanted, real, believed, groups)


def print_tables(done: dict[str, list[dict[str, Any]]], synth: str) -> None:
    """Print the table of five features, and those of whole sets."""
    print(f"\n{synth}: held-out strokes on the synth itself, error over the best fixed setting\n")
    head("way", *AUDIBLE, "mean, 95 %", "believed", "loudness goes along", "notes", "CPU s", "strokes")
    for name, results in done.items():
        found = pooled(results, "default")
        real, believed = (found.over_fixed(who, AUDIBLE) for who in ("real", "believed"))
        cells = (f"{value:.2f}" for value in real.relative)
        belief = "" if name == SEARCH else f"{believed.mean_relative:.3f}"
        notes, spent = (np.mean([one[key] for one in results]) for key in ("notes", "cpu_s"))
        follows = f"{found.correlation(LOUDNESS):.3f}"
        line(name, *cells, f"**{real.interval()}**", belief, follows, f"{notes:.0f}", f"{spent:.0f}", len(found.wanted))
    for kind in SETS:
        names = done[next(iter(done))][0][kind]["names"]
        print(f"\n{synth}: {SETS[kind]}\n")
        head("way", *names, "mean", "without the temporal centroid")
        for name, results in done.items():
            found = pooled(results, kind)
            cells = (f"{value:.2f}" for value in found.over_fixed("real", names).relative)
            rest = [name for name in names if name not in LEFT_OUT]
            means = (found.over_fixed("real", some).mean_relative for some in (names, rest))
            line(name, *cells, *(f"{mean:.3f}" for mean in means))


def main(words: Sequence[str] | None = None) -> None:
    """Do the folds that have no result yet, then print the tables of what is there."""
    options = asked(
        __doc__,
        words,
        synth=("dx7-drum", "a profile, or a voice of ours"),
        proxy=("dx7-drum.proxy.safetensors", "its proxy"),
        take=("", "a recording; without it our own drummer plays"),
        results=("synth-mappings", "folder of the folds' results"),
        ways=("proxy,proxy-0", f"separated by commas: {', '.join((*WAYS, SEARCH))}"),
        folds=(FOLDS, f"of {FOLDS}: how many"),
        epochs=(250, "of each training"),
        notes=(SEARCH_NOTES, "that a search may play"),
    )
    torch.set_num_threads(1)
    print(heading(seed=0))
    found, folder = reached(options.synth, Path(options.proxy)), Path(options.results)
    folder.mkdir(parents=True, exist_ok=True)
    strokes, groups = strokes_of(options.take)
    done: dict[str, list[dict[str, Any]]] = {}
    with closing(CountedEngine(engine_of(found.synth).start(found.synth, Way()))) as engine:
        lab = Lab(strokes, groups, found, engine, options.epochs)
        splits = folds(strokes, 0, groups)[: options.folds]
        for number, name in product(range(len(splits)), options.ways.split(",")):
            path = folder / f"{found.synth.name}-{name}-{number}.json"
            if not path.is_file():
                write_whole(path, json.dumps(measured(lab, name, splits[number], options.notes)))
            done.setdefault(name, []).append(json.loads(path.read_text(encoding="utf-8")))
    print_tables(done, found.synth.name)


if __name__ == "__main__":
    main()
