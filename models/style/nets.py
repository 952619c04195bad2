"""The encoder and the controller as tensors with gradients: the same weights as `models.style.stylist`."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor, nn

from models.style.hearing import Heard
from models.style.stylist import SLOPE, Stylist, shapes
from synth.effects.chain import Chain


class StyleNet(nn.Module):
    """Encoder and controller.

    Parameters
    ----------
    chain : Chain
        What is set.
    seed : int
        Of the first weights.
    """

    def __init__(self, chain: Chain, seed: int = 0) -> None:
        super().__init__()
        self.chain = chain
        generator = torch.Generator().manual_seed(seed)
        self.weights = nn.ParameterDict()
        for name, shape in shapes(len(chain.space)).items():
            first = torch.zeros(shape)
            if name.endswith(".weight"):
                first = torch.randn(shape, generator=generator) * np.sqrt(2.0 / shape[1])
            self.weights[name.replace(".", "_")] = nn.Parameter(first)
        with torch.no_grad():
            # The first values of all are the defaults: nothing is learned from sounds that are far off.
            defaults = torch.from_numpy(chain.space.to_unit(chain.space.defaults)).float().clamp(0.02, 0.98)
            self.weights["control3_bias"].copy_(torch.logit(defaults))
            self.weights["control3_weight"].mul_(0.1)

    def _layer(self, name: str, x: Tensor) -> Tensor:
        return nn.functional.linear(x, self.weights[f"{name}_weight"], self.weights[f"{name}_bias"])

    def embedding(self, frames: Tensor, levels: Tensor) -> Tensor:
        """Return (batch, EMBEDDING) of (batch, n, bands) frames and (batch, LEVELS)."""
        hidden = nn.functional.leaky_relu(self._layer("frame1", frames), SLOPE)
        hidden = nn.functional.leaky_relu(self._layer("frame2", hidden), SLOPE)
        spread = (hidden.var(1, unbiased=False) + 1e-8).sqrt()
        return torch.tanh(self._layer("embed", torch.cat([hidden.mean(1), spread, levels], -1)))

    def forward(self, source: Sequence[Heard], like: Sequence[Heard]) -> Tensor:
        """Return (batch, n) values of 0 to 1 for recordings and their references, all of one length."""
        embedded = []
        for side in (source, like):
            frames = torch.from_numpy(np.stack([one.frames for one in side]))
            embedded.append(self.embedding(frames, torch.from_numpy(np.stack([one.levels for one in side]))))
        hidden = nn.functional.leaky_relu(self._layer("control1", torch.cat(embedded, -1)), SLOPE)
        hidden = nn.functional.leaky_relu(self._layer("control2", hidden), SLOPE)
        return torch.sigmoid(self._layer("control3", hidden))

    def stylist(self, card: dict[str, object]) -> Stylist:
        """Return what can be played and saved."""
        weights = {
            name: self.weights[name.replace(".", "_")].detach().numpy() for name in shapes(len(self.chain.space))
        }
        return Stylist(self.chain, {name: array.copy() for name, array in weights.items()}, card)
