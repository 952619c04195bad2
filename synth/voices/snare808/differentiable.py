"""The snare as a function of tensors, under the name that programs know: ``ghostnote.snare808``."""

from __future__ import annotations

from torch import Tensor

from synth.voices.differentiable import render
from synth.voices.snare808.circuit import CIRCUIT


def snare808(values: Tensor, noise: Tensor, sample_rate: float, samples: int) -> Tensor:
    """Render one stroke of the snare for each row of values.

    Parameters
    ----------
    values : (batch, 14) float32 or float64
        Real units, in the order of `synth.voices.snare808.table.SNARE808`; all finite.
    noise : (batch or 1, m) tensor
        White, -1..1, at least ``samples`` long; a constant to the gradient.
    sample_rate : float
        Hz.
    samples : int
        Length of the result; a stroke that is over sooner is followed by silence.

    Returns
    -------
    (batch, samples), of the type and on the device of ``values``

    Raises
    ------
    ValueError
        Values or noise of another shape or kind, or values that are not finite.
    """
    return render(CIRCUIT, values, noise, sample_rate, samples)
