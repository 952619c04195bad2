"""Bring in a device chart as a synth profile: the CSV form of midi.guide, a row a parameter.

Columns are found by name: ``manufacturer``, ``device``, ``section``, ``parameter_name``, ``cc_msb``/``cc_lsb``,
``nrpn_msb``/``nrpn_lsb`` with their minimum and maximum; a chart of sounds has ``sound_name`` and
``note_number_default_value`` instead. The chart's own habit is heeded: a plain controller may stand in either column.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import tomlkit

from bridge.midi_bytes import KINDS
from bridge.rig.profiles import Control, NoteName, Profile
from synth.errors import InputError
from synth.reading import CHART_FILE
from synth.tables import Row, read_table


def profile_from_charts(paths: Sequence[Path]) -> tuple[Profile, list[str]]:
    """Return one profile from a device's charts of parameters and of sounds, and the rows that were skipped, in words.

    A row is skipped that gives no number, or one that another row has.

    Raises
    ------
    InputError
        A file is no such chart, the charts are of different devices, or nothing in them can be used.
    """
    names: list[str] = []
    sources: dict[str, str] = {}
    entries: dict[tuple[type, str], NoteName | Control] = {}
    skipped: list[str] = []
    for path in paths:
        source = path.stem.lower().replace(" ", "-")
        sources[source] = f"chart {path.name}, midi.guide form"
        for line, row in _rows(path):
            names.append(" ".join(f"{row.get('manufacturer', '')} {row.get('device', '')}".split()))
            try:
                entry = _entry(row, source)
                if entries.setdefault((type(entry), entry.name.lower()), entry) is not entry:
                    raise ValueError(f"'{entry.name}' is there twice; the first one counts")
            except ValueError as problem:
                skipped.append(f"{path.name} line {line}: {problem}")
    if len({name.lower() for name in names}) != 1:
        raise InputError(
            f"the charts describe {', '.join(sorted({*names})) or 'no device'}; they must be of one device"
        )
    if not names[0]:
        raise InputError(f"{paths[0]}: its columns manufacturer and device are empty; one of them must name the device")
    if not entries:
        raise InputError(f"{names[0]}: no row of the chart gives a note, a controller or an NRPN")
    used = {entry.source for entry in entries.values()}
    profile = Profile(
        name=names[0],
        sources={key: text for key, text in sources.items() if key in used},
        notes=[entry for entry in entries.values() if isinstance(entry, NoteName)],
        controls=[entry for entry in entries.values() if isinstance(entry, Control)],
    )
    return profile, skipped


def profile_text(profile: Profile) -> str:
    """Return a profile as the TOML text of a file for ``config/synths``."""
    head = f"# {profile.name}. Check it with your machine, and say in `about` what a player should know."
    table = profile.model_dump(mode="json", exclude_defaults=True)
    return f"{head}\n\n" + tomlkit.dumps({"name": "", "about": "", **table})


def _rows(path: Path) -> list[tuple[int, Row]]:
    table = read_table(path, CHART_FILE)
    columns = set(table.columns)
    if "device" not in columns or not columns & {"parameter_name", "sound_name"}:
        raise InputError(
            f"{path}: is no chart in midi.guide form; it needs columns device and parameter_name or sound_name"
        )
    return table.rows


def _entry(row: Row, source: str) -> NoteName | Control:
    """Return what a row says; `ValueError` says why it is of no use."""
    if not (name := row.get("sound_name", "").strip()):
        return _control(row, source)
    note = _number(row, "note_number_default_value", 127)
    if note is None:
        raise ValueError(f"'{name}' has no note of its own")
    return NoteName(name=name, note=note, source=source)


def _control(row: Row, source: str) -> Control:
    name, section = row.get("parameter_name", "").strip(), row.get("section", "").strip()
    if not name:
        raise ValueError("no name")
    if section and not name.lower().startswith(section.lower()):
        name = f"{section}: {name}"
    kind, number = _kind_and_number(row, name)
    low, high = _span(row, kind)
    meaning = row.get("parameter_description", "").strip()
    fields = {kind: number, "name": name, "low": low, "high": high, "meaning": meaning, "source": source}
    return Control.model_validate(fields)


def _kind_and_number(row: Row, name: str) -> tuple[str, int]:
    coarse, fine = _number(row, "cc_msb", 127), _number(row, "cc_lsb", 127)
    if coarse is not None and coarse < 32 and fine == coarse + 32:
        return "cc14", coarse
    number = fine if coarse is None else coarse
    if number is not None:
        return "cc", number
    coarse, fine = _number(row, "nrpn_msb", 127), _number(row, "nrpn_lsb", 127)
    if coarse is None or fine is None:
        raise ValueError(f"'{name}' has no number")
    return "nrpn", 128 * coarse + fine


def _number(row: Row, column: str, highest: int) -> int | None:
    text = row.get(column, "").strip()
    if not text:
        return None
    if not text.isdecimal() or int(text) > highest:
        raise ValueError(f"{column} is '{text}'; allowed is 0 to {highest}")
    return int(text)


def _span(row: Row, kind: str) -> tuple[float, float]:
    column, highest = kind.removesuffix("14"), KINDS[kind].highest
    low = _number(row, f"{column}_min_value", highest)
    high = _number(row, f"{column}_max_value", highest)
    return float(low or 0), float(highest if high is None else high)
