"""Held-out errors pooled over strokes, with intervals: what a figure of learning says. numpy only.

A figure is the sum of all held-out errors over the sum of what doing nothing costs, feature by feature, then the mean
over features. Splits are not averaged: with six test strokes each divides by a do-nothing of its own, and a split whose
strokes move little counts as much as one whose strokes move far.

Intervals come from the bootstrap (Efron and Tibshirani, An Introduction to the Bootstrap, 1993, chapters 13 and 14):
groups of strokes and seeds are drawn with replacement. Two ways are compared over the same draws, so that what is hard
for both cancels.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

DRAWS = 2_000
LEVEL = 0.95

FEW_STROKES = 8
"""Fewer held-out strokes are called few: eight of a recorded take gave 0.50 with an interval from 0.35 to 0.82."""


class Interval(NamedTuple):
    """A figure and the ends of its 95 % interval."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.value:.3f} [{self.low:.3f} {self.high:.3f}]"


@dataclass(frozen=True, slots=True, eq=False)
class HeldOut:
    """Errors of strokes, each met as a held-out one.

    Parameters
    ----------
    names : tuple of str
        Of the features.
    error, do_nothing : (seeds, n, features) float64
        Absolute error, and absolute difference of the drum from its reference, of each stroke under each seed.
    groups : (n,) int64
        Strokes of one group are drawn together.
    """

    names: tuple[str, ...]
    error: Array
    do_nothing: Array
    groups: NDArray[np.int64]

    @property
    def relative(self) -> Array:
        """Pooled error over doing nothing per feature, (features,)."""
        return np.asarray(self.error.sum((0, 1)) / np.maximum(self.do_nothing.sum((0, 1)), 1e-12))

    @property
    def mean_relative(self) -> float:
        """Mean of `relative` over the features."""
        return float(self.relative.mean())

    def interval(self, seed: int = 0) -> Interval:
        """Return `mean_relative` with its interval; ``seed`` is that of the draws."""
        return Interval(self.mean_relative, *ends_of(self.drawn(seed).mean(-1)))

    def minus(self, other: HeldOut, seed: int = 0) -> Interval:
        """Return by how much this figure is above that of another way on the same strokes, splits and seeds.

        Raises
        ------
        ValueError
            Strokes, groups, seeds or features differ.
        """
        if self.names != other.names or self.error.shape != other.error.shape or (self.groups != other.groups).any():
            raise ValueError("only ways with the same strokes, groups, seeds and features can be compared in pairs")
        difference = self.drawn(seed).mean(-1) - other.drawn(seed).mean(-1)
        return Interval(self.mean_relative - other.mean_relative, *ends_of(difference))

    def drawn(self, seed: int) -> Array:
        """Return what `relative` is in each draw, (draws, features)."""
        rng = np.random.default_rng(seed)
        seeds = len(self.error)
        members = np.unique(self.groups, return_inverse=True)[1]
        count = int(members.max()) + 1
        by_seed = rng.multinomial(seeds, np.full(seeds, 1 / seeds), DRAWS).astype(np.float64)
        by_group = rng.multinomial(count, np.full(count, 1 / count), DRAWS).astype(np.float64)
        sums = []
        for values in (self.error, self.do_nothing):
            pooled = np.stack([values[:, members == group].sum(1) for group in range(count)], axis=1)
            sums.append(np.einsum("bs,bg,sgf->bf", by_seed, by_group, pooled, optimize=True))
        return np.asarray(sums[0] / np.maximum(sums[1], 1e-12))


def stacked(runs: Sequence[HeldOut]) -> HeldOut:
    """Return runs with one seed each, on the same strokes and groups, as one with all seeds."""
    error, nothing = (np.concatenate([getattr(run, name) for run in runs]) for name in ("error", "do_nothing"))
    return HeldOut(runs[0].names, error, nothing, runs[0].groups)


def ends_of(values: Array) -> tuple[float, float]:
    """Return the ends of the 95 % interval of (draws,) values."""
    low, high = np.quantile(values, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return float(low), float(high)
