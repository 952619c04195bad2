"""The tables of a recorded synth's folder: what was asked for, what is there, and the facts of the recording."""

from __future__ import annotations

import io
import re
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np

from bridge.sampling.engine import ENGINES
from bridge.sampling.plan import PURPOSES, Plan
from bridge.sampling.synth import SampledSynth
from synth.errors import InputError, choices, said, shown
from synth.files import read_toml
from synth.reading import SAMPLE_TABLE, read_file

VERSION = 1
"""Raised whenever an old folder could not be gone on with."""

DIGITS = ".7g"
"""Of a number of the table of takes: what float32 holds."""

SHORTEST_S = 0.001
"""Of a take."""

FILE = re.compile(r"takes-\d+\.flac")
"""Names of the files of takes."""

FACTS, SETTINGS, TAKES, PROFILE = "set.toml", "settings.csv", "takes.csv", "profile.toml"


@dataclass(frozen=True, slots=True)
class Facts:
    """What a folder says of its recording.

    Parameters
    ----------
    version : int
    synth : str
        Name of the profile.
    engine : str
    seed : int
    notes : int
        Joint settings that were asked for.
    sample_rate : int
        Hz.
    take_s : float
    controls : tuple of str
        Names of the controls that are moved, as the profile has them.
    made : str
        Day on which it was begun.
    machine : str
        System, processor, and versions of what played.
    """

    version: int
    synth: str
    engine: str
    seed: int
    notes: int
    sample_rate: int
    take_s: float
    controls: tuple[str, ...]
    made: str
    machine: str


@dataclass(frozen=True, slots=True)
class Taken:
    """A take that is there.

    Parameters
    ----------
    number : int
        Row of the plan.
    file : str
        FLAC file.
    place : int
        Take of that file, from 0.
    peak : float
        Largest sample, full scale 1.
    tries : int
        How often it was recorded.
    silent, clipped : int
        1 if it still was so at the last try.
    full_scale : float
        Times the samples of the file.
    """

    number: int
    file: str
    place: int
    peak: float
    tries: int
    silent: int
    clipped: int
    full_scale: float


def read_facts(path: Path) -> Facts:
    """Return the facts of a recording; `InputError` where the file is damaged or of another version."""
    table = read_toml(path)
    if table.get("version") != VERSION or isinstance(table["version"], bool):
        raise InputError(
            f"{path}: version is {shown(table.get('version'))}; this Ghostnote reads version {VERSION}: sample it again"
        )
    wanted = {field.name: field.type for field in fields(Facts)}
    kinds: dict[str, Any] = {"int": int, "float": (int, float), "str": str, "tuple[str, ...]": list}
    for name, kind in wanted.items():
        if not isinstance(table.get(name), kinds[str(kind)]):
            raise InputError(f"{path}: {name} is {shown(table.get(name))}; the file is damaged: sample it again")
    if not all(isinstance(name, str) for name in table["controls"]) or table["notes"] < 0:
        raise InputError(f"{path}: controls holds no names, or notes is below 0; the file is damaged: sample it again")
    if table["engine"] not in ENGINES:
        raise InputError(f"{path}: engine is {shown(table['engine'])}; {choices(table['engine'], ENGINES)}")
    low_hz, high_hz = 8_000, 384_000
    if not low_hz <= table["sample_rate"] <= high_hz or not SHORTEST_S <= table["take_s"] <= 60.0:
        raise InputError(
            f"{path}: sample_rate must be {low_hz} to {high_hz} Hz and take_s {SHORTEST_S:g} to 60 s; sample it again"
        )
    return Facts(**{name: table[name] for name in wanted} | {"controls": tuple(map(str, table["controls"]))})


def read_plan(path: Path, synth: SampledSynth) -> Plan:
    """Return what was asked for; `InputError` where the table is damaged or of other controls."""
    text = _table_text(path)
    header, _, body = text.partition("\n")
    names = synth.space.names
    if header.split(",") != ["number", "purpose", "control", "step", *names]:
        raise InputError(f"{path}: its columns are not those of {synth.name}; the file is damaged: sample it again")
    heads, numbers = [], io.StringIO()
    for line in body.splitlines():
        *head, rest = line.split(",", 4)
        heads.append(head)
        numbers.write(rest + "\n")
    numbers.seek(0)
    columns = {name: place for place, name in enumerate(names)} | {"": -1}
    try:
        values = np.loadtxt(numbers, delimiter=",", ndmin=2)
        values = values if values.size else np.zeros((0, len(names)))
        purposes = np.array([PURPOSES[PURPOSES.index(head[1])] for head in heads])
        controls = np.array([columns[head[2]] for head in heads], np.int64)
        steps = np.array([int(head[3] or -1) for head in heads], np.int64)
        if [int(head[0]) for head in heads] != list(range(len(heads))) or values.shape != (len(heads), len(names)):
            raise ValueError("rows are missing")
        unit = synth.space.to_unit(values)
        if not np.isfinite(unit).all() or np.abs(unit - 0.5).max(initial=0.0) > 0.5 + 1e-6:
            raise ValueError("a value leaves the range of its control")
    except (ValueError, LookupError) as error:
        raise InputError(f"{path}: the table is damaged ({said(error)}); sample the synth again") from None
    return Plan(purposes, controls, steps, synth.space.realised(unit))


def read_taken(path: Path, planned: int) -> list[Taken]:
    """Return the takes that are there, of so many; `InputError` where the table is damaged."""
    text = _table_text(path)
    header, _, body = text.partition("\n")
    kinds: list[Any] = [{"int": int, "float": float, "str": str}[str(field.type)] for field in fields(Taken)]
    try:
        if header.split(",") != [field.name for field in fields(Taken)]:
            raise ValueError("other columns")
        cells = (line.split(",") for line in body.splitlines())
        taken = [Taken(*(kind(cell) for kind, cell in zip(kinds, row, strict=True))) for row in cells]
        if any(not 0 <= take.number < planned or not FILE.fullmatch(take.file) for take in taken):
            raise ValueError("a row names a take that was not asked for, or a file elsewhere")
        if any(take.place < 0 or not 0.0 < take.full_scale < 1e6 or not 0.0 <= take.peak < 1e6 for take in taken):
            raise ValueError("a number is out of range")
        if len({take.number for take in taken}) < len(taken):
            raise ValueError("a take is there twice")
    except (ValueError, LookupError) as error:
        raise InputError(f"{path}: the table is damaged ({said(error)}); sample the synth again") from None
    return taken


def _table_text(path: Path) -> str:
    try:
        return read_file(path, SAMPLE_TABLE).decode("utf-8")
    except UnicodeDecodeError:
        raise InputError(f"{path}: is no text in UTF-8; the file is damaged: sample the synth again") from None
