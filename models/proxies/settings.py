"""What a person chooses of the fitting of a proxy."""

from __future__ import annotations

import math
from dataclasses import dataclass

from models.proxies.dx7 import Dx7Setting

SMALL = 1_500
"""Examples for which the decay of a kind of net was chosen; more need less of it."""


@dataclass(frozen=True, slots=True)
class FitSettings:
    """What a person chooses.

    Parameters
    ----------
    arch : str
        One of `models.proxies.proxy.ARCHITECTURES`.
    parameters : int
        Of each net.
    nets : int
        How many; 3 tell where they disagree.
    steps : int, optional
        Of each net; `usual_steps` if not given.
    batch : int
        Examples a step.
    rate, decay : float, optional
        Learning rate and decay of weights; those of the kind of net if not given.
    averaging : float
        How much of the running mean of the weights each step leaves.
    seed : int
        Of first weights and order; at least 0.
    budget_s : float, optional
        The most that all nets may take. The rate falls to 0 within it, so that a short training ends well too.
    figures_weight : float
        How much all figures count against the embedding.
    level_outside : bool
        Add the decibels of controls with role ``level`` and unit ``dB`` outside the nets. Only right for a control
        behind everything that bends the sound.
    dx7 : Dx7Setting, optional
        Of nets that are made for a DX7.
    one_thread : bool
        Keep torch from starting threads.
    """

    arch: str = "mlp-bends"
    parameters: int = 330_000
    nets: int = 3
    steps: int | None = None
    batch: int = 64
    rate: float | None = None
    decay: float | None = None
    averaging: float = 0.99
    seed: int = 0
    budget_s: float | None = None
    figures_weight: float = 0.5
    level_outside: bool = False
    dx7: Dx7Setting | None = None
    one_thread: bool = True


def usual_steps(examples: int) -> int:
    """Return how many steps of 64 some examples deserve: 200 times through few of them, and slowly more with more.

    >>> usual_steps(750), usual_steps(1_500), usual_steps(60_000)
    (2344, 4688, 11788)
    """
    return round(200 / 64 * min(examples, SMALL) * math.sqrt(math.sqrt(max(1.0, examples / SMALL))))
