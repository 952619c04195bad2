"""One fold of a mapping on a synth that is not ours: learn it by a way, and play what it holds out on the synth itself.

Definitions stand in docs/notes/synth-mappings.md.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from bridge.learning.gradient_pool import SETS
from bridge.learning.gradient_search import searched
from bridge.learning.gradient_ways import SEARCH, WAYS
from bridge.learning.reference_setting import with_headroom
from bridge.learning.rounds import ROUNDS, Rounds
from bridge.learning.through import Reached, maker_of, patch_of, played_by
from bridge.sampling.engine import Engine, Takes
from bridge.sampling.synth import Note
from models.proxies.corrected import CorrectedFigures
from models.training.evaluate import errors_of
from models.training.loss_kinds import LOSSES
from models.training.losses import DrumDifferences
from models.training.strokes import Split, Strokes
from models.training.train import Settings, train
from synth.voices.presets import Patch

SEARCH_NOTES = 50_000
"""Of a search on the synth: about fifty times those of eight rounds."""


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
    """What is learned on, and through.

    Parameters
    ----------
    strokes : Strokes
    groups : (n,) int64
        Strokes of one group are copies.
    found : Reached
    engine : CountedEngine
        Plays the synth.
    epochs : int
        Of each training.
    seed : int
        Of weights, noise and what is drawn.
    rounds : int
        Of those ways in which the proxy is corrected.
    search_notes : int
        That a search may play.
    """

    strokes: Strokes
    groups: NDArray[np.int64]
    found: Reached
    engine: CountedEngine
    epochs: int
    seed: int = 0
    rounds: int = ROUNDS
    search_notes: int = SEARCH_NOTES


@dataclass(frozen=True)
class Learned:
    """What a way gives for the strokes that a fold holds out: modulations, the preset, and who believes what."""

    modulation: Tensor
    patch: Patch
    corrected: CorrectedFigures


def learned(lab: Lab, name: str, split: Split) -> Learned:
    """Learn a mapping as `ghostnote train --synth` does, and return what it plays for held-out strokes."""
    found, strokes, recipe = lab.found, lab.strokes, WAYS[name]
    corrected = CorrectedFigures(found.proxy)
    patch = patch_for(lab, split)
    maker = maker_of(found, recipe.gradient, lab.engine, corrected)
    settings = Settings(epochs=lab.epochs, seed=lab.seed, threads=1)
    trained = train(strokes, patch, settings, split=split, made=maker)
    rounds = Rounds(found.synth, lab.engine, corrected, maker, patch, strokes, split, settings)
    for _ in range(lab.rounds if recipe.corrected else 0):
        trained = rounds.go_on(trained, lambda epoch: None)
    return Learned(trained.modulation(strokes.features[split.test]), patch, corrected)


def patch_for(lab: Lab, split: Split) -> Patch:
    """Return the profile's setting at a velocity that leaves room to both sides, as `ghostnote train` chooses it."""
    found, training = lab.found, lab.strokes.rows(split.train)
    row = int(np.flatnonzero(split.train == split.reference)[0])
    return patch_of(found.synth, with_headroom(found, found.synth.default_unit, training, row), found.synth.name)


def sought(lab: Lab, split: Split) -> Learned:
    """Search a setting for each held-out stroke on the synth itself, within the limits of a mapping."""
    patch = patch_for(lab, split)
    modulation = searched(lab.strokes, split, patch, played_by(lab.found.synth, lab.engine), lab.search_notes, lab.seed)
    return Learned(modulation, patch, CorrectedFigures(lab.found.proxy))


def measured(lab: Lab, name: str, split: Split) -> dict[str, Any]:
    """Do one fold, and return what is worth keeping of it."""
    lab.engine.notes = 0
    began, spent = time.perf_counter(), time.process_time()
    done = sought(lab, split) if name == SEARCH else learned(lab, name, split)
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
