"""The door of every file that is given: opened only where it is a regular file, and read only up to its kind's limit.

A pipe would let the reader wait for ever, a device may have no end, and a path may come from a rig or over OSC.
"""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from synth.errors import InputError

MIB = 1 << 20


@dataclass(frozen=True, slots=True)
class FileKind:
    """A kind of file that a person gives.

    Parameters
    ----------
    word : str
        What one of them is called in a sentence.
    largest_bytes : int
        The most that such a file can have, far beyond the largest one known. It bounds memory and time.
    """

    word: str
    largest_bytes: int


SETTINGS_FILE = FileKind("settings file", 4 * MIB)
"""Rig, preset, profile or experiment in TOML; a rig of 64 calibrated channels has 0.3 MiB."""

BUNDLE_FILE = FileKind("bundle", 64 * MIB)
"""A bundle that ships has 0.02 MiB."""

LEARNED_FILE = FileKind("file of learned controllers", MIB)
"""All 2 048 controllers of 16 channels take 0.2 MiB."""

CHART_FILE = FileKind("chart", 4 * MIB)
"""CSV of a device; the longest known has 0.06 MiB."""

TABLE_FILE = FileKind("table", 64 * MIB)
"""CSV of strokes: an hour of sixteenths has 30 MiB."""

SAMPLE_TABLE = FileKind("table of takes", 512 * MIB)
"""CSV of a recorded synth: 100 000 settings of 100 controls have 40 MiB."""

RESULT_FILE = FileKind("result", 4 * MIB)
"""JSON of one job of an experiment: 0.002 MiB."""

_OTHER_KINDS = {
    stat.S_IFDIR: "a folder",
    stat.S_IFIFO: "a pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}


def what_else(path: str | Path) -> str:
    """Return what lies under a path that is no regular file, as ``a folder``; empty where a file or nothing lies."""
    try:
        return _OTHER_KINDS.get(stat.S_IFMT(os.stat(path).st_mode), "")
    except (OSError, ValueError):
        return ""


def open_file(path: Path, word: str = "file") -> BinaryIO:
    """Open a regular file to read; a recording of any length too. ``word`` is what it is called in a sentence.

    Raises
    ------
    InputError
        There is no such file, it may not be read, or it is a folder, pipe, socket or device.
    """
    try:
        # Asked before it is opened: opening a device may do something, opening a pipe waits for its writer.
        _require_regular(path, os.stat(path).st_mode)
        # What has taken its place since then is opened without waiting, and asked again.
        flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
        descriptor = os.open(path, flags)
    except (OSError, ValueError) as error:
        raise InputError(f"{path}: {_cause(error, word)}") from None
    file = os.fdopen(descriptor, "rb")
    try:
        _require_regular(path, os.fstat(descriptor).st_mode)
    except InputError:
        file.close()
        raise
    return file


def read_file(path: Path, kind: FileKind) -> bytes:
    """Return what a regular file holds.

    Raises
    ------
    InputError
        As of `open_file`; or it is larger than a file of its kind can be.
    """
    with open_file(path, kind.word) as file:
        try:
            size = os.fstat(file.fileno()).st_size
            # One byte more than allowed: what a system's own files (/proc) hold is not known before it is read.
            content = file.read(kind.largest_bytes + 1) if size <= kind.largest_bytes else None
        except OSError as error:
            raise InputError(f"{path}: {_cause(error, kind.word)}") from None
    if content is None and size <= kind.largest_bytes:
        raise InputError(f"{path}: cannot be read (nothing comes from it)")
    if content is None or len(content) > kind.largest_bytes:
        raise InputError(f"{path}: is too large for a {kind.word}: the most is {kind.largest_bytes // MIB} MiB")
    return content


def _require_regular(path: Path, mode: int) -> None:
    if not stat.S_ISREG(mode):
        raise InputError(f"{path}: is {_OTHER_KINDS.get(stat.S_IFMT(mode), 'no file')}, not a file")


def _cause(error: OSError | ValueError, word: str) -> str:
    """Return in words why a file could not be opened or read."""
    if isinstance(error, ValueError | FileNotFoundError | NotADirectoryError):  # no file's name holds a NUL
        return f"there is no such {word}"
    return f"cannot be read ({error.strerror})"
