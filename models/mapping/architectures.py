"""The mapping models, one row each: built in torch to train, computed in numpy to play, checked by every bundle.

A row is all that a model needs: `train`, `learn` and `experiment` list it; `models.training.recipes` sets its pace.
"""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass
from typing import Literal

from synth.errors import entry_named, shown
from synth.rows import add_row

NAME_PATTERN = r"[A-Za-z0-9_.-]+"
"""Names of models and losses stand in the names of files."""

NORM_EPSILON = 1e-5
"""Added to the variance of a layer before its root, as layer normalisation does everywhere."""


@dataclass(frozen=True, slots=True)
class Architecture:
    """A stack of fully connected layers from onset features to modulations.

    Parameters
    ----------
    name : str
        As on the command line.
    hidden : tuple of int
        Width of each hidden layer. Each is normalised over its units (no learned gain or shift), then rectified.
    bias : bool
        Whether layers add a constant. Without it and without hidden layers, the reference stroke moves nothing.
    squash : {"clamp", "tanh"}
        How the last layer is kept in -1..1.

    Raises
    ------
    ValueError
        A name that no file's name may hold, a hidden layer without units, or another ``squash``.
    """

    name: str
    hidden: tuple[int, ...]
    bias: bool
    squash: Literal["clamp", "tanh"]

    def __post_init__(self) -> None:
        if not re.fullmatch(NAME_PATTERN, self.name):
            raise ValueError(f"an architecture is named {shown(self.name)}; allowed are letters, digits, _ and -")
        if any(width < 1 for width in self.hidden):
            raise ValueError(f"{self.name}: hidden is {self.hidden}; each layer needs 1 unit or more")
        if self.squash not in ("clamp", "tanh"):
            raise ValueError(f"{self.name}: squash is {shown(self.squash)}; allowed are 'clamp' and 'tanh'")

    def shapes(self, features: int, params: int) -> dict[str, tuple[int, ...]]:
        """Return name and shape of every weight, in order.

        >>> ARCHITECTURES["mlp"].shapes(features=3, params=14)
        {'0.weight': (32, 3), '0.bias': (32,), '1.weight': (14, 32), '1.bias': (14,)}
        """
        widths = (features, *self.hidden, params)
        shapes: dict[str, tuple[int, ...]] = {}
        for layer, (wide_in, wide_out) in enumerate(itertools.pairwise(widths)):
            shapes[f"{layer}.weight"] = (wide_out, wide_in)
            if self.bias:
                shapes[f"{layer}.bias"] = (wide_out,)
        return shapes


ARCHITECTURES: dict[str, Architecture] = {
    architecture.name: architecture
    for architecture in (
        Architecture("linear", hidden=(), bias=False, squash="clamp"),
        Architecture("mlp", hidden=(32,), bias=True, squash="tanh"),
        Architecture("mlp-large", hidden=(64, 64, 64), bias=True, squash="tanh"),
    )
}
"""Name to model, the smallest first; `register` adds one."""


def register(architecture: Architecture) -> None:
    """Add a model; the same one may be added again.

    A bundle names its model, so a process that loads such a bundle has to register it first.

    Raises
    ------
    ValueError
        Another model has its name.
    """
    add_row(ARCHITECTURES, architecture, "mapping model")


def unregister(name: str) -> None:
    """Forget a model."""
    del ARCHITECTURES[name]


def architecture_named(name: str) -> Architecture:
    """Return an architecture.

    Raises
    ------
    InputError
        There is none of that name; the text lists those that exist.
    """
    return entry_named(ARCHITECTURES, name, "mapping model")
