"""Findings go into a rig file, its comments kept; a shipped rig is copied first. Door: tomlkit."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import tomlkit
from tomlkit.items import AoT, Array, Table

from bridge.calibration.measure import Calibration
from bridge.rig.detector import DetectorSettings
from bridge.rig.rig import RIGS, rig_from_table
from synth.errors import InputError
from synth.outputs import write_whole
from synth.reading import SETTINGS_FILE, read_file


def own_rig(name_or_path: str) -> tuple[Path, Path]:
    """Return (file to read, file to write): a shipped rig is written as ``./NAME.toml``, which is read if it exists."""
    path = RIGS.find(name_or_path)
    shipped = RIGS.folder.resolve()
    if path.resolve().parent != shipped:
        return path, path
    own = Path.cwd() / path.name
    if own.resolve().parent == shipped:
        raise InputError(f"{own}: is the shipped rig itself; work in another folder, which gets a copy")
    return (own if own.is_file() else path), own


def write_findings(source: Path, target: Path, findings: Sequence[Calibration]) -> list[str]:
    """Write what was found into every drum of the rig whose channel was heard; return those drums' names.

    Raises
    ------
    InputError
        The rig is not allowed to hold it, or the file cannot be written; nothing is changed then.
    """
    document = tomlkit.parse(read_file(source, SETTINGS_FILE).decode("utf-8-sig"))
    heard = {finding.channel + 1: finding for finding in findings if finding.strokes}
    names = []
    for drum in document.get("drum", []):
        finding = heard.get(int(drum.get("channel", 1)))
        if finding is not None:
            _write_drum(drum, finding)
            names.append(str(drum.get("name", "snare")))
    text = tomlkit.dumps(document)
    rig_from_table(tomllib.loads(text), str(target))
    write_whole(target, text)
    return names


def _write_drum(drum: Any, finding: Calibration) -> None:
    """Set one drum's detector table and, where strokes enough were heard, its velocity range."""
    if finding.enough:
        _set(drum, "softest_db", finding.softest_window_db)
        _set(drum, "loudest_db", finding.loudest_window_db)
    table = finding.settings.to_table()
    if "detector" not in drum:
        drum.append("detector", tomlkit.table() if isinstance(drum, Table) else tomlkit.inline_table())
    detector = drum["detector"]
    for key in DetectorSettings.model_fields:
        if key in table:
            detector[key] = _paths(table[key]) if key == "leak_paths" else table[key]
        elif key in detector:
            detector.remove(key)


def _paths(tables: Sequence[dict[str, Any]]) -> Array:
    """Return a list of paths, one a line."""
    lines = tomlkit.array()
    lines.extend(tables)
    return lines.multiline(True)


def _set(drum: Any, key: str, value: float) -> None:
    """Set a plain key of a drum; a new one follows the last that is there, above comments on what comes after."""
    plain = [name for name, item in drum.value.body if name and not isinstance(item, (Table, AoT))]
    if key in drum or not plain:
        drum[key] = value
    else:
        # tomlkit's own append goes right before the first sub-table, into whatever is commented out there.
        drum.value._insert_after(plain[-1], key, tomlkit.item(value))
