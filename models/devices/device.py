"""A device: anything that renders values to audio or to features, and what is known of its gradient.

Our effects and voices are devices, as is a synth that is not ours. What can be had of a gradient differs: the device's
own, that of a copy in formulas, that of a network which has learned the device, or none but what rendering again tells.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from synth.spec import ParamSpace

Array = NDArray[np.float64]


def clipped(unit: Array) -> Array:
    """Return what a device takes that has every value from 0 to 1."""
    return np.clip(unit, 0.0, 1.0)


@dataclass(frozen=True)
class Device:
    """What is learned through.

    Parameters
    ----------
    space : ParamSpace
        What it can be told, n parameters.
    render : callable
        (values, given, seed) to what comes out: (batch, n) real units and what else it is given, such as a batch of
        audio, to (batch, ...) float64. It is the device itself. The same seed gives the same noise.
    realised : callable
        (batch, n) of 0..1 to what the device really takes of it: its range, its steps.
    copy : callable, optional
        (values, given) to the same as ``render``, as tensors with gradients: the device in formulas.
    exact : bool
        Whether the copy is the device, and not an approximation.
    proxy : callable, optional
        (unit values, given) to the same, as tensors with gradients: a network that has learned the device.
    """

    space: ParamSpace
    render: Callable[[Array, Any, int], Array]
    realised: Callable[[Array], Array] = clipped
    copy: Callable[[Tensor, Any], Tensor] | None = None
    exact: bool = False
    proxy: Callable[[Tensor, Any], Tensor] | None = None

    def render_unit(self, unit: Array, given: Any, seed: int = 0) -> Array:
        """Render (batch, n) values of 0..1, as the device takes them."""
        return self.render(np.asarray(self.space.from_unit(self.realised(unit))), given, seed)
