"""The numbers of a DX7 by name, from unit values of any space that holds some of them; the others are constants."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from models.proxies.dx7_tables import ALGORITHMS, OPERATORS
from models.proxies.inputs import Soft, choice_weights
from synth.errors import InputError, shown
from synth.spec import ParamSpace

OPERATOR_DEFAULTS: dict[str, float] = {
    **{f"rate{stage}": 99.0 for stage in range(1, 5)},
    **{f"level{stage}": 99.0 for stage in range(1, 4)},
    "level4": 0.0,
    "output": 0.0,
    "coarse": 1.0,
    "fine": 0.0,
    "detune": 7.0,
    "mode": 0.0,
    "amp_mod": 0.0,
    "velocity": 0.0,
    "rate_scaling": 0.0,
}
GLOBAL_DEFAULTS: dict[str, float] = {
    "algorithm": 0.0,
    "feedback": 0.0,
    "lfo.speed": 35.0,
    "lfo.delay": 0.0,
    "lfo.pitch_depth": 0.0,
    "lfo.amp_depth": 0.0,
    "lfo.wave": 0.0,
    "lfo.pitch_sensitivity": 3.0,
    **{f"pitch.rate{stage}": 99.0 for stage in range(1, 5)},
    **{f"pitch.level{stage}": 50.0 for stage in range(1, 5)},
    "transpose": 24.0,
    "synth.note": 60.0,
    "synth.velocity": 100.0,
}
DEFAULTS: dict[str, float] = {
    **{f"op{number}.{name}": x for number in range(1, OPERATORS + 1) for name, x in OPERATOR_DEFAULTS.items()},
    **GLOBAL_DEFAULTS,
    "op1.output": 99.0,
}
"""What a control is that neither a space nor `Controls.given` names: INIT VOICE, in the DX7's own numbers from 0."""


class Controls:
    """Where a space keeps the numbers of a DX7.

    Parameters
    ----------
    space : ParamSpace
        Its real values are the DX7's own numbers; choices count from 0 whatever their real values are.
    given : dict of str to float
        Of the controls that the space does not have; those of neither are as in `DEFAULTS`. What is not computed
        with, as keyboard scaling, may be there too.

    Raises
    ------
    InputError
        The space has an input that is not computed with.
    """

    def __init__(self, space: ParamSpace, given: Mapping[str, float]) -> None:
        unknown = [name for name in space.names if name not in DEFAULTS]
        if unknown:
            raise InputError(
                f"{space.name}: a net for a DX7 does not know the input {', '.join(map(shown, unknown))}; "
                "use another architecture, or keep it at one value"
            )
        self.space, self.given = space, dict(given)

    def value(self, unit: Tensor, name: str) -> Tensor:
        """Return a control in the DX7's own numbers, (batch,), of (batch, n) unit values."""
        if name not in self.space.names:
            return unit.new_full(unit.shape[:1], self.given.get(name, DEFAULTS[name]))
        column = self.space.names.index(name)
        param = self.space.params[column]
        if param.kind == "number":
            return param.low + (param.high - param.low) * unit[:, column]
        return (param.steps - 1) * unit[:, column]

    def of_operators(self, unit: Tensor, name: str) -> Tensor:
        """Return a control of each operator, (batch, 6)."""
        return torch.stack([self.value(unit, f"op{number}.{name}") for number in range(1, OPERATORS + 1)], 1)

    def stages(self, unit: Tensor, name: str) -> Tensor:
        """Return the four rates or levels of each operator, (batch, 6, 4)."""
        return torch.stack([self.of_operators(unit, f"{name}{stage}") for stage in range(1, 5)], -1)

    def pitch_stages(self, unit: Tensor, name: str) -> Tensor:
        """Return the four rates or levels of the pitch envelope, (batch, 4)."""
        return torch.stack([self.value(unit, f"pitch.{name}{stage}") for stage in range(1, 5)], -1)

    def algorithm(self, unit: Tensor, soft: Soft | None = None) -> Tensor:
        """Return how much each algorithm plays, (batch, 32): 1 for one of them unless it is soft."""
        if "algorithm" in self.space.names:
            return choice_weights(self.space, unit, "algorithm", soft)
        chosen = round(self.given.get("algorithm", DEFAULTS["algorithm"]))
        return torch.eye(len(ALGORITHMS), dtype=unit.dtype)[chosen].expand(len(unit), -1)
