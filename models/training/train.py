"""Train a mapping: strokes and a preset in, a bundle out.

The protocol: scaler, reference stroke and feature scales come from the training strokes alone. Validation strokes help
to choose the start and choose the epoch, so their error is too good to report. Test strokes are looked at once, at the
end. The same strokes, settings and seed give the same weights to the bit
on one machine.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from models.mapping.architectures import architecture_named
from models.mapping.bundle import Bundle
from models.training.descent import Descent
from models.training.instruments import VOICE, Maker
from models.training.loss_kinds import loss_named, weighted
from models.training.losses import DrumDifferences
from models.training.nets import MappingNet
from models.training.objective import Objective
from models.training.recipes import OURS, Recipe
from models.training.strokes import Split, Strokes, split_strokes
from models.training.threads import one_thread_per_call
from synth.voices.presets import Patch

Array = NDArray[np.float64]

STARTING_PART = 0.3
"""Of all epochs, at most, before one of several descents is chosen."""

STARTS_APART = 1_000


@dataclass(frozen=True, slots=True)
class Settings:
    """What a person chooses.

    Parameters
    ----------
    arch, loss : str
        Names as in `models.mapping.architectures` and `models.training.losses`.
    epochs : int
        Times through all training strokes.
    seed : int
        Of first weights, order and noise.
    split_seed : int
        Of which strokes are held out.
    recipe : Recipe
    weights : dict of str to float
        Feature of the loss to what it counts, as `models.training.loss_kinds.weighted` takes them.
    threads : int, optional
        As many as the process may use, if not given.
    """

    arch: str = "mlp"
    loss: str = "default"
    epochs: int = 250
    seed: int = 0
    split_seed: int = 0
    recipe: Recipe = OURS
    weights: Mapping[str, float] = field(default_factory=dict)
    threads: int | None = None


@dataclass(frozen=True, slots=True)
class Epoch:
    """A point of the learning curve.

    Parameters
    ----------
    number : int
        From 1.
    train, validation : float
        Mean loss.
    seconds : float
        Since training began.
    best : bool
        Whether validation was never better.
    start : int
        Of which first weights, from 1: before one of several starts goes on, each has epochs of its own.
    """

    number: int
    train: float
    validation: float
    seconds: float
    best: bool
    start: int = 1


@dataclass(slots=True)
class Trained:
    """What training leaves.

    Parameters
    ----------
    net : MappingNet
        With the weights that count.
    split : Split
    offset, scale, reference : (features,) float64
        Scaler and reference stroke.
    curve : list of Epoch
    kept : int
        The epoch that counts, 0 if untrained.
    interrupted : bool
        Whether it was stopped before its last epoch.
    """

    net: MappingNet
    split: Split
    offset: Array
    scale: Array
    reference: Array
    curve: list[Epoch] = field(default_factory=list)
    kept: int = 0
    interrupted: bool = False

    def relative(self, features: Array) -> Tensor:
        """Return the model's input, (n, features) float32, for (n, features) in their own units."""
        return torch.as_tensor((features - self.reference) / self.scale, dtype=torch.float32)

    def modulation(self, features: Array) -> Tensor:
        """Return the (n, params) modulations, -1..1, of strokes from their (n, features) in their own units."""
        with torch.no_grad():
            result: Tensor = self.net(self.relative(features))
            return result


Watch = Callable[[Epoch], None]


def train(
    strokes: Strokes,
    patch: Patch,
    settings: Settings,
    watch: Watch = lambda epoch: None,
    start: Bundle | None = None,
    split: Split | None = None,
    made: Maker = VOICE,
    weights: Mapping[str, NDArray[np.float32]] | None = None,
    drum: DrumDifferences | None = None,
) -> Trained:
    """Fit a mapping.

    Parameters
    ----------
    strokes : Strokes
        At least 8.
    patch : Patch
        What the reference stroke shall play.
    settings : Settings
    watch : callable, optional
        Called after every epoch. A `KeyboardInterrupt` ends training; the best so far is kept.
    start : Bundle, optional
        Continue from its weights; its scaler and reference stroke are kept, so that they still mean the same.
    split : Split, optional
        As of `models.training.strokes.folds`. By default the one that `Settings.split_seed` draws.
    made : Maker
        What it is learned through; by default the voice of the patch.
    weights : dict of str to float32 arrays, optional
        Of a model that goes on, trained on the same split; by default first weights are drawn.
    drum : DrumDifferences, optional
        What was measured of the same strokes, split and loss before; by default it is measured.

    Returns
    -------
    Trained

    Raises
    ------
    InputError
        There is no such architecture or loss, or no voice to learn the patch's synth through.
    """
    split = split or split_strokes(strokes, settings.split_seed)
    trained = _untrained(strokes, patch, settings, split, start)
    if weights is not None:
        trained.net.set_weights(weights)
    drum = drum or drum_differences(strokes, split, settings)
    with one_thread_per_call(), Objective(drum, patch, strokes.sample_rate, settings.threads, made=made) as objective:
        try:
            course = _Course(trained, trained.relative(strokes.features), objective, settings, watch)
            goes_on = start is not None or weights is not None
            course.run(*((1, 0) if goes_on else _starts(settings, len(split.train))))
        except KeyboardInterrupt:
            trained.interrupted = True
    return trained


