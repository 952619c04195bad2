"""The nets of proxies, one row each: what predicts a sound from settings, built for a number of parameters.

They are those of Combes, Weinzierl and Obermayer (JAES 2025) at sizes that a core can train, with what that work lacks:
tokens have a bias and choices a soft look-up. `models.proxies.dx7_net` adds those of a synth whose structure is known.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from models.proxies.inputs import BENDS, RAMPS, OneHot, Soft, Tokens
from synth.errors import InputError
from synth.spec import ParamSpace

MLP_LAYERS, BENDS_LAYERS, HIGHWAY_LAYERS = 6, 4, 6
TOKEN_WIDTH = 16
"""Of tokens that are laid side by side."""
HEADS = 4
TRANSFORMER_LAYERS = 3


class ProxyNet(nn.Module):
    """Predicts standardised outputs from the settings of a synth."""

    def forward(self, unit: Tensor, soft: Soft | None = None, known: Tensor | None = None) -> Tensor:
        """Return (batch, outputs) of (batch, n) unit values.

        Parameters
        ----------
        unit : (batch, n) tensor
        soft : dict of str to (batch, steps) tensors, optional
            Distributions over the values of choices, instead of their unit values.
        known : (batch, size) tensor, optional
            What `known` returns for these values, if it has been kept.
        """
        raise NotImplementedError

    def known(self, unit: Tensor, soft: Soft | None = None) -> Tensor | None:
        """Return what no weight changes, to be computed once for many steps; None where there is nothing."""
        return None


class Mlp(ProxyNet):
    """Fully connected layers with SiLU over one-hot columns."""

    layer_count, ramps, bends = MLP_LAYERS, 0, 0

    def __init__(self, space: ParamSpace, outputs: int, width: int) -> None:
        super().__init__()
        self.inputs = OneHot(space, self.ramps, self.bends)
        widths = [self.inputs.width, *[width] * self.layer_count]
        self.layers = nn.ModuleList(nn.Linear(*pair) for pair in itertools.pairwise(widths))
        self.last = nn.Linear(width, outputs)

    def forward(self, unit: Tensor, soft: Soft | None = None, known: Tensor | None = None) -> Tensor:
        """As of `ProxyNet`."""
        signal = self.inputs(unit, soft)
        for layer in self.layers:
            signal = nn.functional.silu(layer(signal))
        out: Tensor = self.last(signal)
        return out


class RampsMlp(Mlp):
    """The same over ramps too: nearer where a control has steps, but its slopes are those of short pieces."""

    ramps = RAMPS


class BendsMlp(Mlp):
    """The same over bends, with fewer layers, as bends do a part of their work: near both in steps and in slopes."""

    layer_count, bends = BENDS_LAYERS, BENDS


class HighwayStack(nn.Module):
    """Layers that each mix what they compute with what they got, by a learned gate (Srivastava et al., 2015)."""

    def __init__(self, width_in: int, outputs: int, width: int, layers: int) -> None:
        super().__init__()
        self.first = nn.Linear(width_in, width)
        layered = [nn.Linear(width, 2 * width) for _ in range(layers)]
        self.layers = nn.ModuleList(layered)
        self.last = nn.Linear(width, outputs)
        with torch.no_grad():
            for layer in layered:
                layer.bias[width:].fill_(-1.0)  # gates begin nearly shut

    def forward(self, signal: Tensor) -> Tensor:
        """Return (batch, outputs) of (batch, width_in)."""
        signal = nn.functional.silu(self.first(signal))
        for layer in self.layers:
            new, gate = layer(signal).chunk(2, 1)
            signal = signal + torch.sigmoid(gate) * (nn.functional.silu(new) - signal)
        out: Tensor = self.last(signal)
        return out


class Highway(ProxyNet):
    """A highway net over one-hot columns."""

    def __init__(self, space: ParamSpace, outputs: int, width: int) -> None:
        super().__init__()
        self.inputs = OneHot(space)
        self.stack = HighwayStack(self.inputs.width, outputs, width, HIGHWAY_LAYERS)

    def forward(self, unit: Tensor, soft: Soft | None = None, known: Tensor | None = None) -> Tensor:
        """As of `ProxyNet`."""
        out: Tensor = self.stack(self.inputs(unit, soft))
        return out


class HighwayTokens(ProxyNet):
    """A highway net over tokens that are laid side by side."""

    def __init__(self, space: ParamSpace, outputs: int, width: int) -> None:
        super().__init__()
        self.inputs = Tokens(space, TOKEN_WIDTH)
        self.stack = HighwayStack(len(space) * TOKEN_WIDTH, outputs, width, HIGHWAY_LAYERS)

    def forward(self, unit: Tensor, soft: Soft | None = None, known: Tensor | None = None) -> Tensor:
        """As of `ProxyNet`."""
        out: Tensor = self.stack(self.inputs(unit, soft).flatten(1))
        return out


class Recurrent(ProxyNet):
    """A gated recurrent unit that reads the tokens both ways, then a highway net over its last states."""

    def __init__(self, space: ParamSpace, outputs: int, width: int) -> None:
        super().__init__()
        self.inputs = Tokens(space, width)
        self.reader = nn.GRU(width, width, batch_first=True, bidirectional=True)
        self.stack = HighwayStack(2 * width, outputs, width, HIGHWAY_LAYERS)

    def forward(self, unit: Tensor, soft: Soft | None = None, known: Tensor | None = None) -> Tensor:
        """As of `ProxyNet`."""
        _, last = self.reader(self.inputs(unit, soft))
        out: Tensor = self.stack(last.transpose(0, 1).flatten(1))
        return out


class Block(nn.Module):
    """A layer of a transformer: attention and two fully connected layers, each after a normalisation, each added."""

    def __init__(self, width: int, heads: int = HEADS) -> None:
        super().__init__()
        self.heads = heads
        self.before, self.between = nn.LayerNorm(width), nn.LayerNorm(width)
        self.asked, self.mixed = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.wide, self.narrow = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)

    def forward(self, tokens: Tensor, bias: Tensor | None = None) -> Tensor:
        """Return (batch, n, width) tokens; ``bias`` (batch, heads, n, n) is added to what they ask each other."""
        query, key, value = self.asked(self.before(tokens)).unflatten(-1, (3, self.heads, -1)).unbind(2)
        query, key, value = (part.transpose(1, 2) for part in (query, key, value))
        heard = nn.functional.scaled_dot_product_attention(query, key, value, attn_mask=bias)
        tokens = tokens + self.mixed(heard.transpose(1, 2).flatten(2))
        out: Tensor = tokens + self.narrow(nn.functional.silu(self.wide(self.between(tokens))))
        return out


class Transformer(ProxyNet):
    """Attention over a token for each parameter and one that gathers; the tokens' biases tell them apart."""

    def __init__(self, space: ParamSpace, outputs: int, width: int) -> None:
        super().__init__()
        self.inputs = Tokens(space, width)
        self.gatherer = nn.Parameter(torch.randn(width) * 0.5)
        self.blocks = nn.ModuleList(Block(width) for _ in range(TRANSFORMER_LAYERS))
        self.norm, self.last = nn.LayerNorm(width), nn.Linear(width, outputs)

    def forward(self, unit: Tensor, soft: Soft | None = None, known: Tensor | None = None) -> Tensor:
        """As of `ProxyNet`."""
        tokens = self.inputs(unit, soft)
        tokens = torch.cat([self.gatherer.expand(len(unit), 1, -1), tokens], 1)
        for block in self.blocks:
            tokens = block(tokens)
        out: Tensor = self.last(self.norm(tokens[:, 0]))
        return out


