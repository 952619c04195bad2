"""A reference recording sets effects: hear both, let the controller choose, fit, run, and say what it brought."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bridge.learning.fit_style import fitted
from bridge.learning.style_sound import Measures, Sound, measured, run_chain
from models.style.hearing import Heard, heard
from models.style.stylist import Stylist
from synth.effects.chain import Chain

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Styled:
    """What came of it.

    Parameters
    ----------
    sound : Sound
        As it was.
    chain : Chain
        The effects.
    values : (n,) floats
        Of all parameters, real units.
    audio : (channels, samples) float64
        Processed.
    before, after : Measures
        How far from the reference.
    ends : tuple of (n,) floats
        The values for each reference.
    """

    sound: Sound
    chain: Chain
    values: Array
    audio: Array
    before: Measures
    after: Measures
    ends: tuple[Array, ...] = ()

    @property
    def improves(self) -> bool:
        """Whether it is nearer to the reference than it was."""
        return self.after.whole < self.before.whole


def set_style(
    sound: Sound, references: Sequence[Sound], stylist: Stylist, mix: float = 0.5, fit: bool = True
) -> Styled:
    """Set effects so that a recording sounds like one or two references.

    Parameters
    ----------
    sound : Sound
        What is processed.
    references : sequence of Sound
        One, or two to go between.
    stylist : Stylist
        Encoder and controller.
    mix : float
        Of two references, 0 is the first, 1 the second: the values go between those of each.
    fit : bool
        Whether what the controller sets is fitted to the recordings: `bridge.learning.fit_style`.
    """
    own, chain = stylist.embedding(sound.heard), stylist.chain
    others = [reference.heard for reference in references]
    ends = [np.asarray(chain.space.from_unit(stylist.unit_values(own, stylist.embedding(one)))) for one in others]
    if fit:
        ends = [fitted(sound, like, chain, values) for like, values in zip(others, ends, strict=True)]
    return styled(sound, others, chain, ends, mix)


def between(chain: Chain, ends: Sequence[Array], mix: float) -> Array:
    """Return values at a place between two, along their curves, as a rig's ``blend`` goes; of one itself."""
    if len(ends) == 1:
        return ends[0]
    first, last = (chain.space.to_unit(one) for one in ends)
    return np.asarray(chain.space.from_unit((1.0 - mix) * first + mix * last))


def styled(sound: Sound, references: Sequence[Heard], chain: Chain, ends: Sequence[Array], mix: float = 0.5) -> Styled:
    """Run effects and measure what they brought, against the reference that counts more."""
    values = between(chain, ends, mix)
    audio = run_chain(chain, values, sound.audio, sound.rate_hz)
    like = references[-1] if len(references) > 1 and mix > 0.5 else references[0]
    after = heard(audio.mean(0), sound.rate_hz)
    before = measured(sound.heard, like)
    return Styled(sound, chain, values, audio, before, measured(after, like), tuple(ends))


def strip_toml(chain: Chain, ends: Sequence[Array], about: str, mix: float = 0.0) -> str:
    """Return effects as TOML, as a rig has them: ``[[effect]]`` tables with all values, to edit.

    Parameters
    ----------
    chain : Chain
        The effects.
    ends : sequence of (n,) floats
        Values; of two references those of each, and ``blend`` goes from the first to the second.
    about : str
        What it is; stands above as comments.
    mix : float
        Where between two ends it stands.
    """
    lines = [f"# {line}" for line in about.splitlines()]
    for place, kind in enumerate(chain.kinds):
        lines += ["", "[[effect]]", f'kind = "{kind.name}"']
        lines += [f"blend = {_rounded(mix)}"] if len(ends) > 1 else []
        for key, values in zip(("values", "towards"), ends, strict=False):
            lines.append(f"[effect.{key}]")
            lines += [
                f'"{param.name}" = {_rounded(value)}  # {param.low:g} to {param.high:g} {param.unit}'.rstrip()
                for param, value in zip(kind.space, chain.split(values)[place], strict=True)
            ]
    return "\n".join(lines) + "\n"


def _rounded(value: float) -> str:
    """Return a value as TOML has it, to four figures."""
    text = f"{value:.4g}"
    return text if any(sign in text for sign in ".e") else f"{text}.0"


def summary(result: Styled) -> dict[str, Any]:
    """Return what a program is told of a result."""
    names = zip(result.chain.space.names, result.values.tolist(), strict=True)
    pairs = {"before": result.before, "after": result.after}
    distances = {
        word: {key: round(getattr(one, key), 3) for key in Measures.__dataclass_fields__} for word, one in pairs.items()
    }
    return {"values": {name: round(value, 4) for name, value in names}, **distances, "improves": result.improves}
