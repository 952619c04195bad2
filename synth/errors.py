"""The one error that a person can mend: what was given is wrong, and the text says how."""

from __future__ import annotations

import difflib
import re
import shlex
import sys
from collections.abc import Iterable, Mapping
from importlib.metadata import requires
from typing import Any, TypeVar

_T = TypeVar("_T")

LONGEST_SHOWN = 60
"""Characters of a wrong value that a sentence repeats."""

LONGEST_SAID = 200
"""Characters of another program's words that a sentence repeats."""

_END = 20
"""How many of these are its last ones: a path says most at its end."""


class InputError(Exception):
    """A recording, rig, bundle, message or device cannot be used.

    The text is one sentence that names the file and key, what was found and what is allowed.
    The command line prints it and exits with code 2; nothing else catches it.
    """


class MissingError(InputError):
    """A device, server or port is not there, and may come."""


def shown(value: Any) -> str:
    """Return a wrong value as a sentence repeats it.

    >>> shown("8" * 5000)
    "'888888888888888888888888888888888888...8888888888888888888'"
    """
    return shorter(repr(value))


def shorter(text: str, longest: int = LONGEST_SHOWN) -> str:
    """Return a text without its middle if it is longer than a sentence should repeat."""
    return text if len(text) <= longest else f"{text[: longest - _END - 3]}...{text[-_END:]}"


def spelt(text: str) -> str:
    r"""Return a text as one line in which whatever a terminal would obey (line ends, escapes) is spelt out.

    >>> spelt("take\n\x1b[31m.wav")
    'take\\n\\x1b[31m.wav'
    """
    return text if text.isprintable() else "".join(one if one.isprintable() else repr(one)[1:-1] for one in text)


def said(words: object) -> str:
    r"""Return what another program says of a file as one sentence repeats it: `spelt` and `shorter`.

    >>> said("bell" + chr(7)), len(said("7" * 5000))
    ('bell\\x07', 200)
    """
    return shorter(spelt(str(words)), LONGEST_SAID)


def how_to_install(extra: str) -> str:
    """Return the command that installs what an extra of this package needs, for the Python that runs.

    No name of ours is asked for at a package index: a copy of the repository may be all that there is.

    >>> how_to_install("train").partition(" -m ")[2]
    "pip install 'torch>=2.4'"
    """
    marked = (one.partition(";") for one in requires("ghostnote") or ())
    needed = [package.strip() for package, _, marker in marked if re.search(rf"extra == .{extra}\W", marker)]
    return shlex.join([sys.executable, "-m", "pip", "install", *needed])


def counted_noun(count: int, noun: str) -> str:
    """Return a count with its noun, in the right number.

    >>> counted_noun(1, "stroke"), counted_noun(0, "stroke"), counted_noun(2, "loss")
    ('1 stroke', '0 strokes', '2 losses')
    """
    return f"{count} {noun}" if count == 1 else f"{count} {noun}{'es' if noun.endswith('s') else 's'}"


def entry_named(table: Mapping[str, _T], name: str, kind: str) -> _T:
    """Return the entry of that name; `InputError` says that there is no such ``kind``, and which there are."""
    if name not in table:
        raise InputError(f"there is no {kind} {shown(name)}; {choices(name, table)}")
    return table[name]


def choices(word: str, known: Iterable[str], lead: str = "there are") -> str:
    """Return the names that there are and, if any is near, those that were probably meant: the end of a sentence.

    >>> choices("cutof", ["cutoff", "level"])
    "there are cutoff, level; did you mean 'cutoff'?"
    """
    names = list(known)
    return "; ".join(filter(None, [f"{lead} {', '.join(names)}", nearest(word, names)]))


def nearest(word: str, known: Iterable[str]) -> str:
    """Return the names that were probably meant, as a question; empty if none is near.

    >>> nearest("cutof", ["cutoff", "unit.cutoff", "level"])
    "did you mean 'cutoff' or 'unit.cutoff'?"
    """
    found = difflib.get_close_matches(word[:LONGEST_SHOWN], known, n=3)
    return f"did you mean {' or '.join(map(repr, found))}?" if found else ""
