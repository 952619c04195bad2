"""The keys of a table that say which kind of MIDI message carries a value: one for each of `KINDS`. Door: pydantic."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, create_model

from bridge.midi_bytes import KINDS, MidiKind
from bridge.rig.settings import Settings


def _explain_beyond(kind: MidiKind, value: Any) -> Any:
    """Say what a number is that a kind does not have."""
    if kind.beyond and kind.numbers is not None and type(value) is int and kind.numbers < value <= 127:
        raise ValueError(f"{value} is no {kind.meaning}: {kind.beyond}; allowed is 0 to {kind.numbers}")
    return value


Controller = Annotated[int, BeforeValidator(partial(_explain_beyond, KINDS["cc"])), Field(ge=0, le=KINDS["cc"].numbers)]
"""The number of a seven-bit controller."""


def _key_of(kind: MidiKind) -> Any:
    """Return the type and the field of a kind's key."""
    if kind.numbers is None:
        return bool | None, Field(None, description=kind.meaning)
    number = Annotated[int | None, BeforeValidator(partial(_explain_beyond, kind))]
    return number, Field(None, ge=0, le=kind.numbers, description=kind.meaning)


def _with_a_key_per_kind(table: type[Settings]) -> type[Settings]:
    keys = {name: _key_of(kind) for name, kind in KINDS.items()}
    return create_model(table.__name__, __base__=table, __module__=__name__, **keys)


@_with_a_key_per_kind
class MidiKinds(Settings):
    """A table that may say which kind of message carries its value."""

    @property
    def kinds(self) -> list[str]:
        """The kinds that it names."""
        # By identity: controller 0 and parameter 0 equal False.
        given = {name: getattr(self, name) for name in KINDS}
        return [name for name, value in given.items() if value is not None and value is not False]

    @property
    def kind(self) -> str:
        """The kind; empty where it names none."""
        return self.kinds[0] if self.kinds else ""

    @property
    def number(self) -> int:
        """The controller or parameter number; of a kind without one it means nothing."""
        return int(getattr(self, self.kind))
