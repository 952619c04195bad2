"""From the embedding of a sound to settings of a synth: the inverse of a proxy, in one go.

Numbers come out of a sigmoid. A choice or switch comes out of a softmax, as a distribution that a proxy takes as it is
(`models.proxies.inputs`), so that both have gradients in whatever the estimator learns from.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from models.proxies.comparison import Comparison, Rows
from models.proxies.inputs import has_rows
from synth.spec import ParamSpace

LAYERS = 3

Units = NDArray[np.float64]


class Guess(NamedTuple):
    """Settings as a proxy takes them.

    Parameters
    ----------
    unit : (batch, p) tensor
        Values of 0..1; of a choice the mean over its distribution.
    soft : dict of str to (batch, steps) tensors
        The distributions of choices and switches.
    """

    unit: Tensor
    soft: dict[str, Tensor]


class EstimatorNet(nn.Module):
    """Fully connected layers with SiLU and dropout.

    Parameters
    ----------
    space : ParamSpace
        Of what comes out.
    inputs : int
        Numbers of a row.
    width : int
    dropout : float
        Of each layer, while it learns.
    """

    def __init__(self, space: ParamSpace, inputs: int, width: int, dropout: float) -> None:
        super().__init__()
        self.space = space
        sizes = [param.steps if has_rows(param) else 1 for param in space]
        self.layers = nn.ModuleList(nn.Linear(*pair) for pair in pairwise([inputs, *[width] * LAYERS]))
        self.last = nn.Linear(width, sum(sizes))
        self.sizes, self.dropout = sizes, nn.Dropout(dropout)

    def logits(self, rows: Tensor) -> list[Tensor]:
        """Return what decides each parameter of (batch, d) rows: (batch, 1) of a number, (batch, steps) of a choice."""
        signal = rows
        for layer in self.layers:
            signal = self.dropout(nn.functional.silu(layer(signal)))
        return list(self.last(signal).split(self.sizes, -1))

    def guess(self, logits: list[Tensor]) -> Guess:
        """Return the settings of some logits."""
        columns, soft = [], {}
        for param, each in zip(self.space, logits, strict=True):
            if has_rows(param):
                soft[param.name] = each.softmax(-1)
                columns.append(soft[param.name] @ torch.linspace(0.0, 1.0, param.steps))
            else:
                columns.append(each[:, 0].sigmoid())
        return Guess(torch.stack(columns, 1), soft)


@dataclass(frozen=True, slots=True, eq=False)
class Estimator:
    """A net that has learned.

    Parameters
    ----------
    space : ParamSpace
    net : EstimatorNet
    comparison : Comparison
        Whose rows go in.
    mean, scale : (d,) float32 tensors
        Of these rows over the examples.
    """

    space: ParamSpace
    net: EstimatorNet
    comparison: Comparison
    mean: Tensor
    scale: Tensor

    def settings(self, embedded: Rows) -> Units:
        """Return settings that the synth can have, (n, p) of 0..1, of (n, d) rows of the embedding."""
        with torch.no_grad():
            rows = (self.comparison.rows(torch.from_numpy(embedded)) - self.mean) / self.scale
            logits = self.net.logits(rows)
            unit = self.net.guess(logits).unit.double().numpy()
        return self.space.realised(hardened(self.space, unit, logits))


def hardened(space: ParamSpace, unit: Units, logits: list[Tensor]) -> Units:
    """Return (n, p) values in which each choice has its likeliest value, not the mean of its distribution."""
    hard = unit.copy()
    for column, param in enumerate(space):
        if has_rows(param):
            hard[:, column] = logits[column].argmax(-1).numpy() / (param.steps - 1)
    return np.clip(hard, 0.0, 1.0)
