"""The folder of a recorded synth: FLAC files of its takes, two tables, the profile and the facts of the recording.

``set.toml`` has the facts, ``settings.csv`` what is asked for, ``takes.csv`` where each take lies, and ``profile.toml``
is a copy of the profile, so the folder stays what it is when the profile changes. A chunk of takes is one FLAC file. It
counts from the moment when ``takes.csv`` names it, so a recording that is stopped anywhere goes on from its last chunk.
Door: tomlkit.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, fields, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import tomlkit
from numpy.typing import NDArray

from bridge.audio.files import read_flac, write_flac
from bridge.rig.profiles import Profile
from bridge.rig.validation import checked
from bridge.sampling.plan import PURPOSES, Plan
from bridge.sampling.synth import SampledSynth, synth_of
from synth.errors import InputError, said, shown
from synth.files import read_toml
from synth.outputs import whole_file, write_whole
from synth.reading import SAMPLE_TABLE, read_file

VERSION = 1
"""Raised whenever an old folder could not be gone on with."""

DIGITS = ".7g"
"""Of a number of the table of takes: what float32 holds."""

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


class SampleSet:
    """A folder that is being recorded, or is done.

    Parameters
    ----------
    folder : Path
    facts : Facts
    synth : SampledSynth
    plan : Plan
    taken : list of Taken
        In the order of their numbers.
    """

    def __init__(self, folder: Path, facts: Facts, synth: SampledSynth, plan: Plan, taken: Iterable[Taken]) -> None:
        self.folder, self.facts, self.synth, self.plan = folder, facts, synth, plan
        self.taken = {take.number: take for take in taken}

    @classmethod
    def begin(cls, folder: Path, facts: Facts, synth: SampledSynth, plan: Plan) -> SampleSet:
        """Write the tables of a new folder; `InputError` where it cannot be written."""
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise InputError(f"{folder}: cannot be made ({error.strerror})") from None
        made = cls(folder, facts, synth, plan, ())
        write_whole(folder / PROFILE, tomlkit.dumps(synth.profile.model_dump(mode="json", exclude_defaults=True)))
        made.write_plan()
        made._write_taken()
        # Last: a folder without it holds nothing.
        made._write_facts()
        return made

    @classmethod
    def load(cls, folder: Path) -> SampleSet:
        """Read a folder.

        Raises
        ------
        InputError
            It holds no recorded synth, one of another version, or a table that is damaged.
        """
        if not (folder / FACTS).is_file():
            raise InputError(f"{folder}: holds no recorded synth (no {FACTS}); make one with ghostnote sample")
        facts = _facts(folder / FACTS)
        profile = checked(Profile, read_toml(folder / PROFILE), str(folder / PROFILE))
        synth = synth_of(profile, facts.synth, str(folder / PROFILE), facts.controls)
        plan = _read_plan(folder / SETTINGS, synth)
        taken = _read_taken(folder / TAKES, len(plan))
        return cls(folder, facts, synth, plan, taken)

    def ask_for(self, notes: int) -> None:
        """Keep a plan that has grown to so many joint settings."""
        self.write_plan()
        self.facts = replace(self.facts, notes=notes)
        self._write_facts()

    def _write_facts(self) -> None:
        table = asdict(self.facts) | {"controls": list(self.facts.controls)}
        write_whole(self.folder / FACTS, tomlkit.dumps(table))

    @property
    def missing(self) -> NDArray[np.int64]:
        """Numbers of what is not recorded yet."""
        return np.setdiff1d(np.arange(len(self.plan)), np.fromiter(self.taken, np.int64, len(self.taken)))

    @cached_property
    def samples(self) -> int:
        """Of a take."""
        return round(self.facts.take_s * self.facts.sample_rate)

    def add(self, numbers: Sequence[int], takes: NDArray[np.float32], tries: Sequence[int], marks: Marks) -> None:
        """Keep a chunk of takes: its FLAC file, then its rows of the table."""
        peaks = np.abs(takes).max(1, initial=0.0)
        # A file of integers holds nothing beyond full scale, and an engine in memory may give more.
        full_scale = float(f"{max(1.0, float(peaks.max(initial=0.0)) * (1.0 + 1e-6)):{DIGITS}}")
        name = f"takes-{self._next_file():05d}.flac"
        with whole_file(self.folder / name) as unfinished:
            write_flac(unfinished, takes.reshape(-1) / full_scale, self.facts.sample_rate)
        for place, number in enumerate(numbers):
            silent, clipped = int(marks.silent[place]), int(marks.clipped[place])
            peak = float(f"{peaks[place]:{DIGITS}}")
            row = Taken(int(number), name, place, peak, tries[place], silent, clipped, full_scale)
            self.taken[int(number)] = row
        self._write_taken()

    def audio(self, numbers: Sequence[int] | NDArray[np.int64]) -> NDArray[np.float32]:
        """Return takes, (n, samples); each file is read once."""
        takes = np.zeros((len(numbers), self.samples), np.float32)
        places: dict[str, list[int]] = {}
        for row, number in enumerate(numbers):
            places.setdefault(self.taken[int(number)].file, []).append(row)
        for name, rows in places.items():
            whole = read_flac(self.folder / name)
            for row in rows:
                take = self.taken[int(numbers[row])]
                part = whole[take.place * self.samples : (take.place + 1) * self.samples]
                if len(part) < self.samples:
                    raise InputError(f"{self.folder / name}: ends before take {take.place}; remove it and sample again")
                takes[row] = part * take.full_scale
        return takes

    def _next_file(self) -> int:
        """Return a number that no file has, not even one that no table names."""
        there = [int(path.stem.removeprefix("takes-")) for path in self.folder.glob("takes-[0-9]*.flac")]
        return max(there, default=-1) + 1

    def write_plan(self) -> None:
        """Write what is asked for, in the units of the messages."""
        space, plan = self.synth.space, self.plan
        values = np.asarray(space.from_unit(plan.unit))
        body = io.StringIO()
        body.write(",".join(["number", "purpose", "control", "step", *space.names]) + "\n")
        heads = zip(plan.purposes, plan.controls, plan.steps, strict=True)
        for number, ((purpose, control, step), row) in enumerate(zip(heads, values, strict=True)):
            moved = space.names[control] if control >= 0 else ""
            cells = ",".join(f"{value:.12g}" for value in row)
            body.write(f"{number},{purpose},{moved},{step if step >= 0 else ''},{cells}\n")
        write_whole(self.folder / SETTINGS, body.getvalue())

    def _write_taken(self) -> None:
        names = [field.name for field in fields(Taken)]
        rows = [",".join(_cell(getattr(self.taken[number], name)) for name in names) for number in sorted(self.taken)]
        write_whole(self.folder / TAKES, "\n".join([",".join(names), *rows]) + "\n")


@dataclass(frozen=True, slots=True)
class Marks:
    """What is wrong with the takes of a chunk.

    Parameters
    ----------
    silent, clipped : (n,) bool
    """

    silent: NDArray[np.bool_]
    clipped: NDArray[np.bool_]


def _cell(value: float | str) -> str:
    return f"{value:{DIGITS}}" if isinstance(value, float) else str(value)


def _facts(path: Path) -> Facts:
    table = read_toml(path)
    if table.get("version") != VERSION:
        raise InputError(
            f"{path}: version is {shown(table.get('version'))}; this Ghostnote reads version {VERSION}: sample it again"
        )
    wanted = {field.name: field.type for field in fields(Facts)}
    kinds: dict[str, Any] = {"int": int, "float": (int, float), "str": str, "tuple[str, ...]": list}
    for name, kind in wanted.items():
        if not isinstance(table.get(name), kinds[str(kind)]):
            raise InputError(f"{path}: {name} is {shown(table.get(name))}; the file is damaged: sample it again")
    low_hz, high_hz = 8_000, 384_000
    if not low_hz <= table["sample_rate"] <= high_hz or not 0.0 < table["take_s"] <= 60.0:
        raise InputError(
            f"{path}: sample_rate must be {low_hz} to {high_hz} Hz and take_s at most 60 s; sample it again"
        )
    return Facts(**{name: table[name] for name in wanted} | {"controls": tuple(map(str, table["controls"]))})


def _read_plan(path: Path, synth: SampledSynth) -> Plan:
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


def _read_taken(path: Path, planned: int) -> list[Taken]:
    text = _table_text(path)
    header, *lines = text.splitlines()
    kinds: list[Any] = [{"int": int, "float": float, "str": str}[str(field.type)] for field in fields(Taken)]
    try:
        if header.split(",") != [field.name for field in fields(Taken)]:
            raise ValueError("other columns")
        cells = (line.split(",") for line in lines)
        taken = [Taken(*(kind(cell) for kind, cell in zip(kinds, row, strict=True))) for row in cells]
        if any(not 0 <= take.number < planned or Path(take.file).name != take.file for take in taken):
            raise ValueError("a row names a take that was not asked for, or a file elsewhere")
        if any(take.place < 0 or not 0.0 < take.full_scale < 1e6 for take in taken):
            raise ValueError("a number is out of range")
    except (ValueError, LookupError) as error:
        raise InputError(f"{path}: the table is damaged ({said(error)}); sample the synth again") from None
    return taken


def _table_text(path: Path) -> str:
    try:
        return read_file(path, SAMPLE_TABLE).decode("utf-8")
    except UnicodeDecodeError:
        raise InputError(f"{path}: is no text in UTF-8; the file is damaged: sample the synth again") from None
