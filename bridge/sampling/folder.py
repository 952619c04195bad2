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

import numpy as np
import tomlkit
from numpy.typing import NDArray

from bridge.audio.files import read_flac, write_flac
from bridge.rig.profiles import Profile
from bridge.rig.validation import checked
from bridge.sampling.folder_tables import (
    DIGITS,
    FACTS,
    PROFILE,
    SETTINGS,
    TAKES,
    Facts,
    Taken,
    read_facts,
    read_plan,
    read_taken,
)
from bridge.sampling.plan import Plan
from bridge.sampling.synth import SampledSynth, synth_of
from synth.errors import InputError
from synth.files import read_toml
from synth.outputs import whole_file, write_whole

AGAIN = "remove the file, and the same ghostnote sample records its takes again"


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
        facts = read_facts(folder / FACTS)
        profile = checked(Profile, read_toml(folder / PROFILE), str(folder / PROFILE))
        synth = synth_of(profile, facts.synth, str(folder / PROFILE), facts.controls)
        plan = read_plan(folder / SETTINGS, synth)
        taken = read_taken(folder / TAKES, len(plan))
        # A take whose file was removed is recorded again.
        files = {path.name for path in folder.glob("takes-*.flac")}
        return cls(folder, facts, synth, plan, (take for take in taken if take.file in files))

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
        """Return takes, (n, samples); each file is read once.

        Raises
        ------
        InputError
            A file is damaged, or holds other sounds than the table of takes says.
        """
        takes = np.zeros((len(numbers), self.samples), np.float32)
        places: dict[str, list[int]] = {}
        for row, number in enumerate(numbers):
            places.setdefault(self.taken[int(number)].file, []).append(row)
        for name, rows in places.items():
            whole = self._whole(name)
            for row in rows:
                take = self.taken[int(numbers[row])]
                part = whole[take.place * self.samples : (take.place + 1) * self.samples]
                if len(part) < self.samples:
                    raise InputError(f"{self.folder / name}: ends before take {take.place}; {AGAIN}")
                takes[row] = part * take.full_scale
                # 24 bits of full scale are 1.2e-7 of it.
                peak = float(np.abs(takes[row]).max(initial=0.0))
                if abs(peak - take.peak) > 1e-6 * (take.full_scale + take.peak):
                    words = f"take {take.place} is another sound than {TAKES} says"
                    raise InputError(f"{self.folder / name}: {words}; {AGAIN}")
        return takes

    def _whole(self, name: str) -> NDArray[np.float32]:
        """Return the audio of a file."""
        try:
            audio, rate_hz = read_flac(self.folder / name)
        except InputError as error:
            raise InputError(f"{error}; {AGAIN}") from None
        if rate_hz != self.facts.sample_rate:
            rates = f"{rate_hz} Hz, and {FACTS} says {self.facts.sample_rate} Hz"
            raise InputError(f"{self.folder / name}: has {rates}; {AGAIN}")
        return audio

    def _next_file(self) -> int:
        """Return a number that no file has, not even one that no table names."""
        there = [path.stem.removeprefix("takes-") for path in self.folder.glob("takes-*.flac")]
        return max((int(number) for number in there if number.isdecimal()), default=-1) + 1

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
