"""Outputs: refused before the work that fills them, written whole or not at all."""

from __future__ import annotations

import atexit
import itertools
import os
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from errno import EISDIR, ENAMETOOLONG, ENOTDIR
from pathlib import Path
from secrets import token_hex

from synth.errors import InputError
from synth.reading import what_else

UNFINISHED = ".unfinished-"
"""How the names of folders begin that hold what is being written."""

MB = 1_000_000


def require_writable(path: Path, named: Path | None = None) -> None:
    """Refuse a file that cannot be written, before the work that fills it. Nothing is made.

    An error names ``named``, if given, instead of the file.

    Raises
    ------
    InputError
        A folder, pipe or device has that name, a name in it is too long, or its folder cannot be made or written.
    """
    try:
        _require_place(path)
        if not path.name or what_else(path):
            raise OSError(EISDIR, f"it is {what_else(path) or 'a folder'}")
        _remove(_new_folder(_nearest_folder(path)))
    except (OSError, ValueError) as error:
        raise InputError(f"{named or path}: cannot be written ({_words(error)})") from None


def require_folder(out: Path) -> None:
    """Refuse an output folder that cannot be made or written, before the work that fills it. Nothing is made.

    Raises
    ------
    InputError
        A file, pipe or device is in its place, a name in it is too long, or it cannot be made or written.
    """
    if os.path.isfile(out):
        raise InputError(f"{out}: is a file; --out names a folder")
    require_writable(out / "any", out)


def require_space(path: Path, needed_bytes: int) -> None:
    """Refuse a file that its disk has no room for, before the work that fills it.

    Raises
    ------
    InputError
        The disk has less room than that. What is not known is no reason to refuse.
    """
    with suppress(OSError):
        free_bytes = shutil.disk_usage(_nearest_folder(path)).free
        if free_bytes < needed_bytes:
            needs = f"it needs {needed_bytes / MB:.1f} MB and its disk has {free_bytes / MB:.1f} MB left"
            raise InputError(f"{path}: cannot be written ({needs})")


def _require_place(path: Path) -> None:
    """Raise an `OSError` that says which name on the way to a file cannot be one of a folder."""
    folder = _nearest_folder(path)
    if not os.path.isdir(folder):
        raise OSError(ENOTDIR, f"{folder} is {what_else(folder) or 'a file'}, not a folder")
    with suppress(FileNotFoundError):  # all that may be wrong with a new name; one that is too long raises another
        os.lstat(path)
    # Also those of the folders that are to be made, of which the first that is missing hides the others.
    longest = os.pathconf(folder, "PC_NAME_MAX") if hasattr(os, "pathconf") else 255
    if any(len(os.fsencode(part)) > longest for part in path.parts):
        raise OSError(ENAMETOOLONG, os.strerror(ENAMETOOLONG))


def _nearest_folder(path: Path) -> Path:
    """Return the innermost place above a path that exists: its folder, or where that will be made."""
    return next(parent for parent in path.absolute().parents if os.path.lexists(parent))


def _words(error: OSError | ValueError) -> str:
    """Return in words why a file cannot be written."""
    return error.strerror or str(error) if isinstance(error, OSError) else "no file can have that name"


def free_path(path: Path, *beside: str) -> Path:
    """Return ``path``, or with the next free number where it exists, or a file beside it with such an ending."""
    names = (path.with_stem(f"{path.stem}-{number}") if number > 1 else path for number in itertools.count(1))
    return next(
        name for name in names if not any(map(os.path.lexists, (name, *(name.with_suffix(end) for end in beside))))
    )


def require_inputs_kept(inputs: Iterable[Path], outputs: Iterable[Path]) -> None:
    """Refuse to write over an input, also through a link or another name.

    Raises
    ------
    InputError
        An output is an input.
    """
    there = [path for path in outputs if os.path.exists(path)]
    for path in inputs:
        for output in there:
            if os.path.exists(path) and path.samefile(output):
                raise InputError(f"{path}: would be written over by {output}; give --out another folder")


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """Give a place to write a file; move it to ``path`` when it is written, and leave nothing on an error.

    The place has the name of ``path``. A link stays one, and a file that exists keeps its mode.

    Raises
    ------
    InputError
        It cannot be written (full disk, no right, a folder in its place).
    """
    real = Path(os.path.realpath(path))
    with whole_folder(real.parent, path) as folder:
        yield folder / real.name
        if os.path.exists(real):
            shutil.copymode(real, folder / real.name)


