"""Presets: where a synth stands when nothing modulates it, and how far each parameter may move. TOML in and out."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synth.errors import InputError, shown
from synth.files import Shelf, config_dir, read_toml
from synth.spec import Param, ParamSpace
from synth.voices.registry import DEFAULT_VOICE, STRIP_JOINT, voice_kind, voice_kinds
from synth.voices.wavetable.waves import load_tables

PRESETS = Shelf(config_dir() / "presets", ".toml", "preset")
"""The presets that ship."""


@dataclass(frozen=True, slots=True, eq=False)
class Patch:
    """A preset of a synth, checked against its table.

    Parameters
    ----------
    name : str
        Of the preset: the stem of its file.
    space : ParamSpace
        The synth's table.
    values : (n,) float64
        Real units.
    depths : (n,) float64
        0..1: how far a modulation of 1 moves the parameter, as a part of its range (the table's curve applied).
    tables : (count, points) float64, optional
        What a voice plays that reads tables, `synth.voices.wavetable.waves`; otherwise those that ship.
    """

    name: str
    space: ParamSpace
    values: NDArray[np.float64]
    depths: NDArray[np.float64]
    tables: NDArray[np.float64] | None = None

    @classmethod
    def default(cls, space: ParamSpace, name: str = "default") -> Patch:
        """Return the defaults of a table, each of which may move over its whole range."""
        return cls(name, space, space.defaults, np.ones(len(space)))

    @property
    def unit(self) -> NDArray[np.float64]:
        """Values as 0..1 along their curves, shape (n,)."""
        return self.space.to_unit(self.values)


def preset_names(space: ParamSpace | None = None) -> tuple[str, ...]:
    """Return the names of the presets that ship, sorted: all, or those of the voice that plays ``space``."""
    names = PRESETS.names()
    return tuple(name for name in names if space is None or _voice_of(read_toml(PRESETS.find(name))) == space.name)


def load_preset(name_or_path: str | Path, space: ParamSpace | None = None, beside: Path = Path()) -> Patch:
    """Return a shipped preset by its name, or one from a file; a relative path is seen from ``beside``.

    A parameter that the file leaves out keeps its default and a depth of 1.

    Parameters
    ----------
    name_or_path : str or Path
        One of `PRESETS`, or a TOML file.
    space : ParamSpace, optional
        The table of the synth that shall play it; otherwise that of the voice that the preset names.
    beside : Path
        A folder.

    Raises
    ------
    InputError
        No such preset; not TOML; for another synth; an unknown key or parameter; a value or depth outside its range.
    """
    fitting = None if space is None else partial(preset_names, space)
    path = PRESETS.find(name_or_path, beside=beside, fitting=fitting)
    document = read_toml(path)
    if space is None:
        try:
            space = voice_kind(str(_voice_of(document))).space
        except InputError as error:
            raise InputError(f"{path}: {error}") from None
    voice = document.pop("voice", space.name)
    if voice != space.name:
        raise InputError(f"{path}: voice is {shown(voice)}; this drum plays '{space.name}'")
    tables = _tables_of(path, space, document.pop("tables")) if "tables" in document else None
    patch = replace(Patch.default(space, path.stem), tables=tables)
    for name, entry in _entries(document):
        column = space.index(name, f"{path}: ")
        patch.values[column], patch.depths[column] = _checked(path, space.params[column], entry)
    return patch


def _tables_of(path: Path, space: ParamSpace, name: Any) -> NDArray[np.float64]:
    """Return the tables that a preset names, seen from its folder."""
    if not plays_tables(space):
        able = ", ".join(kind.name for kind in voice_kinds() if kind.tabled)
        raise InputError(f"{path}: tables is no key of a preset of {space.name}; only {able} plays tables")
    if not isinstance(name, str) or not name:
        raise InputError(f"{path}: tables is {shown(name)}; allowed is the name of a file of ghostnote voices tables")
    try:
        return load_tables(path.parent / os.path.expanduser(name))
    except InputError as error:
        raise InputError(f"{path}: tables: {error}") from None


def plays_tables(space: ParamSpace) -> bool:
    """Whether the voice of a table of parameters plays tables that a preset may name."""
    first = space.name.partition(STRIP_JOINT)[0]
    return any(kind.tabled for kind in voice_kinds() if kind.name == first)


def same_tables(one: Patch, other: Patch) -> bool:
    """Whether two presets play the same tables."""
    if one.tables is None or other.tables is None:
        return one.tables is other.tables
    # Files keep 32 bits of a number.
    return np.allclose(one.tables, other.tables, rtol=0.0, atol=1e-5)


def _voice_of(document: Mapping[str, Any]) -> Any:
    return document.get("voice", DEFAULT_VOICE)


def _entries(document: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Yield (dotted name, entry); TOML reads the dots of ``osc1.freq``, and of ``bend.depth``, as nested tables."""
    for key, entry in document.items():
        if isinstance(entry, dict) and entry and not any(_holds(entry, field) for field in ("value", "depth")):
            yield from _entries(entry, f"{prefix}{key}.")
        else:
            yield prefix + key, entry


def _holds(entry: Mapping[str, Any], field: str) -> bool:
    return field in entry and not isinstance(entry[field], dict)


def _checked(path: Path, param: Param, entry: Any) -> tuple[float, float]:
    if not isinstance(entry, dict) or entry.keys() - {"value", "depth"}:
        raise InputError(f"{path}: {param.name} is {shown(entry)}; allowed is {{ value = ..., depth = ... }}")
    value, depth = entry.get("value", param.default), entry.get("depth", 1.0)
    limits = (("value", value, param.low, param.high, param.unit), ("depth", depth, 0, 1, ""))
    for key, number, low, high, unit in limits:
        if isinstance(number, bool) or not isinstance(number, int | float) or not low <= number <= high:
            allowed = f"{low:g} to {high:g} {unit}".rstrip()
            raise InputError(f"{path}: {key} of {param.name} is {shown(number)}; allowed is {allowed}")
    return float(value), float(depth)
