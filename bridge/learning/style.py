"""A reference recording sets effects: hear both, let the controller choose, fit, run, and say what it brought."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bridge.learning.fit_style import fitted, louder_alone
from bridge.learning.style_sound import Measures, Portrait, Sound, measured, portrait_of, run_chain
from models.style.stylist import Stylist
from synth.effects.chain import Chain
from synth.errors import spelt
from synth.parts.coefficients import HIGHEST

Array = NDArray[np.float64]

TOLERANCES = {"spectrum_db": 0.1, "level_db": 0.1, "centroid_hz": 50.0, "dynamics_db": 1.0, "peak_db": 1.0}
"""By so much more each measure may be apart afterwards before it is called farther."""
GUARDED = ("spectrum_db", "level_db")
"""No result has these farther: a better level buys no worse spectrum, nor the other way."""
RIG_RATE_HZ = 44_100
"""The lowest of a rig's rates."""


@dataclass(frozen=True)
class Styled:
    """What came of it.

    Parameters
    ----------
    sound : Sound
        As it was.
    like : Portrait
        The reference; of two what is between them.
    chain : Chain
        The effects.
    values : (n,) floats
        Of all parameters, real units.
    audio : (channels, samples) float64
        Processed.
    heard_after : Portrait
        Of the processed recording.
    ends : tuple of (n,) floats
        The values for each reference.
    """

    sound: Sound
    like: Portrait
    chain: Chain
    values: Array
    audio: Array
    heard_after: Portrait
    ends: tuple[Array, ...] = ()

    @property
    def before(self) -> Measures:
        """How far the recording was from the reference."""
        return measured(self.sound.portrait, self.like)

    @property
    def after(self) -> Measures:
        """How far it is now."""
        return measured(self.heard_after, self.like)

    @property
    def farther(self) -> list[str]:
        """The measures that are farther from the reference than before."""
        return [
            name
            for name, tolerance in TOLERANCES.items()
            if getattr(self.after, name) > getattr(self.before, name) + tolerance
        ]

    @property
    def improves(self) -> bool:
        """Whether it is nearer to the reference than it was, and neither spectrum nor level is farther."""
        return self.after.whole < self.before.whole and not set(GUARDED) & set(self.farther)

    @property
    def rank(self) -> tuple[bool, float]:
        """What is the lower the better it is."""
        return not self.improves, self.after.whole

    @property
    def peak_dbfs(self) -> float:
        """The highest sample of the processed recording."""
        return self.heard_after.peak_db


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
        Whether what the controller sets is fitted to the recordings: `bridge.learning.fit_style`. For each reference
        the best is taken of what the controller sets, what it is fitted to, and the level alone.
    """
    own, chain = stylist.embedding(sound.heard), stylist.chain
    ends = []
    for like in references:
        first = np.asarray(chain.space.from_unit(stylist.unit_values(own, stylist.embedding(like.heard))))
        ends.append(best_fit(sound, like, chain, first) if fit else first)
    return styled(sound, references, chain, ends, mix)


def best_fit(sound: Sound, like: Sound, chain: Chain, first: Array) -> Array:
    """Return the best of values for one reference: as they begin, fitted, and with the level alone set."""
    found = [first, fitted(sound, like.portrait, chain, first), louder_alone(sound, like.portrait, chain)]
    ways = [styled(sound, [like], chain, [values]) for values in found if values is not None]
    return min(ways, key=lambda one: one.rank).values


def between(chain: Chain, ends: Sequence[Array], mix: float) -> Array:
    """Return values at a place between two, as a rig's ``blend`` goes; of one itself."""
    return chain.space.between(ends[0], ends[-1], mix) if len(ends) > 1 else ends[0]


def styled(sound: Sound, references: Sequence[Sound], chain: Chain, ends: Sequence[Array], mix: float = 0.5) -> Styled:
    """Run effects and measure what they brought, against the reference, or what is between two.

    Values are rounded before, as a file has them: what is heard is what is written.
    """
    ends = [_as_written(chain, values, sound.rate_hz) for values in ends]
    values = between(chain, ends, mix)
    audio = run_chain(chain, values, sound.audio, sound.rate_hz)
    like = references[0].portrait
    if len(references) > 1:
        like = like.towards(references[1].portrait, mix)
    return Styled(sound, like, chain, values, audio, portrait_of(audio, sound.rate_hz), tuple(ends))


def _as_written(chain: Chain, values: Array, rate_hz: float) -> Array:
    """Return values to four figures, without frequencies that the rate does not hold: effects stop there as well."""
    rounded = []
    for param, value in zip(chain.space, values, strict=True):
        high = max(param.low, min(param.high, HIGHEST * rate_hz)) if param.unit == "Hz" else param.high
        rounded.append(min(max(float(_rounded(min(value, high))), param.low), param.high))
    return np.array(rounded)


def notes_of(result: Styled) -> list[str]:
    """Return what a person should know of a result."""
    notes = list(result.sound.notes)
    for name in result.farther:
        if name not in GUARDED and result.improves:
            before, after = (getattr(one, name) for one in (result.before, result.after))
            word, unit = name.rsplit("_", 1)
            unit = {"db": "dB", "hz": "Hz"}[unit]
            notes.append(
                f"its {word} is farther from the reference than before: {before:.1f} {unit}, then {after:.1f} {unit}"
            )
    if result.peak_dbfs > 0.0:
        notes.append(
            f"the result peaks {result.peak_dbfs:.1f} dB over full scale, where its WAV holds it and a rig's output "
            "bends it; lower a gain"
        )
    for param, value in zip(result.chain.space, result.values, strict=True):
        if param.name.endswith("makeup") and value in (param.low, param.high) and result.after.level_db > 0.5:
            notes.append(f"{param.name} is at its end, {value:g} dB, and the level asked for lies beyond it")
    if result.sound.rate_hz < RIG_RATE_HZ:
        hz = result.sound.rate_hz
        notes.append(f"the take is at {hz} Hz: what the values do above {hz // 2} Hz in a rig was not heard")
    return notes


def strip_toml(chain: Chain, ends: Sequence[Array], about: str, mix: float = 0.0) -> str:
    """Return effects as TOML, as a rig has them: ``[[effect]]`` tables with all values, to edit.

    Parameters
    ----------
    chain : Chain
        The effects.
    ends : sequence of (n,) floats
        Values; of two references those of each, and ``blend`` goes from the first to the second.
    about : str
        What it is; stands above as a comment.
    mix : float
        Where between two ends it stands.
    """
    lines = [f"# {spelt(about)}"]
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
    distances = {
        word: {key: round(getattr(one, key), 3) for key in Measures.__dataclass_fields__}
        for word, one in (("before", result.before), ("after", result.after))
    }
    return {
        "values": {name: round(value, 4) for name, value in names},
        **distances,
        "improves": result.improves,
        "peak_dbfs": round(result.peak_dbfs, 2),
        "notes": notes_of(result),
    }