def drum_differences(strokes: Strokes, split: Split, settings: Settings) -> DrumDifferences:
    """Return what the drum does, in the features of the loss that is chosen."""
    kind = weighted(loss_named(settings.loss), settings.weights)
    return DrumDifferences(strokes, split.reference, kind, split.train)


def _untrained(strokes: Strokes, patch: Patch, settings: Settings, split: Split, start: Bundle | None) -> Trained:
    features = strokes.features
    net = MappingNet(settings.arch, features.shape[1], len(patch.space), settings.seed, settings.recipe)
    if start is not None:
        net.set_weights(start.weights)
        return Trained(net, split, start.offset.copy(), start.scale.copy(), start.reference.copy())
    low, high = features[split.train].min(0), features[split.train].max(0)
    return Trained(net, split, low, np.maximum(high - low, 1e-3), features[split.reference].copy())


class _Course:
    """A whole run: some descents begin, the best of them goes on, the best epoch of all counts."""

    def __init__(
        self, trained: Trained, inputs: Tensor, objective: Objective, settings: Settings, watch: Watch
    ) -> None:
        self._trained, self._objective, self._settings, self._watch = trained, objective, settings, watch
        self._inputs = inputs
        self._best = np.inf
        self._kept = trained.net.weights()
        self._began = time.perf_counter()

    def run(self, starts: int, first: int) -> None:
        """Try ``starts`` descents for ``first`` epochs each; leave the weights of the best epoch in the model."""
        length = self._settings.epochs - (starts - 1) * first
        try:
            descents = [self._descent(number) for number in range(starts)]
            for start, descent in enumerate(descents, 1):
                self._go(descent, start, range(first), length)
            best = min(descents, key=self._judged)
            self._go(best, descents.index(best) + 1, range(first, length), length)
        finally:
            self._trained.net.set_weights(self._kept)

    def _descent(self, number: int) -> Descent:
        """Return a descent from weights of its own; the first from those of the model."""
        settings, net = self._settings, self._trained.net
        seed = settings.seed + STARTS_APART * number
        if number:
            net = MappingNet(settings.arch, net.features, net.params, seed, settings.recipe)
        return Descent(net, self._inputs, self._objective, settings.recipe, seed)

    def _go(self, descent: Descent, start: int, epochs: range, length: int) -> None:
        recipe, split, seed = self._settings.recipe, self._trained.split, self._settings.seed
        for epoch in epochs:
            number = len(self._trained.curve) + 1
            self._objective.listen(seed + 1, number if recipe.fresh_noise else 0)
            train_loss = descent.epoch(split.train, epoch / length, (epoch + 1) / length)
            with descent.average.swapped():
                self._objective.listen(seed + 2, 0)
                validation = descent.loss(split.validation)
                better = validation < self._best
                if better or recipe.keep == "last":
                    self._best, self._kept = min(self._best, validation), descent.net.weights()
                    self._trained.kept = number
            descent.plateau.epoch(validation)
            seconds = time.perf_counter() - self._began
            self._trained.curve.append(Epoch(number, train_loss, validation, seconds, better, start))
            self._watch(self._trained.curve[-1])

    def _judged(self, descent: Descent) -> float:
        """Return the loss of all but the test strokes."""
        split = self._trained.split
        self._objective.listen(self._settings.seed + 2, 0)
        with descent.average.swapped():
            return descent.loss(np.concatenate([split.train, split.validation]))


def _starts(settings: Settings, strokes: int) -> tuple[int, int]:
    """Return how many descents begin, and after how many epochs one is chosen: of a single one, after none."""
    recipe = settings.recipe
    first = max(1, round(recipe.start_steps / -(-strokes // recipe.batch)))
    most = recipe.pace(architecture_named(settings.arch)).starts
    starts = min(most, int(STARTING_PART * settings.epochs / first))
    return (starts, first) if starts > 1 else (1, 0)
