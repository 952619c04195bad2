"""Files: those that ship, found by name; TOML, read with one sentence for every fault; outputs, written whole or not.

What is read comes through the door, `synth.reading`.

``config/`` and ``docs/`` lie beside the packages in a checkout, inside ``synth/`` in a wheel.
"""

from __future__ import annotations

import atexit
import itertools
import os
import re
import shutil
import tempfile
import tomllib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from errno import EISDIR, ENAMETOOLONG, ENOTDIR
from pathlib import Path
from secrets import token_hex
from typing import Any

from synth.errors import InputError, choices, shown
from synth.reading import SETTINGS_FILE, read_file, what_else
from synth.toml_hints import toml_hint

UNFINISHED = ".unfinished-"
"""How the names of folders begin that hold what is being written."""

_HERE = Path(__file__).resolve().parent


def shipped_folder(name: str) -> Path:
    """Return a folder of files that ship: ``config`` or ``docs``."""
    installed = _HERE / name
    return installed if installed.is_dir() else _HERE.parent / name


def config_dir() -> Path:
    """Return the folder that holds ``rigs/``, ``presets/`` and ``synths/``."""
    return shipped_folder("config")


@dataclass(frozen=True, slots=True)
class Shelf:
    """A folder of files that ship; a person names one by its stem, or any other file by its path.

    Parameters
    ----------
    folder : Path
    suffix : str
        Of its files, dot included.
    word : str
        What one of them is called in a sentence.
    """

    folder: Path
    suffix: str
    word: str

    def names(self) -> tuple[str, ...]:
        """Return the names of the files that ship, sorted."""
        return tuple(sorted(path.stem for path in self.folder.glob(f"*{self.suffix}")))

    def find(self, name_or_path: str | Path, where: str = "", beside: Path = Path()) -> Path:
        """Return the file that a person named; a path goes first, and ``~`` is a home.

        A relative path is seen from ``beside``: the folder of the file that names it, or the one that a person works
        in. ``where`` begins the sentence of the error.

        Raises
        ------
        InputError
            There is no such file and none of that name ships.
        """
        # `os.path`, not `Path`: a name that is too long, or the home of nobody, is no file and no exception.
        given = os.path.join(beside, os.path.expanduser(name_or_path))
        for path in (given, self.shipped(name_or_path)):
            if os.path.isfile(path):
                return Path(path)
        # An empty name is seen as the folder that it would lie in.
        other = what_else(given) if str(name_or_path) else ""
        article = "an" if self.word[0] in "aeiou" else "a"
        found = f"{shown(str(name_or_path))} is {other}, not {article} {self.word}" if other else ""
        raise InputError(
            f"{where + ': ' if where else ''}{found or f'there is no {self.word} {shown(str(name_or_path))}'}; "
            f"{choices(str(name_or_path), self.names(), f'give a {self.suffix} file or one of')}"
        )

    def shipped(self, name: str | Path) -> Path:
        """Return where the file of a name lies that ships, whether there is one or not."""
        return self.folder / f"{name}{self.suffix}"


_ENDLESS_KEY = re.compile(r"""(?<![\w"'-])(?:(?:[\w-]+|"[^"\n]*"|'[^'\n]*')[ \t]*\.[ \t]*){50}""")
"""A key of more parts than any table is deep. The parser takes a quarter of a minute for one of 20 000."""


def read_toml(path: Path) -> dict[str, Any]:
    """Return what a TOML file holds.

    Raises
    ------
    InputError
        It is no regular file, cannot be read, is larger than any rig, is no UTF-8 or no TOML.
    """
    content, text = read_file(path, SETTINGS_FILE), ""
    try:
        # Some editors begin a text with a byte order mark, and some end its lines with two characters.
        text = content.decode("utf-8-sig").replace("\r\n", "\n")
        if _ENDLESS_KEY.search(text):
            raise RecursionError
        return tomllib.loads(text)
    except UnicodeDecodeError as error:
        fault = f"is no text in UTF-8, as TOML must be (byte {error.start + 1})"
    except tomllib.TOMLDecodeError as error:
        hint = toml_hint(text, error)
        fault = f"is not valid TOML: {error}{'; ' if hint else ''}{hint}"
    except ValueError:  # Python reads no longer ones
        fault = "is not valid TOML: it has a number of thousands of digits"
    except RecursionError:
        fault = "is not valid TOML: it is nested too deeply"
    raise InputError(f"{path}: {fault}")


def require_file(path: Path) -> None:
    """Refuse a recording that is no regular file, before anyone has waited for it."""
    if other := what_else(path):
        raise InputError(f"{path}: is {other}; give a recording{' in it' if other == 'a folder' else ''}")
    if not os.path.isfile(path):
        raise InputError(f"{path}: there is no such file")


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
        with tempfile.NamedTemporaryFile(dir=_nearest_folder(path), prefix=UNFINISHED):
            pass
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
    named = named or folder
    made: list[Path] = []
    try:
        _require_place(folder / "any")
        made = [parent for parent in folder.parents if not os.path.exists(parent)]
        # A folder that is there may be another disk, or the only place that may be written: nothing lies beside it.
        beside = folder if os.path.isdir(folder) else folder.parent
        beside.mkdir(parents=True, exist_ok=True)
        unfinished = _new_folder(beside)
    except (OSError, ValueError) as error:
        _remove_empty(made)
        raise InputError(f"{named}: cannot be written ({_words(error)})") from None
    try:
        yield unfinished
        folder.mkdir(exist_ok=True)
        _move_all(unfinished, folder)
    except OSError as error:
        raise InputError(f"{named}: cannot be written ({_words(error)}); nothing was changed") from None
    finally:
        _remove(unfinished)
        _remove_empty(made)


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
    shutil.rmtree(folder, ignore_errors=True)
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
