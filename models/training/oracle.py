"""Direct optimisation: the best modulation for each stroke alone. No mapping can do better under the same limits."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from models.training.loss_kinds import loss_named
from models.training.losses import DrumDifferences
from models.training.objective import Objective, one_thread_per_call
from models.training.optimiser import Adam, cosine
from models.training.strokes import Strokes
from synth.voices.presets import Patch

STEPS = 200
SOFTNESS = 0.5
LEARNING_RATE = 0.03
NOISE_SEED = 17


def optimize_strokes(
    strokes: Strokes,
    rows: NDArray[np.int64],
    reference: int,
    patch: Patch,
    loss: str = "reference",
    steps: int = STEPS,
    threads: int | None = None,
) -> Tensor:
    """Return (k, params) modulations, -1..1, found for each of the strokes ``rows`` from its own sound.

    The limits are those of the models: modulation within -1..1, times the preset's depths, clamped to the table.

    Parameters
    ----------
    strokes : Strokes
        All of them: they set the scale of the features.
    rows : (k,) int64
        Of the strokes to find modulations for.
    reference : int
        Row of the reference stroke.
    patch : Patch
        What the reference stroke plays.
    loss : str
        Key of `models.training.loss_kinds.LOSSES`.
    steps : int
        Of the optimiser, for each stroke.
    threads : int, optional
        As many as the process may use, if not given.

    Raises
    ------
    InputError
        There is no such loss, or no voice to learn the patch's synth through.
    """
    drum = DrumDifferences(strokes, reference, loss_named(loss), np.arange(len(strokes)))
    raw = torch.zeros(len(rows), len(patch.space), requires_grad=True)
    optimizer = Adam([raw])
    with one_thread_per_call(), Objective(drum, patch, strokes.sample_rate, threads) as objective:
        for step in range(steps):
            objective.listen(NOISE_SEED, step)
            modulation = torch.tanh(raw)
            _, gradient = objective.pull(modulation, rows, SOFTNESS * (1.0 - step / steps) ** 2)
            (modulation * gradient).sum().backward()  # type: ignore[no-untyped-call]
            optimizer.step(LEARNING_RATE * cosine(step / steps))
    return torch.tanh(raw.detach())