def write_new(path: Path, write: Callable[[Path], object], *beside: str) -> Path:
    """Write a file under the name that `free_path` gives when it is written; whatever has come meanwhile stays.

    Parameters
    ----------
    path : Path
        The name that it should have.
    write : callable
        Writes it to a place.
    beside : str
        As for `free_path`.

    Returns
    -------
    Path
        The name that it has.

    Raises
    ------
    InputError
        It cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = _new_folder(path.parent)
        try:
            write(unfinished / path.name)
            while True:
                with suppress(FileExistsError):
                    return _moved_new(unfinished / path.name, free_path(path, *beside))
        finally:
            _remove(unfinished)
    except (OSError, ValueError) as error:
        raise InputError(f"{path}: cannot be written ({_words(error)})") from None


def _moved_new(file: Path, name: Path) -> Path:
    """Give a file a name that nothing has; `FileExistsError` where something has taken it just now."""
    try:
        os.link(file, name)
    except FileExistsError:
        raise
    except OSError:  # a disk of a kind that has no links
        os.close(os.open(name, os.O_CREAT | os.O_EXCL | os.O_WRONLY))
        file.replace(name)
    return name


def write_whole(path: Path, text: str) -> None:
    """Write a text as a `whole_file`."""
    with whole_file(path) as unfinished:
        unfinished.write_text(text, encoding="utf-8")


@contextmanager
def whole_folder(folder: Path, named: Path | None = None) -> Iterator[Path]:
    """Give an empty folder to write into; move its files into ``folder`` when all are written.

    Files of ``folder`` that have other names stay. An error names ``named``, if given, instead of the folder.

    Raises
    ------
    InputError
        The folder cannot be made or written (full disk, no right, a file in its place).
    """
    made: list[Path] = []
    try:
        with _room_in(folder, named or folder, made) as unfinished:
            yield unfinished
            folder.mkdir(exist_ok=True)
            _move_all(unfinished, folder)
    except OSError as error:
        raise InputError(f"{named or folder}: cannot be written ({_words(error)}); nothing was changed") from None
    finally:
        _remove_empty(made)


@contextmanager
def _room_in(folder: Path, named: Path, made: list[Path]) -> Iterator[Path]:
    """Give an empty folder beside a place, or in it where it exists; ``made`` gets the folders made for it."""
    try:
        _require_place(folder / "any")
        made.extend(parent for parent in folder.parents if not os.path.exists(parent))
        # A folder that is there may be another disk, or the only place that may be written: nothing lies beside it.
        beside = folder if os.path.isdir(folder) else folder.parent
        beside.mkdir(parents=True, exist_ok=True)
        unfinished = _new_folder(beside)
    except (OSError, ValueError) as error:
        raise InputError(f"{named}: cannot be written ({_words(error)})") from None
    try:
        yield unfinished
    finally:
        _remove(unfinished)


_unfinished: set[Path] = set()
"""Folders that are being written into. A signal may come between any two lines; the end of the program removes them."""


def _new_folder(beside: Path) -> Path:
    """Return a new empty folder for what is not finished."""
    while True:
        folder = beside / f"{UNFINISHED}{token_hex(4)}"
        _unfinished.add(folder)
        with suppress(FileExistsError):
            folder.mkdir(mode=0o700)
            return folder
        _unfinished.discard(folder)


def _remove(folder: Path) -> None:
    try:
        shutil.rmtree(folder, ignore_errors=True)
    except OSError as error:
        # `rmtree` closes a folder again where a signal's exit comes just after the first time, and that error hides it.
        if isinstance(error.__context__, KeyboardInterrupt | SystemExit):
            raise error.__context__ from None
        raise
    _unfinished.discard(folder)


@atexit.register
def _remove_all_unfinished() -> None:
    for folder in list(_unfinished):
        _remove(folder)


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
