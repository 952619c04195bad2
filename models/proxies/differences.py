"""Gradients of a proxy by its own differences: what it believes of steps that can be heard, not of the finest ones.

A proxy whose prediction is jagged, as that of a frequency modulation synth, is right about steps of a control and of
little use in the limit of no step. Differences cost two predictions a control, and no note of the synth.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from models.proxies.proxy import Proxy
from synth.spec import ParamSpace

STEP = 0.06
"""Of a control's range, to either side, unless a step of the control is larger."""

Units = NDArray[np.float64]


def numbers_of(space: ParamSpace) -> NDArray[np.intp]:
    """Return the columns of the controls whose values have an order."""
    return np.flatnonzero([param.kind == "number" for param in space])


def moved(space: ParamSpace, points: Units, columns: NDArray[np.intp], step: float) -> Units:
    """Return points with one control moved each, to what the synth can realise.

    Parameters
    ----------
    space : ParamSpace
    points : (n, p) float64
        Unit values.
    columns : (k,) int array
    step : float
        Of the range, with its sign; at least one step of the control.

    Returns
    -------
    (n, k, p) float64
    """
    result = np.repeat(points[:, None], len(columns), axis=1)
    for place, column in enumerate(columns):
        steps = space.params[column].steps
        least = 1.0 / (steps - 1) if steps else 0.0
        result[:, place, column] += np.sign(step) * max(abs(step), least)
    flat: Units = space.realised(result.reshape(-1, len(space)))
    return flat.reshape(result.shape)


def by_differences(proxy: Proxy, unit: Tensor, step: float = STEP) -> Tensor:
    """Return a proxy's embeddings, whose gradients are central differences of them; those of choices are 0.

    Parameters
    ----------
    proxy : Proxy
    unit : (batch, p) tensor
    step : float
        Of a control's range, to either side.

    Returns
    -------
    (batch, d) tensor
    """
    out: Tensor = _Differences.apply(unit, proxy, step)  # type: ignore[no-untyped-call]
    return out


class _Differences(torch.autograd.Function):
    """The prediction, with a backward pass of its own."""

    @staticmethod
    def forward(ctx: Any, unit: Tensor, proxy: Proxy, step: float) -> Tensor:
        ctx.save_for_backward(unit)
        ctx.proxy, ctx.step = proxy, step
        with torch.no_grad():
            return proxy(unit)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None, None]:
        (unit,), proxy = ctx.saved_tensors, ctx.proxy
        points = unit.detach().numpy().astype(np.float64)
        columns = numbers_of(proxy.space)
        up, down = (moved(proxy.space, points, columns, way * ctx.step) for way in (1.0, -1.0))
        shape = (*up.shape[:2], -1)
        heard = (proxy.predicted(ends.reshape(-1, len(proxy.space))).reshape(shape) for ends in (up, down))
        widths = (up - down)[:, np.arange(len(columns)), columns]
        pulled = np.einsum("bkd,bd->bk", np.subtract(*heard), gradients[0].numpy())
        result = np.zeros_like(points)
        result[:, columns] = np.divide(pulled, widths, out=np.zeros_like(widths), where=widths > 0.0)
        return torch.from_numpy(result).to(unit.dtype), None, None
