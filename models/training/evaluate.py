"""How well a mapping does on strokes it has not seen: errors per feature beside those of doing nothing.

The metric is always the published system's seven features in double precision, whatever the loss was, and our own
eleven beside them. Doing nothing costs the mean absolute difference that the drum makes.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from models.training.instruments import VOICE, Maker
from models.training.intervals import HeldOut, Interval
from models.training.loss_kinds import LossKind, loss_named
from models.training.losses import DrumDifferences
from models.training.objective import Objective
from models.training.strokes import Strokes
from models.training.threads import one_thread_per_call
from synth.voices.presets import Patch

Array = NDArray[np.float64]

STROKES_AT_ONCE = 256
"""Measured together: their audio is copied. The last ones may be nearly twice as many."""

EVALUATION_SEED = 7_919
"""Of the voice's noise: another one than training used, or the model would be judged on a buffer that it knows."""


@dataclass(frozen=True, slots=True, eq=False)
class Errors:
    """Errors of some strokes in one set of features.

    Parameters
    ----------
    names : tuple of str
        Of the features.
    wanted, reached : (n, features) float64
        Differences of the drum from its reference, of the synth from its preset.
    groups : (n,) int64, optional
        Strokes of one group are copies. By default each is its own.
    """

    names: tuple[str, ...]
    wanted: Array
    reached: Array
    groups: NDArray[np.int64] | None = None

    @property
    def error(self) -> Array:
        """Mean absolute error per feature."""
        return np.asarray(np.abs(self.reached - self.wanted).mean(0))

    @property
    def do_nothing(self) -> Array:
        """What an unmoved preset costs per feature."""
        return np.asarray(np.abs(self.wanted).mean(0))

    @property
    def relative(self) -> Array:
        """Error over doing nothing, per feature: 0 is perfect, 1 is useless."""
        return np.asarray(self.error / np.maximum(self.do_nothing, 1e-12))

    @property
    def mean_relative(self) -> float:
        """Mean of `relative` over the features."""
        return float(self.relative.mean())

    def held_out(self) -> HeldOut:
        """Return them for pooling and comparing, as those of one seed."""
        groups = np.arange(len(self.wanted)) if self.groups is None else self.groups
        return HeldOut(self.names, np.abs(self.reached - self.wanted)[None], np.abs(self.wanted)[None], groups)

    def interval(self) -> Interval:
        """Return `mean_relative` with its 95 % interval over strokes."""
        return self.held_out().interval()

    def table(self) -> dict[str, dict[str, float]]:
        """Return feature name to its figures, rounded, for JSON."""
        columns = zip(self.names, self.error, self.do_nothing, self.relative, strict=True)
        return {
            name: {"error": round(float(e), 4), "do_nothing": round(float(d), 4), "relative": round(float(r), 4)}
            for name, e, d, r in columns
        }


def errors_of(
    modulations: Tensor,
    rows: NDArray[np.int64],
    strokes: Strokes,
    reference: int,
    patch: Patch,
    loss: str,
    dtype: torch.dtype = torch.float64,
    made: Maker = VOICE,
) -> Errors:
    """Return the errors of given modulations for some strokes.

    Parameters
    ----------
    modulations : (k, params) tensor
        -1..1.
    rows : (k,) int64
        Of the strokes that they are for.
    strokes : Strokes
    reference : int
        Row of the reference stroke.
    patch : Patch
        What the reference stroke plays.
    loss : str
        Whose features to measure with: a key of `models.training.loss_kinds.LOSSES`.
    dtype : torch.dtype
        float64 for figures that count, float32 for pictures: several times faster.
    made : Maker
        What plays the modulations; by default the voice of the patch.

    Raises
    ------
    InputError
        There is no such loss, or no voice for the patch's synth.
    """
    kind, edges = loss_named(loss), STROKES_AT_ONCE * np.arange(1, max(len(rows) // STROKES_AT_ONCE, 1))
    errors = [
        _errors_of(modulations[part], rows[part], strokes, reference, patch, kind, dtype, made)
        for part in np.split(np.arange(len(rows)), edges)
    ]
    wanted, reached = (np.concatenate([getattr(part, name) for part in errors]) for name in ("wanted", "reached"))
    return Errors(errors[0].names, wanted, reached)


def _errors_of(
    modulations: Tensor,
    rows: NDArray[np.int64],
    strokes: Strokes,
    reference: int,
    patch: Patch,
    kind: LossKind,
    dtype: torch.dtype,
    made: Maker,
) -> Errors:
    needed = strokes.rows([reference, *rows])
    places = np.arange(1, len(needed))
    drum = DrumDifferences(needed, 0, kind, places, dtype)
    with one_thread_per_call(), Objective(drum, patch, strokes.sample_rate, dtype=dtype, made=made) as objective:
        objective.listen(EVALUATION_SEED, 0)
        reached = objective.reached(modulations, places)
    return Errors(drum.names, drum.wanted[1:].double().numpy(), reached.double().numpy())
