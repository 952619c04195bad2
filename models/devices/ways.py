"""The ways to a device's gradient, all of one form: (unit values, given) to what comes out, with gradients.

`autodiff`
    Forward and backward through the copy in formulas.
`hybrid-autodiff`
    Forward through the device, backward through the copy.
`proxy`
    Forward and backward through the network; what is played later is the network, too.
`half-hybrid`
    The same in learning, and the device in playing.
`hybrid`
    Forward through the device, backward through the network.
`spsa`
    Forward through the device, backward by rendering again on both sides of the values (`models.devices.spsa`).

Steinmetz, Bryan and Reiss (JAES 70(9), 2022) compare five of them; the second is ours.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, cast

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from models.devices.device import Device
from models.devices.gradients import GRADIENTS, OF_COPY, OF_PROXY, Gradient
from models.devices.spsa import Spsa, spsa
from synth.errors import InputError, shown

Way = Callable[[Tensor, Any], Tensor]


def possible(device: Device) -> tuple[Gradient, ...]:
    """Return the ways that a device has, the best one first.

    A copy in formulas goes before a network, and a device in the forward pass before none: docs/notes/effects.md has
    what each reached. Where the copy is the device, its own gradient is all that is needed.
    """
    ways: list[Gradient] = []
    if device.copy is not None:
        ways += ["autodiff", "hybrid-autodiff"] if device.exact else ["hybrid-autodiff", "autodiff"]
    if device.proxy is not None:
        ways += ["hybrid"]
    ways += ["spsa"]
    if device.proxy is not None:
        ways += ["half-hybrid", "proxy"]
    return tuple(ways)


def default_gradient(device: Device) -> Gradient:
    """Return the way that is taken where none is asked for."""
    return possible(device)[0]


@dataclass(frozen=True)
class Through:
    """A device and the way to its gradient.

    Parameters
    ----------
    device : Device
        What is learned through.
    gradient : str
        One of `GRADIENTS`.
    spsa : Spsa
        How `spsa` draws.

    Raises
    ------
    InputError
        The device does not have what the way needs.
    """

    device: Device
    gradient: Gradient
    spsa: Spsa = field(default_factory=Spsa)

    def __post_init__(self) -> None:
        ways = possible(self.device)
        if self.gradient not in ways:
            needs = "a copy in formulas" if self.gradient in OF_COPY else "a proxy"
            needs = needs if self.gradient in GRADIENTS else "to be known"
            named = self.device.space.name
            raise InputError(
                f"gradient {shown(self.gradient)} needs {needs}, which {named} has not; it has {', '.join(ways)}"
            )

    def learned(self, unit: Tensor, given: Any, seed: int = 0) -> Tensor:
        """Return what a loss is made of while learning: (batch, n) of 0..1 to (batch, ...), with gradients."""
        if self.gradient == "spsa":
            return spsa(self.device, unit, given, seed, self.spsa)
        if self.gradient in OF_PROXY:
            learned = cast(Way, self.device.proxy)(unit, given)
        else:
            learned = cast(Way, self.device.copy)(self.device.space.from_unit(unit), given)
        if self.gradient in ("hybrid-autodiff", "hybrid"):
            real = _rendered(self.device, unit, given, seed)
            return _forward_of(real, learned)
        return learned

    def played(self, unit: Tensor, given: Any, seed: int = 0) -> Tensor:
        """Return what is heard once learning is over, without gradients."""
        with torch.no_grad():
            if self.gradient == "proxy":
                return cast(Way, self.device.proxy)(unit, given)
            return _rendered(self.device, unit, given, seed)


def _rendered(device: Device, unit: Tensor, given: Any, seed: int) -> Tensor:
    real = device.render_unit(unit.detach().double().cpu().numpy(), given, seed)
    return torch.from_numpy(real).to(unit)


class _StraightThrough(torch.autograd.Function):
    """Gives one tensor, and hands its gradient to another."""

    @staticmethod
    def forward(ctx: Any, real: Tensor, learned: Tensor) -> Tensor:
        return real.clone()

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *gradients: Tensor) -> tuple[None, Tensor]:
        return None, gradients[0]


def _forward_of(real: Tensor, learned: Tensor) -> Tensor:
    if real.shape != learned.shape:
        raise ValueError(f"the device gives {tuple(real.shape)}, its copy or proxy {tuple(learned.shape)}")
    out: Tensor = _StraightThrough.apply(real, learned)  # type: ignore[no-untyped-call]
    return out
