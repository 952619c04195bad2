"""A search on a synth itself: what each stroke could play, if its own sound were known and notes cost nothing.

Random settings within the limits of a mapping begin, and variations of what is nearest go on, each round one for every
stroke. What was played is compared with all strokes, so a note serves each of them.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from models.training.instruments import Maker, steps_taken
from models.training.loss_kinds import LOSSES
from models.training.losses import DrumDifferences
from models.training.objective import Target
from models.training.strokes import Split, Strokes
from synth.voices.presets import Patch

RANDOM_PART = 0.25
"""Of all notes: they begin the search."""

AT_ONCE = 100
NEAREST = 4
"""Of the settings that were played, those that are varied."""

FARTHEST, NARROWEST = 0.4, 0.02
"""Size of a variation at first and at last, as a part of a modulation's reach."""

MOVED_PART = 0.4
"""Of the controls, in a variation."""


class _Played:
    """All modulations that were played, and their losses for every stroke."""

    def __init__(self, strokes: Strokes, split: Split, patch: Patch, made: Maker) -> None:
        self._target = Target(patch)
        self._drum = DrumDifferences(strokes, split.reference, LOSSES["default"], split.train)
        self._instrument = made(patch, self._drum.features, strokes.sample_rate, torch.float32)
        self._rows = torch.as_tensor(split.test)
        self._preset = self._heard(torch.zeros(1, len(patch.space)))
        self.modulation = torch.zeros(0, len(patch.space))
        self.losses = torch.zeros(len(split.test), 0)

    def play(self, modulation: Tensor) -> None:
        """Play some."""
        heard = self._heard(modulation)
        columns = [self._losses(one[None]) for one in heard]
        self.modulation = torch.cat([self.modulation, modulation])
        self.losses = torch.cat([self.losses, torch.stack(columns, 1)], 1)

    def _heard(self, modulation: Tensor) -> Tensor:
        with torch.no_grad():
            unit = steps_taken(self._target.space, self._target.moved(modulation))
            heard: Tensor = self._instrument.measured(unit)
            return heard

    def _losses(self, heard: Tensor) -> Tensor:
        """Return the (strokes,) losses of one sound."""
        mask = self._drum.mask[self._rows]
        moved, preset = (self._instrument.reduced(one.expand(len(mask), -1), mask) for one in (heard, self._preset))
        error = (moved - preset - self._drum.wanted[self._rows]).abs()
        return (error / self._drum.scale()).mean(-1)


def searched(strokes: Strokes, split: Split, patch: Patch, made: Maker, notes: int, seed: int = 0) -> Tensor:
    """Return the (k, params) modulations that came nearest to the strokes a fold holds out, each by its own sound.

    Parameters
    ----------
    strokes : Strokes
    split : Split
    patch : Patch
        What the reference stroke plays, and how far controls may move.
    made : Maker
        Plays the synth.
    notes : int
        That may be played.
    seed : int
        Of what is random.
    """
    rng = np.random.default_rng(seed)
    played = _Played(strokes, split, patch, made)
    width = len(patch.space)
    first = round(RANDOM_PART * notes)
    for begun in range(0, first, AT_ONCE):
        drawn = rng.uniform(-1.0, 1.0, (min(AT_ONCE, first - begun), width))
        played.play(torch.as_tensor(drawn, dtype=torch.float32))
    count, left = len(split.test), notes - first
    each = max(AT_ONCE // count, 1)
    for done in np.arange(0, left, count * each) / max(left, 1):
        size = FARTHEST * (NARROWEST / FARTHEST) ** done
        near = played.losses.argsort(1)[:, :NEAREST]
        chosen = near.gather(1, torch.as_tensor(rng.integers(near.shape[1], size=(count, each))))
        steps = size * rng.standard_normal((count * each, width)) * (rng.random((count * each, width)) < MOVED_PART)
        varied = played.modulation[chosen.ravel()] + torch.as_tensor(steps, dtype=torch.float32)
        played.play(varied.clamp(-1.0, 1.0))
    return played.modulation[played.losses.argmin(1)]
