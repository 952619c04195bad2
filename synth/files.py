"""Files that ship, found by name, and TOML, read with one sentence for every fault.

What is read comes through the door, `synth.reading`; what is written goes by `synth.outputs`.

``config/`` and ``docs/`` lie beside the packages in a checkout, inside ``synth/`` in a wheel.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from synth.errors import InputError, choices, shown
from synth.reading import SETTINGS_FILE, read_file, what_else
from synth.toml_hints import toml_hint

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
        """Return the names of the files that ship, sorted; numbers in them count as numbers."""
        return tuple(sorted((path.stem for path in self.folder.glob(f"*{self.suffix}")), key=_counted))

    def find(
        self,
        name_or_path: str | Path,
        where: str = "",
        beside: Path = Path(),
        fitting: Callable[[], Iterable[str]] | None = None,
    ) -> Path:
        """Return the file that a person named; a path goes first, and ``~`` is a home.

        A relative path is seen from ``beside``: the folder of the file that names it, or the one that a person works
        in. ``where`` begins the sentence of the error, which lists the names that ship, or only the ``fitting`` ones.

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
            f"{choices(str(name_or_path), (fitting or self.names)(), f'give a {self.suffix} file or one of')}"
        )

    def shipped(self, name: str | Path) -> Path:
        """Return where the file of a name lies that ships, whether there is one or not."""
        return self.folder / f"{name}{self.suffix}"


def _counted(name: str) -> list[tuple[int, str]]:
    """Return what sorts a name among others, so that 5 comes before 10."""
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in re.split(r"(\d+)", name)]


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
