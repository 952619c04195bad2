"""How the unit values of a space enter a net, differentiable everywhere: as one-hot columns, or as a token each.

A choice is a mixture of the rows of a table: its unit value lies between two rows, or a distribution over all of them
is given (``soft``), so that an estimator's softmax has gradients too.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from synth.spec import Param, ParamSpace

Soft = Mapping[str, Tensor]
"""Name of a choice or switch to a distribution over its values, (batch, steps)."""


def has_rows(param: Param) -> bool:
    """Say whether the values of a parameter have no order: a choice or a switch."""
    return param.kind != "number"


def between_rows(unit: Tensor, rows: int) -> Tensor:
    """Return how much of each of some table rows unit values of any shape stand for: (..., rows).

    Row i is at ``i / (rows - 1)``, and a value between two takes of both.

    >>> between_rows(torch.tensor([0.5, 0.75]), 3).tolist()
    [[0.0, 1.0, 0.0], [0.0, 0.5, 0.5]]
    """
    place = unit * (rows - 1)
    # By the row below, not by distances: the gradient of a distance is 0 where the distance is.
    below = place.detach().floor().clamp(0, rows - 2)
    part = (place - below).clamp(0.0, 1.0)[..., None]
    first = nn.functional.one_hot(below.long(), rows).to(unit.dtype)
    return first * (1.0 - part) + first.roll(1, -1) * part


def choice_weights(space: ParamSpace, unit: Tensor, name: str, soft: Soft | None = None) -> Tensor:
    """Return how much of each value of a choice is meant, (batch, steps): as given, or between two rows."""
    if soft is not None and name in soft:
        return soft[name]
    column = space.names.index(name)
    return between_rows(unit[:, column], space.params[column].steps)


RAMPS = 23
"""Of a number. A prime: no knot meets a value of a control with 100 or 128 steps, where its slope would be unclear."""


def ramps_of(values: Tensor, ramps: int) -> Tensor:
    """Return how far values have come through each of some equal parts of 0..1, (..., ramps) of (...).

    That is the piecewise linear encoding of Gorishniy, Rubachev and Babenko (2022). A net learns a curve of each number
    by it at once, also one with steps.

    >>> ramps_of(torch.tensor([0.25, 0.75]), 2).tolist()
    [[0.5, 0.0], [1.0, 0.5]]
    """
    return (values[..., None] * ramps - torch.arange(ramps, dtype=values.dtype)).clamp(0.0, 1.0)


BENDS = 8
"""Of a number. With 8 and 16 the held-out error on amsynth was the same; fewer cost less."""


def bends_of(values: Tensor, bends: int) -> Tensor:
    """Return ramps with rounded ends, each -1 before its middle and 1 behind it, (..., bends) of (...).

    A hyperbolic tangent has a slope everywhere, so gradients are those of a smooth curve; its width is the distance
    of the middles.

    >>> bends_of(torch.tensor([0.25, 0.5]), 2).tolist()[0][0]
    0.0
    """
    middles = (torch.arange(bends, dtype=values.dtype) + 0.5) / bends
    return torch.tanh((values[..., None] - middles) * bends)


class OneHot(nn.Module):
    """Numbers as one column each, from -1 to 1; choices and switches as one column a value.

    Parameters
    ----------
    space : ParamSpace
    ramps, bends : int
        Further columns of each number, `ramps_of` and `bends_of`, from -1 to 1.
    """

    def __init__(self, space: ParamSpace, ramps: int = 0, bends: int = 0) -> None:
        super().__init__()
        self.space, self.ramps, self.bends = space, ramps, bends
        self.numbers = [column for column, param in enumerate(space) if not has_rows(param)]
        self.choices = [param.name for param in space if has_rows(param)]
        self.width = sum(param.steps if has_rows(param) else 1 + ramps + bends for param in space)

    def forward(self, unit: Tensor, soft: Soft | None = None) -> Tensor:
        """Return (batch, width) columns of (batch, n) unit values: the numbers first."""
        rows = [choice_weights(self.space, unit, name, soft) for name in self.choices]
        numbers = unit[:, self.numbers]
        parts = [2.0 * ramps_of(numbers, self.ramps).flatten(1) - 1.0] if self.ramps else []
        parts += [bends_of(numbers, self.bends).flatten(1)] if self.bends else []
        return torch.cat([2.0 * numbers - 1.0, *parts, *rows], 1)


class Tokens(nn.Module):
    """A learned token for each parameter.

    That of a number is a vector times its value plus a vector, so that 0 is not the same for all of them; that of a
    choice is a soft look-up.

    Parameters
    ----------
    space : ParamSpace
    width : int
        Of a token.
    """

    def __init__(self, space: ParamSpace, width: int) -> None:
        super().__init__()
        self.space, self.width = space, width
        self.numbers = [column for column, param in enumerate(space) if not has_rows(param)]
        self.choices = [param.name for param in space if has_rows(param)]
        self.slopes = nn.Parameter(torch.randn(len(self.numbers), width) * 0.5)
        self.biases = nn.Parameter(torch.randn(len(self.numbers), width) * 0.5)
        rows = [param.steps for param in space if has_rows(param)]
        self.tables = nn.ParameterList(nn.Parameter(torch.randn(count, width) * 0.5) for count in rows)

    def forward(self, unit: Tensor, soft: Soft | None = None) -> Tensor:
        """Return (batch, n, width) tokens of (batch, n) unit values: those of numbers first."""
        values = 2.0 * unit[:, self.numbers, None] - 1.0
        looked = [
            choice_weights(self.space, unit, name, soft) @ table
            for name, table in zip(self.choices, self.tables, strict=True)
        ]
        numbers = values * self.slopes + self.biases
        return torch.cat([numbers, torch.stack(looked, 1)], 1) if looked else numbers
