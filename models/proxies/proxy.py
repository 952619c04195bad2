"""A learned stand-in for a synth: it predicts what a setting sounds like to an ear, and has gradients.

It gives an embedding, never audio. Several nets answer, and their mean is the prediction: how far they are apart says
where the proxy has not heard enough.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from models.proxies.dx7 import Dx7Setting
from models.proxies.dx7_net import DX7_NETS, dx7_nets
from models.proxies.inputs import Soft
from models.proxies.nets import NETS, NetKind, ProxyNet
from synth.errors import InputError, entry_named
from synth.spec import ParamSpace

ARCHITECTURES = (*NETS, *DX7_NETS)
"""Names of all kinds of net."""


def net_kind(name: str, dx7: Dx7Setting | None = None) -> NetKind:
    """Return a kind of net.

    Raises
    ------
    InputError
        There is none of that name, or it is one for a DX7 and there is no setting for it.
    """
    if name in DX7_NETS and dx7 is None:
        raise InputError(f"a net {name!r} is for a DX7: the recordings must be of one; there are {', '.join(NETS)}")
    return entry_named(NETS if dx7 is None else NETS | dx7_nets(dx7), name, "net")


@dataclass(frozen=True, slots=True, eq=False)
class Outside:
    """What is around the nets: scales of their outputs, and levels that they need not learn.

    Parameters
    ----------
    mean, scale : (outputs,) float32 tensors
        Over the training examples: the embedding's numbers, then the figures'.
    levels : tuple of str
        Controls that are pure output levels in dB: the nets see their default, and their decibels are added.
    floor : float
        What silence has in the embedding; only levels go below it, and are held.
    """

    mean: Tensor
    scale: Tensor
    levels: tuple[str, ...] = ()
    floor: float = -100.0

    def seen(self, space: ParamSpace, unit: Tensor) -> Tensor:
        """Return the unit values that the nets get."""
        columns = [space.names.index(name) for name in self.levels]
        if not columns:
            return unit
        seen = unit.clone()
        seen[:, columns] = unit.new_tensor(space.to_unit(space.defaults)[columns])
        return seen

    def leave(self, space: ParamSpace, unit: Tensor, standardised: Tensor, dimensions: int) -> Tensor:
        """Return (..., batch, outputs) in their own units, of which the first ``dimensions`` are the embedding."""
        out = standardised * self.scale + self.mean
        if not self.levels:
            return out
        columns = [space.names.index(name) for name in self.levels]
        gain_db = (space.from_unit(unit)[:, columns] - unit.new_tensor(space.defaults[columns])).sum(1, keepdim=True)
        held = (out[..., :dimensions] + gain_db).clamp(min=self.floor)
        return torch.cat([held, out[..., dimensions:]], -1)


@dataclass(frozen=True, slots=True, eq=False)
class Proxy:
    """The stand-in.

    Parameters
    ----------
    space : ParamSpace
        Of its inputs.
    arch : str
        One of `ARCHITECTURES`.
    width : int
        Of the nets.
    nets : tuple of ProxyNet
    outside : Outside
    embedding : str
        Name of what it predicts.
    dimensions : int
        How many numbers the embedding has; the other outputs are figures.
    figure_names : tuple of str
    dx7 : Dx7Setting, optional
        Of a net that is made for a DX7.
    card : dict
        How it was made and how well it does. JSON values only.
    """

    space: ParamSpace
    arch: str
    width: int
    nets: tuple[ProxyNet, ...]
    outside: Outside
    embedding: str
    dimensions: int
    figure_names: tuple[str, ...] = ()
    dx7: Dx7Setting | None = None
    card: Mapping[str, Any] = field(default_factory=dict)

    def __call__(self, unit: Tensor, soft: Soft | None = None) -> Tensor:
        """Return the predicted embeddings in their own units, (batch, d) of (batch, p) unit values.

        Parameters
        ----------
        unit : (batch, p) tensor
        soft : dict of str to (batch, steps) tensors, optional
            Distributions over the values of choices and switches, instead of their unit values.
        """
        return self.outputs(unit, soft)[:, : self.dimensions]

    def figures(self, unit: Tensor, soft: Soft | None = None) -> Tensor:
        """Return the predicted figures in their own units, (batch, f)."""
        return self.outputs(unit, soft)[:, self.dimensions :]

    def outputs(self, unit: Tensor, soft: Soft | None = None) -> Tensor:
        """Return embedding and figures beside each other, (batch, d + f): one way through the nets for both."""
        unit = unit.to(self.outside.mean.dtype)
        return self.outside.leave(self.space, unit, self._standardised(unit, soft).mean(0), self.dimensions)

    def spread(self, unit: Tensor) -> Tensor:
        """Return how far the nets are apart, (batch,): standard deviation in standardised units, mean over numbers."""
        with torch.no_grad():
            each = self._standardised(unit.to(self.outside.mean.dtype), None)[..., : self.dimensions]
            return each.std(0, correction=0).mean(-1)

    def predicted(self, unit: NDArray[np.float64], batch: int = 256) -> NDArray[np.float32]:
        """Return the embeddings of any number of settings, (n, d) of (n, p), without gradients."""
        rows = torch.from_numpy(np.ascontiguousarray(unit, np.float64))
        with torch.no_grad():
            parts = [self(rows[first : first + batch]).numpy() for first in range(0, len(rows), batch)]
        return np.concatenate(parts) if parts else np.zeros((0, self.dimensions), np.float32)

    def _standardised(self, unit: Tensor, soft: Soft | None) -> Tensor:
        """Return what each net says, (nets, batch, outputs)."""
        seen = self.outside.seen(self.space, unit)
        known = self.nets[0].known(seen, soft)
        return torch.stack([net(seen, soft, known) for net in self.nets])
