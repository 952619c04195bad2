"""The effects that exist: one row each. Importing this table loads neither torch nor a kernel."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, cast

from synth.effects import tables
from synth.errors import entry_named
from synth.rows import add_row
from synth.spec import ParamSpace

if TYPE_CHECKING:
    from synth.effects.effect import Effect


@dataclass(frozen=True, slots=True)
class EffectKind:
    """An effect that can be asked for by the name of its parameter table.

    Parameters
    ----------
    space : ParamSpace
        The parameter table.
    place : str
        ``module:name`` of its `synth.effects.effect.Effect`.
    takes_key : bool
        Whether it can listen to another sound than the one that it changes.
    widens : bool
        Whether two channels come out of one.
    decays : tuple of str
        Parameters that are times to -60 dB, in ms: for the longest of them it rings on.
    """

    space: ParamSpace
    place: str
    takes_key: bool = False
    widens: bool = False
    decays: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """Name of the effect, which is that of its table."""
        return self.space.name

    @property
    def effect(self) -> Effect:
        """Its formulas and kernels."""
        module, name = self.place.split(":")
        return cast("Effect", getattr(import_module(module), name))


_KINDS: dict[str, EffectKind] = {}


def register(kind: EffectKind) -> None:
    """Add an effect; the same one may be added again.

    Raises
    ------
    ValueError
        Another effect has its name.
    """
    add_row(_KINDS, kind, "effect")


def effect_kinds() -> tuple[EffectKind, ...]:
    """Return all effects, in the order in which they were added."""
    return tuple(_KINDS.values())


def effect_kind(name: str) -> EffectKind:
    """Return an effect by its name; `InputError` lists those that exist."""
    return entry_named(_KINDS, name, "effect")


register(EffectKind(tables.EQ, "synth.effects.eq:EQ"))
register(EffectKind(tables.COMPRESSOR, "synth.effects.compressor:COMPRESSOR", takes_key=True))
register(EffectKind(tables.AMP, "synth.effects.amp:AMP"))
register(EffectKind(tables.ROOM, "synth.effects.room:ROOM", widens=True, decays=tables.DECAYS))
