"""One training run from given initial weights: the net, its optimiser, and the running mean of its weights."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from models.training.nets import MappingNet
from models.training.objective import Objective
from models.training.optimiser import Adam, Average, Plateau, cosine
from models.training.recipes import Recipe

Rows = NDArray[np.int64]


class Descent:
    """A run that can be left and gone on with.

    Parameters
    ----------
    net : MappingNet
    inputs : (n, features) float32 tensor
        Of every stroke.
    objective : Objective
    recipe : Recipe
    seed : int
        Of the order of strokes.
    """

    def __init__(self, net: MappingNet, inputs: Tensor, objective: Objective, recipe: Recipe, seed: int) -> None:
        self.net = net
        self.plateau = Plateau()
        self._inputs, self._objective, self._recipe = inputs, objective, recipe
        self._optimizer = Adam(net.parameters())
        self.average = Average(net.parameters(), recipe.averaging)
        self._first_rate = recipe.pace(net.architecture).learning_rate
        self._rng = np.random.default_rng(seed)

    def epoch(self, rows: Rows, begun: float, done: float) -> float:
        """Go through some strokes once and return their mean loss.

        Parameters
        ----------
        rows : (k,) int64
            Of the strokes.
        begun, done : float
            How much of the whole way is behind before and after; 0..1.
        """
        recipe, softness = self._recipe, self._recipe.softness * (1.0 - done) ** 2
        rate = self._first_rate * (self.plateau.share if recipe.schedule == "plateau" else cosine(begun))
        order = self._rng.permutation(rows)
        total = 0.0
        for first in range(0, len(order), recipe.batch):
            batch = order[first : first + recipe.batch]
            modulation = self.net(self._inputs[batch])
            losses, gradient = self._objective.pull(modulation, batch, softness, done)
            # As a sum: handing a gradient to `backward` makes torch import its symbolic shapes, for half a second.
            (modulation * (gradient / len(batch))).sum().backward()
            self._optimizer.step(rate)
            self.average.step()
            total += float(losses.sum())
        return total / len(order)

    def loss(self, rows: Rows) -> float:
        """Return the mean loss of (k,) rows, weighed as at the end of a run: so epochs can be compared."""
        with torch.no_grad():
            return float(self._objective.losses(self.net(self._inputs[rows]), rows).mean())
