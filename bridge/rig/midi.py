"""The keys of a table that say which kind of MIDI message carries a value: one for each of `KINDS`. Door: pydantic."""

from __future__ import annotations

from typing import Any

from pydantic import Field, create_model

from bridge.midi_bytes import KINDS, MidiKind
from bridge.rig.settings import Settings


def _key_of(kind: MidiKind) -> Any:
    """Return the type and the field of a kind's key."""
    if kind.numbers is None:
        return bool | None, Field(None, description=kind.meaning)
    return int | None, Field(None, ge=0, le=kind.numbers, description=kind.meaning)


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
