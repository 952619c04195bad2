"""Effects, as a rig file says them: ``[[target.effect]]`` for a voice's strip, ``[[bus.effect]]`` for the sum.

Door: pydantic.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from typing import Annotated, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import AfterValidator, Field, PrivateAttr, model_validator

from bridge.rig.settings import FromFile, Settings
from bridge.rig.validation import checked
from synth.effects.chain import MOST_EFFECTS
from synth.effects.registry import EffectKind, effect_kind, effect_kinds
from synth.errors import InputError, choices, shown
from synth.files import read_toml

NO_ADDRESS = r"[^A-Za-z0-9_-]"
"""Signs that an address does not have."""


def _kind(name: str) -> str:
    names = [kind.name for kind in effect_kinds()]
    if name not in names:
        raise ValueError(f"it is {shown(name)}; {choices(name, names, 'allowed are')}")
    return name


class EffectSettings(Settings):
    """One effect of a chain."""

    kind: Annotated[str, AfterValidator(_kind)] = Field(description="which one; docs/effects.md")
    values: dict[str, float] = Field(
        default_factory=dict, description="its parameters in real units; those left out stand at their defaults"
    )
    towards: dict[str, float] = Field(
        default_factory=dict, description="other values, of a second reference, that blend goes to"
    )
    blend: float = Field(0.0, ge=0, le=1, description="0 to 1: from values to towards")
    bypass: bool = Field(False, description="whether it begins bypassed")
    modulate: bool = Field(
        False,
        description="strokes move its parameters: the model is trained on a preset of the voice with this effect, as "
        '"snare808+amp"',
    )
    key: str = Field(
        "", description="a compressor's: the drum whose microphone it listens to; left out: to what it turns down"
    )

    @model_validator(mode="after")
    def _values_fit(self) -> Self:
        for key, values in (("values", self.values), ("towards", self.towards)):
            self._require_fit(key, values)
        if self.blend and not self.towards:
            raise ValueError("blend goes from values to towards, which is empty")
        if self.key and not self.effect.takes_key:
            named = ", ".join(kind.name for kind in effect_kinds() if kind.takes_key)
            raise ValueError(f"key is {shown(self.key)}, but {self.kind} listens to nothing else; {named} takes a key")
        return self

    def _require_fit(self, key: str, values: Mapping[str, float]) -> None:
        """Refuse what is no parameter of the effect, and what is out of its range."""
        space = self.effect.space
        for name, value in values.items():
            if name not in space.names:
                raise ValueError(f"{key}: {shown(name)} is no parameter of {space.name}; {choices(name, space.names)}")
            param = space.params[space.names.index(name)]
            if not param.low <= value <= param.high:
                unit = f" {param.unit}" if param.unit else ""
                raise ValueError(f"{key}: {name} is {value:g}; allowed is {param.low:g} to {param.high:g}{unit}")

    @property
    def effect(self) -> EffectKind:
        """The effect that it names."""
        return effect_kind(self.kind)

    @property
    def all_values(self) -> NDArray[np.float64]:
        """Values of all parameters, real units, at its place between the two ends."""
        first = self._end(self.values, self.effect.space.defaults)
        return self.effect.space.between(first, self._end(self.towards, first), self.blend if self.towards else 0.0)

    def _end(self, named: Mapping[str, float], others: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return all values: those that are named, and others."""
        values = others.copy()
        for name, value in named.items():
            values[self.effect.space.names.index(name)] = value
        return values

    @property
    def rings_s(self) -> float:
        """How long it rings at most, to -80 dB, wherever edits of its blend and strokes move it."""
        space, decays = self.effect.space, self.effect.decays
        ends = [self._end(self.values, space.defaults)]
        ends += [self._end(self.towards, ends[0])]
        ends += [np.array([param.high for param in space])] if self.modulate else []
        times_ms = [float(end[space.index(name)]) for end in ends for name in decays]
        return 80.0 / 60.0 * max(times_ms, default=0.0) / 1000.0

    def with_value(self, name: str, value: float) -> EffectSettings:
        """Return it with another value of a parameter, wherever it stands between its ends."""
        ends = {"values": {**self.values, name: value}}
        if name in self.towards:
            ends["towards"] = {**self.towards, name: value}
        return self.model_copy(update=ends)


class EffectPlace(NamedTuple):
    """Where an effect is: the voice target in whose strip, or "" for the bus; and its number there, from 1."""

    chain: str
    number: int

    @property
    def address(self) -> str:
        """Where its live controls stand, behind the root; signs that OSC keeps for itself are ``_``."""
        chain = f"target/{re.sub(NO_ADDRESS, '_', self.chain)}" if self.chain else "bus"
        return f"{chain}/effect/{self.number}"


EffectChain = Annotated[tuple[EffectSettings, ...], Field(max_length=MOST_EFFECTS)]


class StripFile(Settings):
    """A file of effects, as ``ghostnote style`` writes it."""

    effect: EffectChain = Field((), strict=False, description="effects, in order")


class WithEffects(FromFile):
    """A table that may hold effects, of its own and from a file."""

    strip: str = Field(
        "",
        description="file of effects, as ghostnote style writes it, seen from the rig's folder; they come before those "
        "that stand here",
    )
    effect: EffectChain = Field((), strict=False, description="effects, in order; in tables of their own")
    _effects: tuple[EffectSettings, ...] = PrivateAttr(())

    @model_validator(mode="after")
    def _read_strip(self) -> Self:
        loaded: tuple[EffectSettings, ...] = ()
        if self.strip:
            path = self.folder / os.path.expanduser(self.strip)
            try:
                loaded = checked(StripFile, read_toml(path), str(path), str(path)).effect
            except InputError as error:
                raise ValueError(f"strip: {error}") from None
        self._effects = (*loaded, *self.effect)
        if len(self._effects) > MOST_EFFECTS:
            raise ValueError(f"effect: there are {len(self._effects)} with those of strip; allowed are {MOST_EFFECTS}")
        return self

    @property
    def effects(self) -> tuple[EffectSettings, ...]:
        """All effects, in order."""
        return self._effects


class BusSettings(WithEffects):
    """``[bus]``: what happens to the sum of all built-in voices, before it is kept within full scale."""
