"""The mapping models, declared once: built in torch to train, computed in numpy to play, checked by every bundle."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from synth.errors import entry_named

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
    """

    name: str
    hidden: tuple[int, ...]
    bias: bool
    squash: Literal["clamp", "tanh"]

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


ARCHITECTURES: Mapping[str, Architecture] = {
    architecture.name: architecture
    for architecture in (
        Architecture("linear", hidden=(), bias=False, squash="clamp"),
        Architecture("mlp", hidden=(32,), bias=True, squash="tanh"),
        Architecture("mlp-large", hidden=(64, 64, 64), bias=True, squash="tanh"),
    )
}


def architecture_named(name: str) -> Architecture:
    """Return an architecture.

    Raises
    ------
    InputError
        There is none of that name; the text lists those that exist.
    """
    return entry_named(ARCHITECTURES, name, "mapping model")
