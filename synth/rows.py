"""Tables of rows by name that a program may add to: voices, mapping models, losses."""

from __future__ import annotations

from typing import Protocol, TypeVar


class Row(Protocol):
    """What a table holds."""

    @property
    def name(self) -> str:
        """Unlike that of every other row."""


_T = TypeVar("_T", bound=Row)


def add_row(table: dict[str, _T], row: _T, kind: str) -> None:
    """Add a row to a table; the same one may be added again.

    Raises
    ------
    ValueError
        Another row of this ``kind`` has its name.
    """
    if table.setdefault(row.name, row) != row:
        raise ValueError(f"there is another {kind} '{row.name}'")
