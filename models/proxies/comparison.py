"""How far predicted and recorded sounds are apart: the mean difference of their rows, as recorded or at any level.

A recording of somebody else's drum has whatever level it was recorded at. In an embedding whose first numbers are
levels in dB a gain adds to all of them, so it can be taken off: each row is brought to a mean power of 0 dB. What lies
`RANGE_DB` below counts as silence. A quiet take has its own floor nearer to its mean power, which is compared as it is,
so being quiet brings a take no nearer.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from models.embeddings.segments import BANDS, GROWTH, SEGMENTS

LEVELS = {"segments": SEGMENTS * BANDS, "segments-modulation": SEGMENTS * BANDS}
"""Embedding to how many numbers at its beginning are levels in dB, those of the first segment first."""

RANGE_DB = 50.0
"""Below the mean power of a sound, at which its silence begins. A recorded hit is cut where it is 60 dB below its peak.
90 takes of a snare, so cut, were 0.03 dB (at most 0.14) from themselves; with a range of 60 dB 0.25 (at most 4.2)."""

WHOLE = 0.95
"""Part of a segment that must be heard for its levels to count: silence behind a sound that breaks off is none."""

_NEPERS_PER_DB = float(np.log(10.0)) / 10.0

Rows = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Comparison:
    """A distance of rows of one embedding.

    Parameters
    ----------
    levels : int
        How many numbers at the beginning of a row are levels in dB; 0: a gain cannot be taken off.
    any_level : bool
        Whether it is taken off.
    weights : (d,) float32 tensor
        What each number counts; they add up to 1.
    durations : (segments,) float32 tensor
        Parts of the time over which the mean power is taken; they add up to 1.
    """

    levels: int
    any_level: bool
    weights: Tensor = field(repr=False)
    durations: Tensor = field(repr=False)

    def rows(self, embedded: Tensor) -> Tensor:
        """Return what is compared of (..., d) rows of the embedding: they themselves, or without their level."""
        if not self.any_level or not self.levels:
            return embedded
        levels = embedded[..., : self.levels]
        alike = (levels - self.level_db(embedded)).clamp(min=-RANGE_DB)
        return torch.cat([alike, embedded[..., self.levels :]], -1)

    def level_db(self, embedded: Tensor) -> Tensor:
        """Return the mean power of (..., d) rows in dB, (..., 1)."""
        grid = embedded[..., : self.levels].reshape(*embedded.shape[:-1], SEGMENTS, BANDS)
        power: Tensor = torch.exp(grid * _NEPERS_PER_DB).sum(-1) @ self.durations
        return (power.clamp(min=1e-12).log() / _NEPERS_PER_DB)[..., None]

    def distance(self, one: Tensor, other: Tensor) -> Tensor:
        """Return the mean differences, (...), of what `rows` returned, (..., d)."""
        return ((one - other).abs() * self.weights).sum(-1)

    def distances(self, target: Rows, embedded: Rows) -> NDArray[np.float32]:
        """Return how far (n, d) rows of the embedding are from the (d,) row of a target, (n,)."""
        found = self.distance(self.rows(torch.from_numpy(embedded)), self.rows(torch.from_numpy(target)))
        return np.asarray(found.numpy(), np.float32)

    def gain_db(self, target: Rows, row: Rows) -> float:
        """Return by how many dB a row is louder than the target's; 0 where its level cannot be known."""
        if not self.levels:
            return 0.0
        both = self.level_db(torch.from_numpy(np.stack([target, row])))[:, 0].tolist()
        return float(both[1] - both[0])


def comparison_of(embedding: str, dimensions: int, any_level: bool = False, heard: float = 1.0) -> Comparison:
    """Return the distance of an embedding's rows.

    Parameters
    ----------
    embedding : str
        Its name.
    dimensions : int
        Of a row.
    any_level : bool
        Whether a gain counts for nothing; of embeddings that are not in `LEVELS` it counts all the same.
    heard : float
        The part of a take that the target lasts, 0..1, where nobody knows how it goes on: levels behind count nothing.
    """
    levels = LEVELS.get(embedding, 0)
    weights = np.ones(dimensions)
    lengths = GROWTH ** np.arange(SEGMENTS)
    ends = np.cumsum(lengths) / lengths.sum()
    counted = heard >= ends - (1.0 - WHOLE) * lengths / lengths.sum()
    counted[0] = True
    if levels:
        weights[:levels] = np.repeat(counted, BANDS)
    return Comparison(levels, any_level, _shares(weights), _shares(lengths * counted))


def _shares(counts: NDArray[np.float64]) -> Tensor:
    return torch.from_numpy((counts / counts.sum()).astype(np.float32))
