"""Gradients of what can only be rendered: simultaneous perturbation (Spall, 1992), in its vector-Jacobian form.

All values of a row are moved at once, by plus or minus a step each, and the device renders both sides with the same
noise. The difference, weighed with the gradient by what came out and divided by how far each value was really moved, is
a draw of the gradient; several are averaged. Of n parameters a draw's cosine to the gradient is about sqrt(2 / (pi n)),
that of k draws about sqrt(k / (k + n - 1)).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from models.devices.device import Array, Device


@dataclass(frozen=True)
class Spsa:
    """How gradients are drawn.

    Parameters
    ----------
    draws : int
        How many are averaged; each renders twice.
    step : float
        How far a value is moved to each side, as a part of its range. It should be above the device's own steps.
    """

    draws: int = 4
    step: float = 0.01


def spsa(device: Device, unit: Tensor, given: Any, seed: int, settings: Spsa) -> Tensor:
    """Render values of 0..1, (batch, n), with gradients that are drawn when they are asked for."""
    out: Tensor = _Spsa.apply(unit, device, given, seed, settings)  # type: ignore[no-untyped-call]
    return out


class _Spsa(torch.autograd.Function):
    """The device forward, the draws backward."""

    @staticmethod
    def forward(ctx: Any, unit: Tensor, device: Device, given: Any, seed: int, settings: Spsa) -> Tensor:
        rows = unit.detach().double().cpu().numpy()
        ctx.kept = device, rows, given, seed, settings
        return torch.from_numpy(device.render_unit(rows, given, seed)).to(unit)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        device, rows, given, seed, settings = ctx.kept
        wanted = gradients[0].detach().double().cpu().numpy()
        # Not the seed of the noise: both sides of a draw, and forward, have that.
        rng = np.random.default_rng((seed, 1))
        total = np.zeros_like(rows)
        for _ in range(settings.draws):
            total += _draw(device, rows, given, seed, wanted, settings.step, rng)
        return torch.from_numpy(total / settings.draws).to(gradients[0]), None, None, None, None


def _draw(
    device: Device, rows: Array, given: Any, seed: int, wanted: Array, step: float, rng: np.random.Generator
) -> Array:
    """Return one draw of the gradient, (batch, n)."""
    way = step * rng.choice((-1.0, 1.0), size=rows.shape)
    sides = [device.realised(rows + side * way) for side in (1.0, -1.0)]
    moved = sides[0] - sides[1]
    heard = [device.render_unit(side, given, seed) for side in sides]
    gain = ((heard[0] - heard[1]) * wanted).reshape(len(rows), -1).sum(1, keepdims=True)
    # A value that its range or its steps kept where it was tells nothing.
    slopes: Array = np.divide(gain, moved, out=np.zeros_like(rows), where=moved != 0.0)
    return slopes
