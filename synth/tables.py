"""Tables of text (CSV) as the programs of any country write them: by comma, semicolon or tab, UTF-8 or UTF-16."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from synth.errors import InputError
from synth.reading import TABLE_FILE, FileKind, read_file

Row = Mapping[str, str]

SEPARATORS = ",;\t"
"""What may stand between two cells: semicolons where a comma is the decimal sign, tabs in Unicode text."""

_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_SAID = re.compile(r"sep=(.)\r?\n", re.IGNORECASE)
"""A first line by which Excel is told the separator."""


@dataclass(frozen=True, slots=True)
class Table:
    """A table of texts.

    Parameters
    ----------
    columns : tuple of str
        Its header; empty for an empty file.
    rows : list of (int, Row)
        Number of the line in which a row ends, and its cells by column. A cell that is missing is empty.
    wide : tuple of int
        Lines with more cells than the header, the rest of which is left out.
    """

    columns: tuple[str, ...]
    rows: list[tuple[int, Row]]
    wide: tuple[int, ...] = ()


def read_table(path: Path, kind: FileKind = TABLE_FILE) -> Table:
    """Return the table of a file.

    Raises
    ------
    InputError
        It is no regular file, cannot be read, is too large, or is no text in UTF-8 or UTF-16.
    """
    content = read_file(path, kind)
    try:
        text = content.decode("utf-16" if content.startswith(_UTF_16) else "utf-8-sig")
    except UnicodeDecodeError:
        raise InputError(
            f"{path}: is no table: its bytes are no text in UTF-8 or UTF-16; save it again as CSV"
        ) from None
    said = _SAID.match(text)
    body = text[said.end() :] if said else text
    separator = said[1] if said else _separator(body.partition("\n")[0])
    reader = csv.reader(io.StringIO(body, newline=""), delimiter=separator)
    first = 1 if said else 0
    try:
        columns = tuple(name.strip() for name in next(reader, []))
        cells = [(first + reader.line_num, row) for row in reader if row]
    except csv.Error:
        raise InputError(f"{path}: line {first + reader.line_num} cannot be split into cells; is it CSV?") from None
    rows: list[tuple[int, Row]] = [
        (line, dict(zip(columns, [*row, *[""] * len(columns)], strict=False))) for line, row in cells
    ]
    return Table(columns, rows, tuple(line for line, row in cells if any(row[len(columns) :])))


def _separator(header: str) -> str:
    """Return what separates the names of a header."""
    return max(SEPARATORS, key=header.count)


def decimal(text: str) -> float:
    """Return the number that a cell holds, with a decimal point or a decimal comma; `ValueError` if it holds none.

    >>> decimal("0,25"), decimal("-3.5")
    (0.25, -3.5)
    """
    return float(text.replace(",", ".") if re.fullmatch(r"\s*[+-]?\d*,\d+\s*", text) else text)
