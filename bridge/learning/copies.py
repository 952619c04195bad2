"""Which strokes of recordings are copies of one another: found by their sound, or told by a CSV."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bridge.audio.files import Take
from bridge.learning.strokes import Heard
from models.training.groups import joined, near_copies
from synth.errors import InputError, shorter, shown
from synth.tables import decimal, read_table

Rows = NDArray[np.int64]

NAMES = ("group", "source")
"""Columns that say which recording a stroke comes from."""

LARGEST_OFFSET_S = 0.02
"""Between a stroke that is told and the one that was heard: half of the shortest interval between most strokes."""


def groups_of(heard: Heard, recordings: Sequence[Take], told: Sequence[Path] = ()) -> Rows:
    """Return the group of each stroke, (n,) int64: strokes that sound as copies, and those that are told to be.

    Parameters
    ----------
    heard : Heard
        Strokes of the recordings.
    recordings : sequence of Take
    told : sequence of Path
        A CSV for each recording, with ``onset_s`` and ``group`` or ``source``. Without them, a CSV of a recording's own
        name beside it is used if it has these columns.

    Raises
    ------
    InputError
        Another number of files than recordings; one that cannot be read, has no such columns, or fits no stroke.
    """
    if told and len(told) != len(recordings):
        raise InputError(f"--groups names {len(told)} files for {len(recordings)} recordings; give one for each")
    found = near_copies(heard.strokes)
    pairs = [(int(first), row) for row, first in enumerate(found)]
    for number, recording in enumerate(recordings):
        path = told[number] if told else _beside(recording.path)
        if path is not None:
            rows = np.flatnonzero(heard.recording == number)
            onsets_s = heard.onsets[rows] / recording.sample_rate
            fits = _pairs(path, onsets_s)
            if told and not fits:
                near = f"within {1000 * LARGEST_OFFSET_S:g} ms of a stroke that was heard in {recording.path.name}"
                raise InputError(f"{path}: no onset of a group is {near}")
            pairs += [(int(rows[one]), int(rows[other])) for one, other in fits]
    return joined(len(found), pairs)


def words_on(groups: Rows) -> str:
    """Return what a person should know of groups; empty where no stroke has a copy."""
    different = len(np.unique(groups))
    if different == len(groups):
        return ""
    return (
        f"the {len(groups)} strokes are {different} different ones, the others are copies; "
        "copies are held out together, because a copy of a training stroke tests nothing"
    )


def _beside(recording: Path) -> Path | None:
    """Return the CSV of a recording's own name if it says where strokes come from."""
    path = recording.with_suffix(".csv")
    try:
        columns = read_table(path).columns
    except InputError:
        return None  # nobody has named it
    return path if "onset_s" in columns and set(NAMES) & set(columns) else None


def _pairs(path: Path, onsets_s: NDArray[np.float64]) -> list[tuple[int, int]]:
    """Return pairs of a recording's strokes that a file puts into one group, a stroke alone as a pair with itself."""
    members: dict[str, list[int]] = defaultdict(list)
    for onset_s, name in _told(path):
        if len(onsets_s) and name:
            nearest = int(np.argmin(np.abs(onsets_s - onset_s)))
            if abs(onsets_s[nearest] - onset_s) <= LARGEST_OFFSET_S:
                members[name].append(nearest)
    return [pair for rows in members.values() for pair in pairwise([rows[0], *rows])]


def _told(path: Path) -> Iterator[tuple[float, str]]:
    """Yield the onset in seconds and the group of each line."""
    table = read_table(path)
    name = next((column for column in NAMES if column in table.columns), None)
    if "onset_s" not in table.columns or name is None:
        there = ", ".join(table.columns) or "none"
        raise InputError(f"{path}: has the columns {shorter(there)}; needed are onset_s and {' or '.join(NAMES)}")
    for line, row in table.rows:
        yield _seconds(row["onset_s"], f"{path}: line {line}"), row[name].strip()


def _seconds(cell: str, where: str) -> float:
    try:
        seconds = decimal(cell)
    except ValueError:
        seconds = np.nan
    if not np.isfinite(seconds) or seconds < 0:
        raise InputError(f"{where}: onset_s is {shown(cell)}; allowed is 0 or more seconds")
    return seconds
