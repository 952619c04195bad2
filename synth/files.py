"""Files: those that ship, found by name; TOML, read with one sentence for every fault; outputs, written whole or not.

``config/`` lies beside the packages in a checkout, inside ``synth/`` in a wheel.
"""

from __future__ import annotations

import itertools
import os
import shutil
import tempfile
import tomllib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from errno import EISDIR
from pathlib import Path
from typing import Any

from synth.errors import InputError, nearest, shown
from synth.toml_hints import toml_hint

_HERE = Path(__file__).resolve().parent


def config_dir() -> Path:
    """Return the folder that holds ``rigs/``, ``presets/`` and ``synths/``."""
    installed = _HERE / "config"
    return installed if installed.is_dir() else _HERE.parent / "config"


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
        for path in (os.path.join(beside, os.path.expanduser(name_or_path)), self.shipped(name_or_path)):
            if os.path.isfile(path):
                return Path(path)
        names = self.names()
        hint = nearest(str(name_or_path), names)
        raise InputError(
            f"{where + ': ' if where else ''}there is no {self.word} {shown(str(name_or_path))}; "
            f"give a {self.suffix} file or one of {', '.join(names)}{'; ' if hint else ''}{hint}"
        )

    def shipped(self, name: str | Path) -> Path:
        """Return where the file of a name lies that ships, whether there is one or not."""
        return self.folder / f"{name}{self.suffix}"


def read_toml(path: Path) -> dict[str, Any]:
    """Return what a TOML file holds.

    Raises
    ------
    InputError
        It cannot be read, is no UTF-8 or no TOML.
    """
    text = ""
    try:
        # Some editors begin a text with a byte order mark.
        text = path.read_text(encoding="utf-8-sig")
        return tomllib.loads(text)
    except OSError as error:
        fault = f"cannot be read ({error.strerror})"
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
    """Refuse a recording that is not there, before anyone has waited for it."""
    if os.path.isdir(path):
        raise InputError(f"{path}: is a folder; give a recording in it")
    if not os.path.isfile(path):
        raise InputError(f"{path}: there is no such file")


def require_writable(path: Path) -> None:
    """Refuse a file that cannot be written, before the work that fills it. Nothing is made.

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
    """Refuse to write over an input, also through a link or another name.

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
        if real.exists():
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
    made = [parent for parent in folder.parents if not parent.exists()]
    # A folder that is there may be another disk, or the only place that may be written: then nothing lies beside it.
    beside = folder if folder.is_dir() else folder.parent
    try:
        beside.mkdir(parents=True, exist_ok=True)
        unfinished = Path(tempfile.mkdtemp(prefix=".unfinished-", dir=beside))
    except OSError as error:
        _remove_empty(made)
        raise InputError(f"{named}: cannot be written ({error.strerror})") from None
    try:
        yield unfinished
        folder.mkdir(exist_ok=True)
        _move_all(unfinished, folder)
    except OSError as error:
        raise InputError(f"{named}: cannot be written ({error.strerror or error}); nothing was changed") from None
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
