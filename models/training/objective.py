"""From modulations to a loss and back: preset, voice, features. Here training and direct optimisation spend their time.

A batch is cut into parts that run in threads: the compiled voice, the compiled features and the Fourier transforms all
release the GIL. Parts are cut and added up in one order, so results repeat to the bit.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from functools import partial
from itertools import pairwise
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from models.cores import usable_cores
from models.training.instruments import VOICE, Instrument, Maker, steps_taken
from models.training.losses import DrumDifferences, SynthDifferences
from synth.voices.presets import Patch

STROKES_A_PART = 8
"""Half a batch: a call costs a millisecond beside its strokes (1.9, 1.3, 1.0, 0.9 ms a stroke for 1, 2, 4, 8)."""


class Target:
    """A patch and how modulations move it, as training sees it.

    Parameters
    ----------
    patch : Patch

    Attributes
    ----------
    unit, depths : (n,) float64 tensors
        Preset in 0..1 and reach of a full modulation.
    """

    def __init__(self, patch: Patch) -> None:
        self.space = patch.space
        self.unit, self.depths = torch.as_tensor(patch.unit), torch.as_tensor(patch.depths)

    def moved(self, modulation: Tensor) -> Tensor:
        """Return (batch, n) values of 0..1, float64, for (batch, n) modulations: the preset moved and clamped.

        Playing does the same with amount 1. They lie on the steps that the synth takes.
        """
        unit: Tensor = _Clamp.apply(self.unit + self.depths * modulation.double())  # type: ignore[no-untyped-call]
        return steps_taken(self.space, unit)

    def values(self, modulation: Tensor) -> Tensor:
        """Return what `moved` does in real units."""
        values: Tensor = self.space.from_unit(self.moved(modulation))
        return values


class _Clamp(torch.autograd.Function):
    """Clamp to 0..1, with a gradient outside too where it leads back in: no parameter is stuck at its end for ever."""

    @staticmethod
    def forward(ctx: Any, unit: Tensor) -> Tensor:
        ctx.save_for_backward(unit)
        return unit.clamp(0.0, 1.0)

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> Tensor:
        (unit,) = ctx.saved_tensors
        outward = ((unit < 0.0) & (grads[0] > 0.0)) | ((unit > 1.0) & (grads[0] < 0.0))
        return grads[0].masked_fill(outward, 0.0)


class Objective(AbstractContextManager["Objective"]):
    """The loss of modulations for the strokes of a drum, and its gradient.

    Parameters
    ----------
    drum : DrumDifferences
    patch : Patch
    sample_rate : int
        Hz.
    threads : int, optional
        As many as the process may use, if not given.
    dtype : torch.dtype
        Of the audio: float32 to learn, float64 to measure.
    made : Maker
        What the mapping is learned through; by default the voice of the patch.

    Raises
    ------
    InputError
        There is no voice to learn the patch's synth through, or it has other ranges.

    Notes
    -----
    Methods take (batch, n) modulations, -1..1, and (batch,) rows: the drum's strokes that they are for.
    """

    def __init__(
        self,
        drum: DrumDifferences,
        patch: Patch,
        sample_rate: int,
        threads: int | None = None,
        dtype: torch.dtype = torch.float32,
        made: Maker = VOICE,
    ) -> None:
        self.drum = drum
        self.target = Target(patch)
        self.price = drum.kind.modulation_price
        self._made = partial(made, patch, drum.features, sample_rate, dtype)
        self._pool = ThreadPoolExecutor(threads or usable_cores())
        self._known: dict[tuple[int, int], tuple[Instrument, SynthDifferences]] = {}
        self.listen(seed=0, stroke=0)

    def __exit__(self, *error: object) -> None:
        self._pool.shutdown()

    def listen(self, seed: int, stroke: int) -> None:
        """Take another realisation of the noise: of the strokes to come, and of the preset they are compared with."""
        # Training and validation take turns: the last two realisations are kept, the more recent one last.
        known = self._known.pop((seed, stroke), None) or self._realisation(seed, stroke)
        self._instrument, self._synth = self._known[seed, stroke] = known
        while len(self._known) > 2:
            del self._known[next(iter(self._known))]

    def _realisation(self, seed: int, stroke: int) -> tuple[Instrument, SynthDifferences]:
        instrument = self._made()
        instrument.listen(seed, stroke)
        still = self.target.moved(torch.zeros(1, len(self.target.unit)))
        return instrument, SynthDifferences(self.drum, instrument, still)

    def reached(self, modulation: Tensor, rows: NDArray[np.int64]) -> Tensor:
        """Return (batch, features) differences from the preset."""

        def part(pick: slice) -> Tensor:
            # Whether gradients are kept is a setting of each thread.
            with torch.no_grad():
                return self._synth.reached(self.target.moved(modulation[pick]), torch.as_tensor(rows[pick]))

        return torch.cat(list(self._pool.map(part, self._parts(len(rows)))))

    def losses(self, modulation: Tensor, rows: NDArray[np.int64]) -> Tensor:
        """Return the (batch,) losses without their gradient and without the price of modulation."""
        error = (self.reached(modulation, rows) - self.drum.wanted[torch.as_tensor(rows)]).abs()
        return (error / self.drum.scale()).mean(-1)

    def pull(
        self, modulation: Tensor, rows: NDArray[np.int64], softness: float = 0.0, done: float = 1.0
    ) -> tuple[Tensor, Tensor]:
        """Return the (batch,) losses and the (batch, n) gradient of their sum, price of modulation included.

        ``softness`` and ``done`` are those of `SynthDifferences.loss`.
        """

        def part(pick: slice) -> tuple[Tensor, Tensor]:
            free = modulation[pick].detach().requires_grad_()
            loss = self._synth.loss(self.target.moved(free), torch.as_tensor(rows[pick]), softness, done)
            loss = loss + self.price * free.abs().mean(-1)
            (gradient,) = torch.autograd.grad(loss.sum(), free)
            return loss.detach(), gradient

        losses, gradients = zip(*self._pool.map(part, self._parts(len(rows))), strict=True)
        return torch.cat(losses), torch.cat(gradients)

    def _parts(self, count: int) -> list[slice]:
        return _parts(count) if self._instrument.threads else [slice(0, count)]


def _parts(count: int) -> list[slice]:
    """Return parts of nearly equal size, whatever the number of threads."""
    parts = max(2 * -(-count // (2 * STROKES_A_PART)), 1)
    edges = [round(part * count / parts) for part in range(parts + 1)]
    return [slice(first, last) for first, last in pairwise(edges) if last > first]
