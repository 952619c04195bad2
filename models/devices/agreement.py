"""How far the gradient of a way points where the device's own does: measured, by moving each value a little."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor

from models.devices.device import Array, Device
from models.devices.ways import Through

Loss = Callable[[Tensor], Tensor]
"""From what comes out, (batch, ...), to (batch,) losses."""


def finite_differences(device: Device, loss: Loss, unit: Array, given: Any, step: float = 0.01, seed: int = 0) -> Array:
    """Return the slopes of a loss of the device by its values, (batch, n), from a step to each side."""
    slopes = np.zeros_like(unit)
    for column in range(unit.shape[1]):
        sides, losses = [], []
        for way in (step, -step):
            moved = unit.copy()
            moved[:, column] += way
            sides.append(device.realised(moved)[:, column])
            with torch.no_grad():
                losses.append(loss(torch.from_numpy(device.render_unit(moved, given, seed))).numpy())
        apart = sides[0] - sides[1]
        slopes[:, column] = np.divide(losses[0] - losses[1], apart, out=np.zeros(len(unit)), where=apart != 0.0)
    return slopes


def agreement(through: Through, loss: Loss, unit: Array, given: Any, step: float = 0.01, seed: int = 0) -> Array:
    """Return the cosine of the gradient of a way to the device's finite differences, (batch,); 0 where one is 0."""
    leaf = torch.from_numpy(unit.copy()).requires_grad_()
    found = torch.autograd.grad(loss(through.learned(leaf, given, seed)).sum(), leaf)[0].numpy()
    real = finite_differences(through.device, loss, unit, given, step, seed)
    sizes = np.linalg.norm(found, axis=1) * np.linalg.norm(real, axis=1)
    cosines: Array = np.divide((found * real).sum(1), sizes, out=np.zeros(len(unit)), where=sizes > 0.0)
    return cosines
