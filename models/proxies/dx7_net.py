"""A transformer for a DX7: a token for each operator, one for the rest, one that gathers; with or without a prior.

With it, operators have no numbers: an operator is what it plays and where it stands in the algorithm's graph, along
which attention runs. So two operators that an algorithm cannot tell apart may be exchanged, and the result stays.

Its slopes at a point are as jagged as those of a rough spectrum; `models.proxies.differences` takes them over steps.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from models.proxies.dx7 import Dx7Prior, Dx7Setting
from models.proxies.dx7_controls import GLOBAL_DEFAULTS, OPERATOR_DEFAULTS
from models.proxies.dx7_tables import ALGORITHMS, OPERATORS
from models.proxies.inputs import Soft, between_rows, choice_weights
from models.proxies.nets import HEADS, Block, NetKind, ProxyNet
from synth.spec import ParamSpace

LAYERS = 4
LFO_WAVES = 6
_HIGHEST = {"mode": 1.0, "amp_mod": 3.0, "coarse": 31.0, "detune": 14.0, "velocity": 7.0, "rate_scaling": 7.0}
_HIGHEST_OF_ALL = {
    "feedback": 7.0,
    "lfo.pitch_sensitivity": 7.0,
    "transpose": 48.0,
    "synth.note": 127.0,
    "synth.velocity": 127.0,
}
_CHOSEN = ("algorithm", "lfo.wave")


class ModuleTransformer(ProxyNet):
    """The net.

    Parameters
    ----------
    space : ParamSpace
        Controls of a DX7, as `models.proxies.dx7_controls` names them.
    outputs, width : int
    setting : Dx7Setting
    with_prior : bool
        Whether it gets levels, pitches, graph and sketch, or operators by number alone.
    """

    def __init__(self, space: ParamSpace, outputs: int, width: int, setting: Dx7Setting, with_prior: bool) -> None:
        super().__init__()
        self.prior = Dx7Prior(space, setting)
        self.with_prior = with_prior
        self.width = width
        features = len(OPERATOR_DEFAULTS) + (self.prior.features if with_prior else 0)
        numbers = len(GLOBAL_DEFAULTS) - len(_CHOSEN)
        self.of_operator = nn.Sequential(nn.Linear(features, width), nn.SiLU(), nn.Linear(width, width))
        self.of_rest = nn.Linear(numbers + len(ALGORITHMS) + LFO_WAVES, width)
        if with_prior:
            self.of_sketch = nn.Linear(self.prior.sketched, width)
            self.past = nn.Linear(self.prior.sketched, outputs)
            self.along = nn.Parameter(torch.zeros(LAYERS, HEADS, 2))
        else:
            self.numbers = nn.Parameter(torch.randn(OPERATORS, width) * 0.5)
        self.gatherer = nn.Parameter(torch.randn(width) * 0.5)
        self.blocks = nn.ModuleList(Block(width) for _ in range(LAYERS))
        self.norm, self.last = nn.LayerNorm(width), nn.Linear(width, outputs)

    def known(self, unit: Tensor, soft: Soft | None = None) -> Tensor | None:
        """As of `ProxyNet`."""
        return self.prior(unit, soft).flat() if self.with_prior else None

    def forward(self, unit: Tensor, soft: Soft | None = None, known: Tensor | None = None) -> Tensor:
        """As of `ProxyNet`."""
        operators, rest = self._operators(unit), self.of_rest(self._rest(unit, soft))[:, None]
        if not self.with_prior:
            gatherer = self.gatherer.expand(len(unit), 1, -1)
            tokens = torch.cat([gatherer, rest, self.of_operator(operators) + self.numbers], 1)
            for block in self.blocks:
                tokens = block(tokens)
            plain: Tensor = self.last(self.norm(tokens[:, 0]))
            return plain
        kept = self.prior(unit, soft) if known is None else self.prior.known(known)
        sketch = kept.sketch / 3.0 - 1.0
        gatherer = (self.gatherer + self.of_sketch(sketch))[:, None]
        tokens = torch.cat([gatherer, rest, self.of_operator(torch.cat([operators, kept.operators], -1))], 1)
        edges = torch.stack([kept.graph, kept.graph.transpose(1, 2)], -1)
        for block, along in zip(self.blocks, self.along, strict=True):
            bias = nn.functional.pad((edges @ along.T).permute(0, 3, 1, 2), (2, 0, 2, 0))
            tokens = block(tokens, bias)
        out: Tensor = self.last(self.norm(tokens[:, 0])) + self.past(sketch)
        return out

    def _operators(self, unit: Tensor) -> Tensor:
        """Return the controls of each operator, -1..1, (batch, 6, controls)."""
        controls = self.prior.controls
        scaled = [controls.of_operators(unit, name) / _HIGHEST.get(name, 99.0) for name in OPERATOR_DEFAULTS]
        return 2.0 * torch.stack(scaled, -1) - 1.0

    def _rest(self, unit: Tensor, soft: Soft | None) -> Tensor:
        """Return the other controls, -1..1 or one-hot, (batch, columns)."""
        controls = self.prior.controls
        numbers = [name for name in GLOBAL_DEFAULTS if name not in _CHOSEN]
        scaled = [controls.value(unit, name) / _HIGHEST_OF_ALL.get(name, 99.0) for name in numbers]
        if "lfo.wave" in controls.space.names:
            waves = choice_weights(controls.space, unit, "lfo.wave", soft)
        else:
            waves = between_rows(controls.value(unit, "lfo.wave") / (LFO_WAVES - 1), LFO_WAVES)
        return torch.cat([2.0 * torch.stack(scaled, 1) - 1.0, controls.algorithm(unit, soft), waves], 1)


DX7_NETS = ("module-transformer", "module-transformer-prior")
"""Names of `dx7_nets`."""


def dx7_nets(setting: Dx7Setting) -> dict[str, NetKind]:
    """Return the nets of a DX7, name to kind."""

    def kind(name: str, with_prior: bool, meaning: str) -> NetKind:
        def build(space: ParamSpace, outputs: int, width: int) -> ProxyNet:
            return ModuleTransformer(space, outputs, width, setting, with_prior)

        return NetKind(name, build, HEADS, meaning, rate=2e-3, decay=0.02)

    plain, known = DX7_NETS
    kinds = (
        kind(plain, False, "attention over six operators and the rest"),
        kind(known, True, "the same with what is known of a DX7"),
    )
    return {one.name: one for one in kinds}