Build = Callable[[ParamSpace, int, int], ProxyNet]
"""Space, number of outputs and width to a net."""


@dataclass(frozen=True, slots=True)
class NetKind:
    """A kind of net.

    Parameters
    ----------
    name : str
        As on the command line.
    build : callable
    width_step : int
        Widths are multiples of it.
    meaning : str
    rate : float
        First learning rate, of the kind's usual size.
    decay : float
        Of weights, with `SMALL` examples or fewer; with more it counts that much less.
    """

    name: str
    build: Build
    width_step: int
    meaning: str
    rate: float = 2e-3
    decay: float = 0.1


NETS: dict[str, NetKind] = {
    kind.name: kind
    for kind in (
        NetKind("mlp", Mlp, 1, "fully connected layers, one-hot", rate=4e-3, decay=0.5),
        NetKind("mlp-ramps", RampsMlp, 1, "fully connected layers, one-hot and ramps", rate=4e-3, decay=0.5),
        NetKind("mlp-bends", BendsMlp, 1, "fully connected layers, one-hot and bends", rate=4e-3, decay=0.5),
        NetKind("highway", Highway, 1, "gated layers, one-hot", rate=4e-3, decay=0.5),
        NetKind("highway-tokens", HighwayTokens, 1, "gated layers over tokens", rate=3e-3, decay=0.3),
        NetKind("recurrent", Recurrent, 1, "a recurrent layer over tokens, then gated layers"),
        NetKind("transformer", Transformer, HEADS, "attention over tokens", rate=1e-3),
    )
}
"""Name to kind; those of a DX7 are in `models.proxies.dx7_net`."""

WIDEST = 4096
FEWEST_PARAMETERS = 1_000


def build_net(kind: NetKind, space: ParamSpace, outputs: int, parameters: int, seed: int = 0) -> ProxyNet:
    """Return a net with about that many parameters: the width that comes nearest.

    Parameters
    ----------
    kind : NetKind
    space : ParamSpace
    outputs : int
    parameters : int
        1 000 or more.
    seed : int
        Of the first weights.

    Raises
    ------
    InputError
        Too few parameters.
    """
    if parameters < FEWEST_PARAMETERS:
        raise InputError(f"a net of {parameters} parameters learns nothing: {FEWEST_PARAMETERS} is the least")
    width = width_for(kind, space, outputs, parameters)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return kind.build(space, outputs, width)


def width_for(kind: NetKind, space: ParamSpace, outputs: int, parameters: int) -> int:
    """Return the width at which a net's size is nearest to that many parameters."""

    def size(steps: int) -> int:
        with torch.device("meta"):
            net = kind.build(space, outputs, steps * kind.width_step)
        return sum(weights.numel() for weights in net.parameters())

    low, high = 1, WIDEST // kind.width_step
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if size(middle) <= parameters else (low, middle)
    return min((low, high), key=lambda steps: abs(size(steps) - parameters)) * kind.width_step
