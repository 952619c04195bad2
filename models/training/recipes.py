"""How to train, as data: ours and, to compare with, the published one.

A recipe has a `Pace` for each kind of model. A model that it does not name goes at the pace of `linear` if it has no
hidden layer, else at that of `mlp`, so a new row of `models.mapping.architectures` trains as it stands.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

from models.mapping.architectures import Architecture
from synth.errors import entry_named

LEAST_RATE, LARGEST_RATE, LARGEST_BATCH = 1e-6, 1.0, 4096
"""Learning rates and strokes a step that may be asked for in place of a recipe's own."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How one kind of model begins and how fast it goes.

    Parameters
    ----------
    learning_rate : float
        First learning rate of Adam.
    spread : float
        Standard deviation of the last layer's first weights: small, to start at the preset.
    starts : int
        From how many first weights runs begin; the one that soon does best goes on alone.
    """

    learning_rate: float
    spread: float
    starts: int


@dataclass(frozen=True, slots=True)
class Recipe:
    """A way to train.

    Parameters
    ----------
    name : str
    learning_rate, spread, starts : dict of str to number
        Those of `Pace`, per architecture; at least for ``linear`` and ``mlp``.
    hidden_spread : float
        The same for weights and constants of hidden layers. A normalised layer without constants hears only the
        direction of its input, so ours starts with some; 0: weights as `spread`, no constants, as published.
    schedule : {"cosine", "plateau"}
        How the learning rate falls: to nothing over the run, or by half when validation rests for 20 epochs.
    keep : {"best", "last"}
        Which epoch counts: the best on validation, or the last.
    batch : int
        Strokes a step.
    softness : float
        How far corners of the loss are rounded at first; falls to nothing over the run.
    fresh_noise : bool
        Whether the voice's noise is another one in each epoch.
    averaging : float
        How much of the running mean of the weights a step leaves; validation hears and keeps that mean. 0: the weights
        themselves count, as published.
    start_steps : int
        After how many steps runs are compared.
    """

    name: str
    learning_rate: Mapping[str, float]
    spread: Mapping[str, float]
    hidden_spread: float
    schedule: Literal["cosine", "plateau"]
    keep: Literal["best", "last"]
    batch: int
    softness: float
    fresh_noise: bool
    averaging: float
    starts: Mapping[str, int]
    start_steps: int

    def pace(self, architecture: Architecture) -> Pace:
        """Return how a model trains: as the recipe says of its name, else as it says of models of its kind."""
        kind = "mlp" if architecture.hidden else "linear"
        tables = (self.learning_rate, self.spread, self.starts)
        rate, spread, starts = (table.get(architecture.name, table.get(kind)) for table in tables)
        if rate is None or spread is None or starts is None:
            raise ValueError(f"the recipe '{self.name}' has no pace for '{architecture.name}' and none for '{kind}'")
        return Pace(rate, spread, int(starts))

    def with_own(self, architecture: str, learning_rate: float | None, batch: int | None) -> Recipe:
        """Return the recipe with another first learning rate for a model and another batch, where they are given."""
        rates = self.learning_rate if learning_rate is None else {**self.learning_rate, architecture: learning_rate}
        return replace(self, learning_rate=rates, batch=self.batch if batch is None else batch)


OURS = Recipe(
    name="ours",
    learning_rate={"linear": 1e-2, "mlp": 2e-3, "mlp-large": 1e-3},
    spread={"linear": 1e-3, "mlp": 1e-2, "mlp-large": 1e-2},
    hidden_spread=0.1,
    schedule="cosine",
    keep="best",
    batch=16,
    softness=0.1,
    fresh_noise=True,
    averaging=0.98,
    starts={"linear": 1, "mlp": 3, "mlp-large": 3},
    start_steps=96,
)

PUBLISHED = Recipe(
    name="published",
    learning_rate={"linear": 5e-3, "mlp": 5e-4, "mlp-large": 5e-4},
    spread={"linear": 1e-6, "mlp": 1e-3, "mlp-large": 1e-3},
    hidden_spread=0.0,
    schedule="plateau",
    keep="last",
    batch=16,
    softness=0.0,
    fresh_noise=False,
    averaging=0.0,
    starts={"linear": 1, "mlp": 1, "mlp-large": 1},
    start_steps=0,
)

RECIPES = {recipe.name: recipe for recipe in (OURS, PUBLISHED)}
"""Name to recipe."""


def recipe_named(name: str) -> Recipe:
    """Return a recipe; `InputError` lists those that exist."""
    return entry_named(RECIPES, name, "recipe")
