"""Held-out strokes of several folds, as a synth really answered them, beside the best fixed setting. numpy only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.training.intervals import HeldOut

SETS = {"default": "our eleven features", "reference": "published seven features"}
AUDIBLE = ("body_loudness", "tail_loudness", "body_brightness", "body_noisiness", "decay")
"""Of `SETS`'s first, those that are level, its course, brightness and noise of one stroke, each once."""

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Pooled:
    """The held-out strokes of some folds, by one set of features.

    Parameters
    ----------
    names : tuple of str
    fixed, wanted, real, believed : (n, features) float64
        Differences from the reference: of the best fixed setting, of the drum, of the synth, and of its proxy.
    groups : (n,) int64
    """

    names: tuple[str, ...]
    fixed: Array
    wanted: Array
    real: Array
    believed: Array
    groups: NDArray[np.int64]

    def over_fixed(self, who: str, names: Sequence[str]) -> HeldOut:
        """Return errors beside those of the best fixed setting: of "real" or "believed", for some features."""
        columns = [self.names.index(name) for name in names]
        reached = self.real if who == "real" else self.believed
        error, fixed = (np.abs(one - self.wanted)[None][..., columns] for one in (reached, self.fixed))
        return HeldOut(tuple(names), error, fixed, self.groups)

    def correlation(self, name: str) -> float:
        """Return how a feature of drum and synth go together."""
        column = self.names.index(name)
        return float(np.corrcoef(self.wanted[:, column], self.real[:, column])[0, 1])


def pooled(results: Sequence[dict[str, Any]], kind: str) -> Pooled:
    """Return what folds have left, by one set of features."""
    fixed = np.concatenate([np.tile(one[kind]["fixed"], (len(one["rows"]), 1)) for one in results])
    wanted, real, believed = (
        np.concatenate([one[kind][key] for one in results]) for key in ("wanted", "real", "believed")
    )
    rows = np.concatenate([one["rows"] for one in results])
    groups = np.array(results[0]["groups"])[rows]
    return Pooled(tuple(results[0][kind]["names"]), fixed, wanted, real, believed, groups)
