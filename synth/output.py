"""Files that appear whole or not at all: a full disk, a Ctrl-C or an error leaves what was there before."""

from __future__ import annotations

import itertools
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from errno import EISDIR
from pathlib import Path

from synth.errors import InputError


def require_writable(path: Path) -> None:
    """Refuse a file that could not be written later, before anyone has waited for what goes in; makes nothing.

    Raises
    ------
    InputError
        A folder has that name, or its own folder cannot be made or written.
    """
    folder = next(parent for parent in path.absolute().parents if parent.exists())
    try:
        if path.is_dir():
            raise OSError(EISDIR, os.strerror(EISDIR))
        with tempfile.NamedTemporaryFile(dir=folder, prefix=f".{path.name}."):
            pass
    except OSError as error:
        raise InputError(f"{path}: cannot be written ({error.strerror})") from None


def free_path(path: Path, *beside: str) -> Path:
    """Return ``path``, or with the next free number where it exists, or a file beside it with such an ending."""
    names = (path.with_stem(f"{path.stem}-{number}") if number > 1 else path for number in itertools.count(1))
    return next(
        name for name in names if not any(map(os.path.lexists, (name, *(name.with_suffix(end) for end in beside))))
    )


def require_inputs_kept(inputs: Iterable[Path], outputs: Iterable[Path]) -> None:
    """Refuse to write over what is read, under whatever name and through whatever link.

    Raises
    ------
    InputError
        An output is an input.
    """
    there = [path for path in outputs if path.exists()]
    for path in inputs:
        for output in there:
            if path.exists() and path.samefile(output):
                raise InputError(f"{path}: would be written over by {output}; give --out another folder")


@contextmanager
def whole_folder(folder: Path) -> Iterator[Path]:
    """Give an empty folder to write into; move its files into ``folder`` when all are written.

    Files of ``folder`` that have other names stay.

    Raises
    ------
    InputError
        The folder cannot be made or written (full disk, no right, a file in its place).
    """
    made = [parent for parent in folder.parents if not parent.exists()]
    # A folder that is there may be another disk, or the only place that may be written: then nothing lies beside it.
    beside = folder if folder.is_dir() else folder.parent
    try:
        beside.mkdir(parents=True, exist_ok=True)
        unfinished = Path(tempfile.mkdtemp(prefix=".unfinished-", dir=beside))
    except OSError as error:
        _remove_empty(made)
        raise InputError(f"{folder}: cannot be written ({error.strerror})") from None
    try:
        yield unfinished
        folder.mkdir(exist_ok=True)
        _move_all(unfinished, folder)
    except OSError as error:
        raise InputError(f"{folder}: cannot be written ({error.strerror or error}); nothing was changed") from None
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
        _remove_empty(made)


def _move_all(unfinished: Path, folder: Path) -> None:
    """Move every file into ``folder``, once it is certain that none of them meets a folder of its name."""
    files = sorted(unfinished.iterdir())
    for file in files:
        if (folder / file.name).is_dir():
            raise OSError(EISDIR, f"{file.name} is a folder there")
    for file in files:
        file.replace(folder / file.name)


def _remove_empty(folders: list[Path]) -> None:
    """Remove the folders that hold nothing, innermost first."""
    for folder in folders:
        with suppress(OSError):
            folder.rmdir()


def write_whole(path: Path, text: str) -> None:
    """Write a text file whole or not at all; a link stays one, and a file that exists keeps its mode.

    Raises
    ------
    InputError
        It cannot be written.
    """
    real = Path(os.path.realpath(path))
    unfinished = real.with_name(f".{real.name}.{os.getpid()}")
    try:
        real.parent.mkdir(parents=True, exist_ok=True)
        unfinished.write_text(text, encoding="utf-8")
        if real.exists():
            shutil.copymode(real, unfinished)
        unfinished.replace(real)
    except OSError as error:
        raise InputError(f"{path}: cannot be written ({error.strerror})") from None
    finally:
        with suppress(OSError):
            unfinished.unlink(missing_ok=True)
