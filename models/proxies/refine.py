"""Nearer to a sound, setting by setting, each really played: a proxy proposes, the synth decides.

A descent down a proxy ends where the proxy errs in its favour. So every proposal is played, and it is kept only if what
sounds is nearer to the target than anything before. What has been played also corrects the proxy: its error there is
added to what it says near by (an additive correction, as in trust region methods; Alexandrov et al., 2001). Proposals
are variations of the best setting, of which the corrected proxy screens many to one, with gradient steps from the best
of these. Choices and switches vary, and descend as distributions; a proposal has the likeliest value of each.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from models.proxies.comparison import Comparison, Rows
from models.proxies.inputs import has_rows
from models.proxies.proxy import Proxy
from models.training.optimiser import Adam
from models.training.threads import one_thread_per_call
from synth.spec import ParamSpace

Units = NDArray[np.float64]
Synth = Callable[[Units], Rows]
"""(n, p) settings of 0..1 to the (n, d) embeddings of what is really played."""

SURE = 2.0
"""First logit of the value that a choice has, above that of all others together: 88 %, so that it has gradients."""

CHOICE_RATE = 0.3
"""First learning rate of logits: in 20 steps the sure value can have lost to another."""


@dataclass(frozen=True, slots=True)
class Search:
    """How proposals are made.

    Parameters
    ----------
    screened : int
        Variations of which the proxy lets one through; 1: none is screened.
    descended : int
        Of the best variations that take gradient steps; 0: none.
    steps : int
        Of gradient.
    widest, narrowest : float
        Standard deviation of a variation, in 0..1 of a control.
    reach : float
        How far a gradient step goes from where it begins, at most.
    moved : float
        Mean number of controls that a variation moves.
    kernel : float
        Within how far an error of the proxy is taken for the same, root mean square over the controls.
    seed : int
    """

    screened: int = 32
    descended: int = 4
    steps: int = 30
    widest: float = 0.3
    narrowest: float = 0.01
    reach: float = 0.3
    moved: float = 4.0
    kernel: float = 0.05
    seed: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class Refined:
    """What a search has found.

    Parameters
    ----------
    unit : (p,) float64
        The nearest setting that was played.
    row : (d,) float32
        The embedding of what it played.
    distance : float
    course : tuple of float
        The distance of the nearest so far after each render, the beginning first.
    """

    unit: Units
    row: Rows
    distance: float
    course: tuple[float, ...]


class Played:
    """Settings that were played, with what sounded: what corrects a proxy.

    Parameters
    ----------
    proxy : Proxy
    comparison : Comparison
    target : (d,) float32
        Embedding of the sound to come near to.
    unit : (n, p) float64
        At least one.
    rows : (n, d) float32
        Their embeddings.
    """

    def __init__(self, proxy: Proxy, comparison: Comparison, target: Rows, unit: Units, rows: Rows) -> None:
        self.proxy, self.comparison = proxy, comparison
        self._wanted = comparison.rows(torch.from_numpy(target))
        self.unit, self.rows = unit, rows
        self.distances = comparison.distances(target, rows)
        self._target = target
        self._errors = torch.from_numpy(rows - proxy.predicted(unit))

    def hear(self, unit: Units, row: Rows) -> None:
        """Take a setting, (p,), and the row of what it plays."""
        self.unit, self.rows = np.concatenate([self.unit, unit[None]]), np.concatenate([self.rows, row[None]])
        self.distances = np.append(self.distances, self.comparison.distances(self._target, row[None]))
        error = torch.from_numpy(row[None] - self.proxy.predicted(unit[None]))
        self._errors = torch.cat([self._errors, error])

    @property
    def best(self) -> int:
        """The place of the nearest."""
        return int(self.distances.argmin())

    def believed(self, unit: Tensor, kernel: float, soft: dict[str, Tensor] | None = None) -> Tensor:
        """Return how far the corrected proxy takes (batch, p) settings to be from the target, (batch,)."""
        played = torch.from_numpy(self.unit.astype(np.float32))
        squares = (unit[:, None, :] - played[None]).square().mean(-1)
        # Weights that add up to 1: far from everything the error of the nearest is the best that is known.
        shares = (-0.5 * squares / kernel**2).softmax(1)
        return self.comparison.distance(
            self.comparison.rows(self.proxy(unit, soft) + shares @ self._errors), self._wanted
        )

    def is_new(self, unit: Units) -> NDArray[np.bool_]:
        """Tell which of (n, p) settings were not played yet, (n,)."""
        return np.asarray(np.abs(unit[:, None, :] - self.unit[None]).max(-1).min(1) > 1e-9)


def refine(
    played: Played, synth: Synth, renders: int, search: Search, watch: Callable[[float], object] = lambda share: None
) -> Refined:
    """Return the nearest setting after so many more were played.

    Parameters
    ----------
    played : Played
        What the search begins with; it grows.
    synth : callable
    renders : int
        Settings that may be played.
    search : Search
    watch : callable, optional
        Called with the part that is done, 0..1.
    """
    rng = np.random.default_rng([search.seed, 17])
    course = [float(played.distances.min())]
    with one_thread_per_call():
        for number in range(renders):
            unit = proposal(played, search, rng)
            played.hear(unit, synth(unit[None])[0])
            course.append(float(played.distances.min()))
            watch((number + 1) / renders)
    best = played.best
    return Refined(played.unit[best], played.rows[best], float(played.distances[best]), tuple(course))


def proposal(played: Played, search: Search, rng: np.random.Generator) -> Units:
    """Return the setting to be played next, (p,)."""
    space = played.proxy.space
    base = played.unit[played.best]
    varied = space.realised(variations(space, base, search, rng))
    varied = varied[played.is_new(varied)]
    if search.screened == 1 and len(varied):
        return np.asarray(varied[0])
    if search.descended and len(varied):
        with torch.no_grad():
            order = played.believed(torch.from_numpy(varied).float(), search.kernel).argsort()
        starts = np.concatenate([base[None], varied[order[: search.descended - 1].numpy()]])
        lower = space.realised(descended(played, starts, search))
        varied = np.concatenate([varied, lower[played.is_new(lower)]])
    if not len(varied):
        return np.asarray(space.realised(rng.random(len(space))))
    with torch.no_grad():
        return np.asarray(varied[int(played.believed(torch.from_numpy(varied).float(), search.kernel).argmin())])


def variations(space: ParamSpace, base: Units, search: Search, rng: np.random.Generator) -> Units:
    """Return variations of a setting, (screened, p): some numbers move a little or a lot, a choice now and then."""
    shape = (search.screened, len(space))
    part = min(1.0, search.moved / len(space))
    chosen = rng.random(shape) < part
    chosen[np.arange(len(chosen)), rng.integers(len(space), size=len(chosen))] = True
    width = np.exp(rng.uniform(np.log(search.narrowest), np.log(search.widest), (search.screened, 1)))
    steps = np.array([1.0 / (param.steps - 1) if param.steps else 0.0 for param in space])
    # A move below half a step of a control would be none.
    moves = rng.standard_normal(shape) * np.maximum(width, 0.7 * steps)
    rows = np.array([has_rows(param) for param in space])
    varied = np.where(chosen, base + np.where(rows, 0.0, moves), base)
    varied = np.where(chosen & rows, rng.random(shape), varied)
    return np.clip(varied, 0.0, 1.0)


def descended(played: Played, starts: Units, search: Search) -> Units:
    """Return where gradient steps from (n, p) settings lead, held within reach of each; choices at their likeliest."""
    space = played.proxy.space
    first = torch.from_numpy(starts).float()
    low, high = (first - search.reach).clamp(min=0.0), (first + search.reach).clamp(max=1.0)
    unit = first.clone().requires_grad_(True)
    logits = _first_logits(space, first)
    numbers, choices = Adam([unit]), Adam(logits.values())
    for step in range(search.steps):
        soft = {name: each.softmax(-1) for name, each in logits.items()}
        torch.autograd.backward(played.believed(_softened(space, unit, soft), search.kernel, soft).sum())
        left = 1.0 - step / search.steps
        numbers.step(0.2 * search.reach * left)
        choices.step(CHOICE_RATE * left)
        with torch.no_grad():
            unit.copy_(torch.minimum(torch.maximum(unit, low), high))
    found = unit.detach().double().numpy()
    for name, each in logits.items():
        column = space.names.index(name)
        found[:, column] = each.detach().argmax(-1).numpy() / (space.params[column].steps - 1)
    return np.asarray(np.clip(found, 0.0, 1.0))


def _first_logits(space: ParamSpace, unit: Tensor) -> dict[str, Tensor]:
    logits = {}
    for column, param in enumerate(space):
        if has_rows(param):
            value = (unit[:, column] * (param.steps - 1)).round().long()
            sure = SURE + math.log(param.steps - 1)
            logits[param.name] = (sure * torch.nn.functional.one_hot(value, param.steps).float()).requires_grad_(True)
    return logits


def _softened(space: ParamSpace, unit: Tensor, soft: dict[str, Tensor]) -> Tensor:
    """Return values in which each choice is the mean of its distribution."""
    columns = [
        soft[param.name] @ torch.linspace(0.0, 1.0, param.steps) if has_rows(param) else unit[:, column]
        for column, param in enumerate(space)
    ]
    return torch.stack(columns, 1)
