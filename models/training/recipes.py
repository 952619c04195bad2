"""How to train, as data: ours and, to compare with, the published one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Recipe:
    """A way to train.

    Parameters
    ----------
    name : str
    learning_rate : dict of str to float
        First learning rate of Adam, per architecture.
    spread : dict of str to float
        Standard deviation of the last layer's first weights, per architecture: small, to start at the preset.
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
    starts : dict of str to int
        From how many first weights runs begin, per architecture; the one that soon does best goes on alone.
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
