"""Tunings, as a rig file says them: which pitch a note has. Door: pydantic."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, PrivateAttr, ValidationInfo, model_validator

from bridge.midi_bytes import MIDDLE_C
from bridge.rig.settings import FromFile, SevenBit
from synth.errors import InputError, shown
from synth.reading import MIB, FileKind, read_file

TUNING_FILE = FileKind("tuning", MIB)
"""A Scala scale; the longest known has 0.01 MiB."""

NOTES, A4 = 128, 69
FURTHEST_CENTS = 12_000
"""Ten octaves."""
Cents = Annotated[float, Field(ge=-FURTHEST_CENTS, le=FURTHEST_CENTS)]
EQUAL = tuple(100.0 * step for step in range(1, 13))
_RATIO = re.compile(r"(\d+)(?:/(\d+))?")


class Tuning(FromFile):
    """Which pitch each note of a play has."""

    a4_hz: float = Field(440.0, ge=200, le=900, description="pitch of note 69, whatever the scale")
    scale: str | Annotated[list[Cents], Field(min_length=1, max_length=NOTES)] = Field(
        "equal",
        description="equal; or the cents of each step above the root, the last of them where it begins again: "
        "[100, 200, ... 1200]; or a Scala file (.scl), seen from the rig's folder",
    )
    root: SevenBit = Field(MIDDLE_C, description="a note on which the scale begins")
    _cents: tuple[float, ...] = PrivateAttr(EQUAL)

    @model_validator(mode="after")
    def _read_the_scale(self, info: ValidationInfo) -> Tuning:
        # Read here, as what plays opens no file.
        if isinstance(self.scale, list):
            self._cents = _checked(self.scale)
        elif self.scale != "equal":
            path = self.folder / self.scale
            self._cents = scala_cents(read_file(path, TUNING_FILE).decode("latin-1"), path)
        return self

    @property
    def pitches_hz(self) -> NDArray[np.float64]:
        """The pitch of every note, 0 to 127."""
        steps, period = len(self._cents), self._cents[-1]
        places = (0.0, *self._cents[:-1])
        cents = np.array(
            [divmod(note - self.root, steps)[0] * period + places[(note - self.root) % steps] for note in range(NOTES)]
        )
        return np.asarray(self.a4_hz * 2.0 ** ((cents - cents[A4]) / 1200.0))


def scala_cents(text: str, path: Path) -> tuple[float, ...]:
    """Return the cents of a Scala file's steps; `InputError` names the file and the line that is no step."""
    lines = [line.strip() for line in text.splitlines() if not line.startswith("!")]
    count = lines[1].split()[:1] if len(lines) > 1 else []
    if not count or not count[0].isdecimal() or not 1 <= int(count[0]) <= NOTES:
        raise InputError(f"{path}: is no Scala file: its second line must say how many steps there are, 1 to {NOTES}")
    steps = lines[2 : 2 + int(count[0])]
    if len(steps) < int(count[0]):
        raise InputError(f"{path}: says that it has {count[0]} steps; there are {len(steps)}")
    try:
        return _checked([_cents(line) for line in steps])
    except ValueError as error:
        raise InputError(f"{path}: {error}") from None


def _cents(line: str) -> float:
    """Return a step of a Scala file: cents if it has a point, else a ratio; what follows is a comment."""
    word = (line.split() or [""])[0]
    try:
        if "." in word:
            return float(word)
    except ValueError:
        raise ValueError(
            f"{shown(line)} is no step; allowed are cents such as 701.955 and ratios such as 3/2"
        ) from None
    ratio = _RATIO.fullmatch(word)
    if ratio is None or not int(ratio[1]) or not int(ratio[2] or 1):
        raise ValueError(f"{shown(line)} is no step; allowed are cents such as 701.955 and ratios such as 3/2")
    return float(1200.0 * np.log2(int(ratio[1]) / int(ratio[2] or 1)))


def _checked(cents: Sequence[float]) -> tuple[float, ...]:
    """Return steps of which the last can be repeated."""
    if not 1.0 <= cents[-1] <= FURTHEST_CENTS:
        allowed = f"allowed is 1 to {FURTHEST_CENTS}"
        raise ValueError(f"the last step is {cents[-1]:g} cents, where a scale begins again; {allowed}")
    return tuple(map(float, cents))
