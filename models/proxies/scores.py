"""How well a proxy stands in for a synth: error against the mean, retrieval rank, and the direction of its gradients.

Rank and L1 are those of Combes, Weinzierl and Obermayer (JAES 2025); the gradient, which nobody prints, is what a
mapping learns from.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from models.proxies.differences import STEP, by_differences, moved, numbers_of
from models.proxies.examples import Examples, Floats, Units
from models.proxies.proxy import Proxy
from synth.errors import InputError
from synth.spec import ParamSpace

POINTS = 20
"""Settings at which gradients are compared."""
CANDIDATES = (512, 4096)
_AT_ONCE = 64

Synth = Callable[[Units], Floats]
"""(n, p) unit values to (n, d) embeddings of what is recorded, the mean of takes where they differ."""


@dataclass(frozen=True, slots=True)
class Rank:
    """How often a recording finds its own setting among others by the proxy's prediction.

    Parameters
    ----------
    candidates : int
        How many there are.
    mrr : float
        Mean of 1 over the rank: 1 is perfect.
    top : float
        Part of recordings whose own setting is the nearest.
    """

    candidates: int
    mrr: float
    top: float


@dataclass(frozen=True, slots=True)
class GradientScore:
    """Cosines of the proxy's gradients to the synth's differences, both of the L1 distance to a random target.

    Parameters
    ----------
    mean, median, worst : float
    points : int
        How many settings count: those at which the synth changes at all.
    """

    mean: float
    median: float
    worst: float
    points: int


@dataclass(frozen=True, slots=True)
class Scores:
    """Figures of a proxy on examples that it has not learned from.

    Parameters
    ----------
    l1, l1_of_mean : float
        Mean absolute error in units of each number's spread over the training examples: of the proxy, and of a
        predictor that always says their mean.
    own, own_of_mean : float
        The same in the embedding's own units, as dB.
    ranks : tuple of Rank
        Among as many candidates as there are examples for.
    examples : int
    """

    l1: float
    l1_of_mean: float
    own: float
    own_of_mean: float
    ranks: tuple[Rank, ...]
    examples: int

    def described(self) -> dict[str, Any]:
        """Return it as JSON values, for a card."""
        figures = {name: round(getattr(self, name), 4) for name in ("l1", "l1_of_mean", "own", "own_of_mean")}
        ranks = {str(rank.candidates): [round(rank.mrr, 4), round(rank.top, 4)] for rank in self.ranks}
        return {**figures, "ranks": ranks, "examples": self.examples}


def held_out_scores(proxy: Proxy, examples: Examples, seed: int = 0) -> Scores:
    """Return the figures of a proxy on examples that were held out.

    Parameters
    ----------
    proxy : Proxy
    examples : Examples
        Of the same space and embedding; random settings, or hand-made presets.
    seed : int
        Of the draws of candidates.

    Raises
    ------
    InputError
        They are of another space or embedding.
    """
    if examples.space.names != proxy.space.names or examples.embedding != proxy.embedding:
        raise InputError(
            f"the proxy predicts {proxy.embedding} of {proxy.space.name}, "
            f"and these examples are {examples.embedding} of {examples.space.name}: make a proxy of their recordings"
        )
    mean, scale = (column[: proxy.dimensions].numpy() for column in (proxy.outside.mean, proxy.outside.scale))
    found = (proxy.predicted(examples.unit) - mean) / scale
    wanted = (examples.embedded - mean) / scale
    sizes = [size for size in CANDIDATES if size <= len(examples)] or [len(examples)]
    return Scores(
        l1=float(np.abs(found - wanted).mean()),
        l1_of_mean=float(np.abs(wanted).mean()),
        own=float((np.abs(found - wanted) * scale).mean()),
        own_of_mean=float((np.abs(wanted) * scale).mean()),
        ranks=tuple(retrieval_rank(wanted, found, size, seed) for size in sizes),
        examples=len(examples),
    )


def retrieval_rank(recorded: Floats, predicted: Floats, candidates: int, seed: int = 0) -> Rank:
    """Return how well recordings find their settings: nearest prediction by L1, one of some candidates.

    Parameters are those of `retrieval_ranks`.
    """
    ranks = retrieval_ranks(recorded, predicted, candidates, seed)
    return Rank(candidates, float((1.0 / ranks).mean()), float((ranks == 1.0).mean()))


def retrieval_ranks(recorded: Floats, predicted: Floats, candidates: int, seed: int = 0) -> NDArray[np.float64]:
    """Return at which place each recording finds its setting, (n,): 1 where its own prediction is the nearest.

    Every recording is looked up once, among its own prediction and others drawn at random without repetition. A
    prediction that is as near as its own counts as before it, so that a constant one finds nothing.

    Parameters
    ----------
    recorded, predicted : (n, d) arrays
        Rows belong together.
    candidates : int
        2 to n.
    seed : int
        Of the draws.

    Raises
    ------
    InputError
        Fewer rows than candidates.
    """
    if not 2 <= candidates <= len(recorded):
        raise InputError(f"one of {candidates} cannot be looked up among {len(recorded)}: allowed is 2 to all of them")
    order = np.random.default_rng([seed, 13]).permutation(len(recorded))
    there, said = (torch.from_numpy(np.ascontiguousarray(rows[order], np.float32)) for rows in (recorded, predicted))
    places = np.empty(len(order))
    # Groups of that many; the last one reaches back for what it lacks, and only its own rows are looked up in it.
    for first in range(0, len(order), candidates):
        begin = min(first, len(order) - candidates)
        group = slice(begin, begin + candidates)
        distances = torch.cdist(there[first : begin + candidates], said[group], p=1.0)
        own = distances[torch.arange(len(distances)), torch.arange(first - begin, candidates)]
        places[order[first : begin + candidates]] = (distances <= own[:, None]).sum(1).numpy()
    return places


def gradient_score(
    proxy: Proxy,
    synth: Synth,
    settings: Units,
    seed: int = 0,
    step: float = STEP,
    columns: NDArray[np.intp] | None = None,
    differences: bool = False,
) -> GradientScore:
    """Return how the proxy's gradients lie to the synth's own differences.

    At each setting the loss is the L1 distance, in standardised units, to the synth's sound at another of the
    settings. The synth's gradient is central differences between values that it can realise.

    Parameters
    ----------
    proxy : Proxy
    synth : callable
        See `Synth`.
    settings : (n, p) float64
        Unit values, 3 or more; the first 20 are points.
    seed : int
        Of the pairs.
    step : float
        Of the range, to either side.
    columns : (k,) int array, optional
        Of the controls that are compared; the numbers, if not given: a choice has no direction.
    differences : bool
        Whether the proxy's gradients are its own differences over the same steps, instead of autodiff's.
    """
    space = proxy.space
    points = space.realised(settings)[:POINTS]
    others = np.roll(np.random.default_rng([seed, 17]).permutation(len(points)), 1)
    targets = np.empty(len(points), np.intp)
    targets[np.roll(others, -1)] = others
    if columns is None:
        columns = numbers_of(space)
    scale = proxy.outside.scale[: proxy.dimensions].numpy()
    wanted = synth(points)[targets]
    real = _differences(synth, space, points, wanted, scale, columns, step)
    unit = torch.from_numpy(points).requires_grad_(True)
    believing = by_differences(proxy, unit, step) if differences else proxy(unit)
    distance = ((believing - torch.from_numpy(wanted)).abs() / torch.from_numpy(scale)).mean()
    (gradient,) = torch.autograd.grad(distance, unit)
    believed = gradient.numpy()[:, columns]
    sizes = np.linalg.norm(real, axis=1) * np.linalg.norm(believed, axis=1)
    moving = np.linalg.norm(real, axis=1) > 0.0
    cosines = (real * believed).sum(1)[moving] / np.maximum(sizes[moving], 1e-30)
    if not len(cosines):
        return GradientScore(0.0, 0.0, 0.0, 0)
    return GradientScore(float(cosines.mean()), float(np.median(cosines)), float(cosines.min()), len(cosines))


def _differences(
    synth: Synth,
    space: ParamSpace,
    points: Units,
    wanted: Floats,
    scale: Floats,
    columns: NDArray[np.intp],
    step: float,
) -> Units:
    """Return central differences of the distances of a synth's sounds to what is wanted, (points, columns)."""
    up, down = (moved(space, points, columns, way * step) for way in (1.0, -1.0))
    count = len(points) * len(columns)
    both = np.concatenate([up.reshape(count, -1), down.reshape(count, -1)])
    heard = np.concatenate([synth(both[first : first + _AT_ONCE]) for first in range(0, len(both), _AT_ONCE)])
    targets = np.repeat(wanted, len(columns), axis=0)
    distances = [(np.abs(part - targets) / scale).mean(1) for part in (heard[:count], heard[count:])]
    widths = (up - down)[:, np.arange(len(columns)), columns].ravel()
    slopes: Units = np.divide(distances[0] - distances[1], widths, out=np.zeros(count), where=widths > 0.0)
    return slopes.reshape(len(points), len(columns))
