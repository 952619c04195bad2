"""A voice and effects of its strip as one voice, which a mapping learns together: ``snare808+amp``.

Its table is the voice's and then, named after their effects, those of the effects: ``amp.gain``. A preset of it says
where the effects stand and how far a stroke moves them.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from synth.effects.chain import JOINT, Chain, chain_named
from synth.spec import ParamSpace
from synth.voices.registry import VoiceKind, voice_kind
from synth.voices.voice import LearnableVoice, Voice

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True, slots=True)
class StripKind(VoiceKind):
    """A voice whose strokes move effects, too.

    Parameters
    ----------
    base : VoiceKind
        The voice.
    chain : Chain
        The effects, in order.
    """

    base: VoiceKind | None = None
    chain: Chain | None = None

    def streaming(
        self, sample_rate: float, seed: int = 0, polyphony: int = 16, tables: NDArray[np.float64] | None = None
    ) -> Voice:
        """Return the voice alone: in playing the effects stand in its strip (`bridge.engine.strip`)."""
        return _known(self)[0].streaming(sample_rate, seed, polyphony, tables)

    def learnable(self, tables: NDArray[np.float64] | None = None) -> LearnableVoice:
        """Return voice and effects as one function of tensors."""
        base, chain = _known(self)
        voice, count = base.learnable(tables), len(base.space)

        def render(values: Tensor, noise: Tensor, sample_rate: float, samples: int) -> Tensor:
            dry = voice.render(values[:, :count].contiguous(), noise, sample_rate, samples)
            return chain.processed(values[:, count:], dry, sample_rate)

        return LearnableVoice(render)


def _known(kind: StripKind) -> tuple[VoiceKind, Chain]:
    if kind.base is None or kind.chain is None:
        raise ValueError(f"{kind.name}: a strip has a voice and effects")
    return kind.base, kind.chain


@cache
def strip_kind(name: str) -> StripKind:
    """Return a voice and effects by their names with ``+`` between; `InputError` lists those that exist."""
    first, _, effects = name.partition(JOINT)
    return strip_of(voice_kind(first), chain_named(effects))


def strip_of(base: VoiceKind, chain: Chain) -> StripKind:
    """Return a voice and effects as one."""
    name = JOINT.join((base.name, chain.space.name))
    space = ParamSpace(name, (*base.space.params, *chain.space.params))
    return StripKind(space, base.plays, base.learns, base.tabled, base, chain)
