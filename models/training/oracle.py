"""Direct optimisation: the best modulation for each stroke alone. No mapping can do better under the same limits.

It goes in rounds, each from the best so far with a learning rate that falls to nothing, until a round lowers the mean
loss by less than `LEAST_FALL`. A round that did not help a stroke leaves it as it was.
"""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from models.training.instruments import VOICE, Maker
from models.training.loss_kinds import LossKind, loss_named
from models.training.losses import DrumDifferences
from models.training.objective import Objective
from models.training.optimiser import Adam, cosine
from models.training.strokes import Strokes
from models.training.threads import one_thread_per_call
from synth.voices.presets import Patch

ROUND_STEPS = 150
MOST_STEPS = 3_000
LEAST_FALL = 0.005
"""Of the mean loss, in one round."""

SOFTNESS = (0.5, 0.1)
"""In the first round and in later ones."""

LEARNING_RATE = 0.03
NOISE_SEED, JUDGING_SEED = 17, 18


def optimize_strokes(
    strokes: Strokes,
    rows: NDArray[np.int64],
    reference: int,
    patch: Patch,
    loss: str | LossKind = "reference",
    steps: int = MOST_STEPS,
    threads: int | None = None,
    scale_rows: NDArray[np.int64] | None = None,
    made: Maker = VOICE,
) -> Tensor:
    """Return (k, params) modulations, -1..1, found for each of the strokes ``rows`` from its own sound.

    The limits are those of the models: modulation within -1..1, times the preset's depths, clamped to the table.

    Parameters
    ----------
    strokes : Strokes
        n of them.
    rows : (k,) int64
        Of the strokes to find modulations for.
    reference : int
        Row of the reference stroke.
    patch : Patch
        What the reference stroke plays.
    loss : str or LossKind
        That of the bundle to compare with, or its key in `models.training.loss_kinds.LOSSES`.
    steps : int
        At most, for each stroke.
    threads : int, optional
        As many as the process may use, if not given.
    scale_rows : (m,) int64, optional
        Strokes that set the scale of the features: those that the bundle to compare with was trained on. By default
        all.
    made : Maker
        What it is learned through; by default the voice of the patch.

    Raises
    ------
    InputError
        There is no such loss, or no voice to learn the patch's synth through.
    """
    scale_rows = np.arange(len(strokes)) if scale_rows is None else scale_rows
    kind = loss_named(loss) if isinstance(loss, str) else loss
    drum = DrumDifferences(strokes, reference, kind, scale_rows)
    best = torch.zeros(len(rows), len(patch.space))
    with one_thread_per_call(), Objective(drum, patch, strokes.sample_rate, threads, made=made) as objective:
        lowest = _judged(objective, best, rows)
        for begun in range(0, steps, ROUND_STEPS):
            found = _round(objective, best, rows, range(begun, min(begun + ROUND_STEPS, steps)))
            losses = _judged(objective, found, rows)
            better = losses < lowest
            best = torch.where(better[:, None], found, best)
            before, lowest = lowest.mean(), torch.minimum(losses, lowest)
            if lowest.mean() > (1.0 - LEAST_FALL) * before:
                break
    return best


def _round(objective: Objective, start: Tensor, rows: NDArray[np.int64], steps: range) -> Tensor:
    """Return what the steps, each with noise of its own, make of some modulations."""
    # At the ends of its range tanh has no gradient: a start there could not come back.
    raw = torch.atanh(start.clamp(-0.99, 0.99)).requires_grad_()
    optimizer = Adam([raw])
    for number, step in enumerate(steps):
        done = number / len(steps)
        objective.listen(NOISE_SEED, step)
        modulation = torch.tanh(raw)
        _, gradient = objective.pull(modulation, rows, SOFTNESS[steps.start > 0] * (1.0 - done) ** 2)
        (modulation * gradient).sum().backward()  # type: ignore[no-untyped-call]
        optimizer.step(LEARNING_RATE * cosine(done))
    return torch.tanh(raw.detach())


def _judged(objective: Objective, modulation: Tensor, rows: NDArray[np.int64]) -> Tensor:
    """Return the (k,) plain losses, price of modulation included, with noise that no step uses."""
    objective.listen(JUDGING_SEED, 0)
    return objective.losses(modulation, rows) + objective.price * modulation.abs().mean(-1)
