"""Several effects, one after another, as one table of parameters."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from synth.effects.registry import EffectKind, effect_kind
from synth.errors import InputError
from synth.spec import ParamSpace
from synth.voices.registry import STRIP_JOINT

if TYPE_CHECKING:
    from torch import Tensor

Sound = NDArray[np.float64]

JOINT = STRIP_JOINT
"""Stands between the names of a chain's effects in its own."""
MOST_EFFECTS = 8


@dataclass(frozen=True)
class Chain:
    """Effects in the order of the signal.

    Parameters
    ----------
    kinds : tuple of EffectKind
        At least one.
    """

    kinds: tuple[EffectKind, ...]

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Names of the effects, each only once: the second ``eq`` is ``eq2``."""
        seen: Counter[str] = Counter()
        names = []
        for kind in self.kinds:
            seen[kind.name] += 1
            names.append(kind.name if seen[kind.name] == 1 else f"{kind.name}{seen[kind.name]}")
        return tuple(names)

    @cached_property
    def space(self) -> ParamSpace:
        """All parameters, each named after its effect: ``eq.peak1.gain``."""
        params = (
            replace(param, name=f"{name}.{param.name}")
            for name, kind in zip(self.names, self.kinds, strict=True)
            for param in kind.space
        )
        return ParamSpace(JOINT.join(kind.name for kind in self.kinds), tuple(params))

    def split(self, values: Any) -> list[Any]:
        """Return the values of each effect: (..., n) array or tensor to one of (..., own n) for each."""
        ends = np.cumsum([len(kind.space) for kind in self.kinds])
        return [values[..., end - len(kind.space) : end] for kind, end in zip(self.kinds, ends, strict=True)]

    def processed(self, values: Tensor, audio: Tensor, sample_rate: float) -> Tensor:
        """Run a batch through all effects, with exact gradients: shapes as `synth.effects.differentiable.processed`."""
        from synth.effects.differentiable import processed

        for kind, own in zip(self.kinds, self.split(values), strict=True):
            audio = processed(kind.effect, own, audio, sample_rate)
        return audio

    def played(self, values: Sound, sound: Sound, sample_rate: float) -> Sound:
        """Run a sound through all effects as a stream does: (channels, samples) to the same, a copy."""
        from synth.effects.running import RunningEffect

        out = np.array(sound, dtype=np.float64, order="C")
        for kind, own in zip(self.kinds, self.split(values), strict=True):
            RunningEffect(kind.effect, own, sample_rate, len(out)).process(out, out.shape[1])
        return out


def chain_named(names: str | Sequence[str]) -> Chain:
    """Return the chain of some effects, by names with commas or ``+`` between, or in a sequence.

    Raises
    ------
    InputError
        There is no such effect, or none or too many are asked for.
    """
    words = names.replace(JOINT, ",").split(",") if isinstance(names, str) else list(names)
    asked = [word.strip() for word in words if word.strip()]
    if not 1 <= len(asked) <= MOST_EFFECTS:
        raise InputError(f"a chain has {len(asked)} effects; allowed are 1 to {MOST_EFFECTS}")
    return Chain(tuple(effect_kind(name) for name in asked))
