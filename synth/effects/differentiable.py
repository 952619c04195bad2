"""An effect as a function of tensors, with exact gradients to its values, to the sound and to the key.

Forward and backward are one compiled pass each (`synth.effects.effect`); the slopes of coefficients by values are taken
by a complex step (`synth.parts.solver`). Inside, numbers are float64. Every signal begins with the effect at rest.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.autograd.function import once_differentiable

from synth.effects.effect import NO_KEY, Effect, scratch_rows


def processed(effect: Effect, values: Tensor, audio: Tensor, sample_rate: float, key: Tensor | None = None) -> Tensor:
    """Run an effect over a batch of sounds.

    Parameters
    ----------
    effect : Effect
        Which one.
    values : (batch or 1, n) float32 or float64
        Real units, in the order of its table; all finite.
    audio : (batch, samples) or (batch, channels, samples)
        One channel or two.
    sample_rate : float
        Hz.
    key : (batch, samples), optional
        What is listened to instead, by an effect that takes it.

    Returns
    -------
    of the shape, type and device of ``audio``

    Raises
    ------
    ValueError
        Values, audio or key of another shape, or values that are not finite.
    """
    wide = audio if audio.ndim == 3 else audio[:, None]
    if values.ndim != 2 or values.shape[1] != len(effect.space) or len(values) not in (1, len(audio)):
        needed = f"(1 or {len(audio)}, {len(effect.space)})"
        raise ValueError(f"values is {tuple(values.shape)}; {effect.space.name} needs {needed}")
    if wide.ndim != 3 or wide.shape[1] not in (1, 2):
        raise ValueError(f"audio is {tuple(audio.shape)}; needed is (batch, samples) or (batch, 1 or 2, samples)")
    if key is not None and key.shape != (wide.shape[0], wide.shape[2]):
        raise ValueError(f"key is {tuple(key.shape)}; needed is ({wide.shape[0]}, {wide.shape[2]})")
    if not torch.isfinite(values).all():
        raise ValueError("values must be finite")
    given = values.expand(len(audio), -1)
    keys = audio.new_zeros(len(audio), 0) if key is None else key
    out: Tensor = _Processed.apply(given, wide, keys, effect, float(sample_rate))  # type: ignore[no-untyped-call]
    return out if audio.ndim == 3 else out[:, 0]


def _numbers(tensor: Tensor) -> NDArray[np.float64]:
    return tensor.detach().to("cpu", torch.float64, copy=True).contiguous().numpy()


class _Processed(torch.autograd.Function):
    """The compiled passes between tensors."""

    @staticmethod
    def forward(ctx: Any, values: Tensor, audio: Tensor, key: Tensor, effect: Effect, rate: float) -> Tensor:
        rows, sound, keys = _numbers(values), _numbers(audio), _numbers(key)
        coefs = effect.coefficients_of(rows, rate)
        batch, channels, samples = sound.shape
        kept = np.empty((batch, effect.kept_rows(channels), samples))
        scratch = scratch_rows()
        for one in range(batch):
            effect.trace(coefs[one], sound[one], keys[one], kept[one], scratch)
        ctx.kept = effect, rate, rows, coefs, keys, kept
        return torch.from_numpy(sound).to(audio)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        effect, rate, rows, coefs, keys, kept = ctx.kept
        pull, by_key = _numbers(gradients[0]), np.zeros_like(keys)
        slopes, scratch = np.zeros_like(coefs), scratch_rows()
        for one in range(len(pull)):
            own = by_key[one] if keys.shape[1] else NO_KEY
            effect.pull_back(coefs[one], pull[one], own, keys[one], kept[one], slopes[one], scratch)
        by_values = torch.from_numpy(effect.slopes_of(rows, rate, slopes))
        like = gradients[0]
        return by_values.to(like), torch.from_numpy(pull).to(like), torch.from_numpy(by_key).to(like), None, None
