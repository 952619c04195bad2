"""The mapping models in torch, for training. Playing computes the same in `models.mapping.mapper`."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from models.mapping.architectures import NORM_EPSILON, architecture_named
from models.training.recipes import Recipe


class MappingNet(nn.Module):
    """An `Architecture` with weights.

    Parameters
    ----------
    arch : str
        Key of `models.mapping.architectures.ARCHITECTURES`.
    features, params : int
        Width of input and output.
    seed : int
        Of the first weights; at least 0.
    recipe : Recipe
        Says how far they spread.

    Raises
    ------
    InputError
        There is no such architecture.
    """

    def __init__(self, arch: str, features: int, params: int, seed: int, recipe: Recipe) -> None:
        super().__init__()
        self.architecture = architecture = architecture_named(arch)
        self.features, self.params = features, params
        spread, hidden_spread = recipe.pace(architecture).spread, recipe.hidden_spread
        rng = np.random.default_rng(seed)
        self.named = nn.ParameterDict()
        last = f"{len(architecture.hidden)}."
        for name, shape in architecture.shapes(features, params).items():
            width = hidden_spread if hidden_spread and not name.startswith(last) else spread
            constant = name.endswith("bias") and (name.startswith(last) or not hidden_spread)
            first = np.zeros(shape) if constant else rng.standard_normal(shape) * width
            self.named[_key(name)] = nn.Parameter(torch.as_tensor(first, dtype=torch.float32))

    def forward(self, relative: Tensor) -> Tensor:
        """Return (batch, params) modulations, -1..1, of (batch, features) scaled features relative to the reference."""
        signal = relative
        for layer, width in enumerate(self.architecture.hidden):
            signal = torch.relu(nn.functional.layer_norm(self._linear(layer, signal), (width,), eps=NORM_EPSILON))
        result = self._linear(len(self.architecture.hidden), signal)
        return result.clamp(-1.0, 1.0) if self.architecture.squash == "clamp" else torch.tanh(result)

    def _linear(self, layer: int, signal: Tensor) -> Tensor:
        bias = self.named[_key(f"{layer}.bias")] if self.architecture.bias else None
        return nn.functional.linear(signal, self.named[_key(f"{layer}.weight")], bias)

    def weights(self) -> dict[str, NDArray[np.float32]]:
        """Return a copy of every weight, named as in a bundle."""
        return {key.replace("_", "."): value.detach().numpy().copy() for key, value in self.named.items()}

    def set_weights(self, weights: Mapping[str, NDArray[np.float32]]) -> None:
        """Continue from the weights of a bundle: names and shapes as `Architecture.shapes` gives them."""
        with torch.no_grad():
            for name, value in weights.items():
                self.named[_key(name)].copy_(torch.as_tensor(np.array(value)))


def _key(name: str) -> str:
    # A ParameterDict takes no dots.
    return name.replace(".", "_")
