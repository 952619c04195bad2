"""Train a mapping: strokes and a preset in, a bundle out.

The protocol: scaler, reference stroke and feature scales come from the training strokes alone, validation chooses the
epoch, test strokes are looked at once, at the end. The same strokes, settings and seed give the same weights to the bit
on one machine.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from models.adam import Adam, Average, Plateau, cosine
from models.bundle import Bundle
from models.dataset import Split, Strokes, split_strokes
from models.losses import DrumDifferences, loss_named
from models.nets import MappingNet, mapping_net
from models.objective import Objective, one_thread_per_call
from models.recipes import OURS, Recipe
from synth.presets import Patch

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Settings:
    """What a person chooses.

    Parameters
    ----------
    arch, loss : str
        Names as in `models.architectures` and `models.losses`.
    epochs : int
        Times through all training strokes.
    seed : int
        Of first weights, order and noise.
    split_seed : int
        Of which strokes are held out.
    recipe : Recipe
    threads : int, optional
        As many as the process may use, if not given.
    """

    arch: str = "mlp"
    loss: str = "default"
    epochs: int = 250
    seed: int = 0
    split_seed: int = 0
    recipe: Recipe = OURS
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
    """

    number: int
    train: float
    validation: float
    seconds: float
    best: bool


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
        """Return the model's input, (n, features) float32."""
        return torch.as_tensor((features - self.reference) / self.scale, dtype=torch.float32)

    def modulation(self, features: Array) -> Tensor:
        """Return the (n, params) modulations of strokes."""
        with torch.no_grad():
            result: Tensor = self.net(self.relative(features))
            return result


Watch = Callable[[Epoch], None]


def train(
    strokes: Strokes, patch: Patch, settings: Settings, watch: Watch = lambda epoch: None, start: Bundle | None = None
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

    Returns
    -------
    Trained
    """
    kind = loss_named(settings.loss)
    split = split_strokes(strokes, settings.split_seed)
    trained = _untrained(strokes, patch, settings, split, start)
    drum = DrumDifferences(strokes, split.reference, kind, split.train)
    with one_thread_per_call(), Objective(drum, patch, strokes.sample_rate, settings.threads) as objective:
        try:
            _run(trained, strokes, objective, settings, watch)
        except KeyboardInterrupt:
            trained.interrupted = True
    return trained


def _untrained(strokes: Strokes, patch: Patch, settings: Settings, split: Split, start: Bundle | None) -> Trained:
    recipe, features = settings.recipe, strokes.features
    spread = recipe.spread[settings.arch]
    net = mapping_net(settings.arch, features.shape[1], len(patch.space), settings.seed, spread, recipe.hidden_spread)
    if start is not None:
        net.set_weights(start.weights)
        return Trained(net, split, start.offset.copy(), start.scale.copy(), start.reference.copy())
    low, high = features[split.train].min(0), features[split.train].max(0)
    return Trained(net, split, low, np.maximum(high - low, 1e-3), features[split.reference].copy())


def _run(trained: Trained, strokes: Strokes, objective: Objective, settings: Settings, watch: Watch) -> None:
    recipe, split = settings.recipe, trained.split
    rng = np.random.default_rng(settings.seed)
    inputs = trained.relative(strokes.features)
    optimizer, plateau = Adam(trained.net.parameters()), Plateau()
    average = Average(trained.net.parameters(), recipe.averaging)
    first_rate = recipe.learning_rate[settings.arch]
    best = np.inf
    kept = trained.net.weights()
    began = time.perf_counter()
    try:
        for number in range(1, settings.epochs + 1):
            objective.softness = recipe.softness * (1.0 - number / settings.epochs) ** 2
            objective.drum.scale = objective.drum.scale_after(number / settings.epochs)
            objective.listen(settings.seed + 1, number if recipe.fresh_noise else 0)
            share = plateau.share if recipe.schedule == "plateau" else cosine((number - 1) / settings.epochs)
            order = rng.permutation(split.train)
            rate, batch = first_rate * share, recipe.batch
            train_loss = _epoch(trained.net, inputs, objective, optimizer, average, rate, order, batch)
            average.swap()
            validation = _validate(trained.net, inputs, objective, split, settings.seed + 2)
            plateau.epoch(validation)
            better = validation < best
            if better or recipe.keep == "last":
                best, kept, trained.kept = min(best, validation), trained.net.weights(), number
            average.swap()
            trained.curve.append(Epoch(number, train_loss, validation, time.perf_counter() - began, better))
            watch(trained.curve[-1])
    finally:
        trained.net.set_weights(kept)


def _epoch(
    net: MappingNet,
    inputs: Tensor,
    objective: Objective,
    optimizer: Adam,
    average: Average,
    learning_rate: float,
    order: NDArray[np.int64],
    batch: int,
) -> float:
    total = 0.0
    for first in range(0, len(order), batch):
        rows = order[first : first + batch]
        modulation = net(inputs[rows])
        losses, gradient = objective.pull(modulation, rows)
        modulation.backward(gradient / len(rows))
        optimizer.step(learning_rate)
        average.step()
        total += float(losses.sum())
    return total / len(order)


def _validate(net: MappingNet, inputs: Tensor, objective: Objective, split: Split, noise_seed: int) -> float:
    # With the scale that training ends with: epochs are compared.
    objective.drum.scale = objective.drum.scale_after(1.0)
    objective.listen(noise_seed, 0)
    with torch.no_grad():
        return float(objective.losses(net(inputs[split.validation]), split.validation).mean())
