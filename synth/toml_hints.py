"""What was probably meant where a file is no TOML: hints for the slips that people make, read off the faulty line."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable

from synth.errors import said

_PLACE = re.compile(r" \(at line (\d+), column \d+\)$")
_ENTRY = re.compile(r"^\s*(?P<key>[\w.\"' -]+?)\s*=\s*(?P<value>.*?)\s*(?:#.*)?$")
_NUMBER = r"[+-]?\d+(?:[.]\d+)?"

_VALUES: tuple[tuple[str, Callable[[str], str]], ...] = (
    (r"[+-]?\d+,\d+\b(?!.*,.*,).*", lambda value: f"a decimal point, not a comma: {value.replace(',', '.', 1)}"),
    (r"(?i:true|yes|on)", lambda _: "true, in small letters and without quotes"),
    (
        r"(?i:false|no|off|none|null)",
        lambda _: "false, in small letters and without quotes; leave a key out to unset it",
    ),
    (rf"({_NUMBER})\s*[A-Za-z%]+", lambda value: f"the number alone, without its unit: {_leading_number(value)}"),
    (r"[+-]?[.]\d+", lambda value: f"a digit before the point: {value.replace('.', '0.', 1)}"),
    (r"[+-]?\d+[.]", lambda value: f"a digit after the point: {value}0"),
    (r"[+-]?0\d+", lambda value: f"the number without leading zeros: {int(value)}"),
    (r"[A-Za-z~/.][^\"'\[\]{}]*", lambda value: f'text in quotes: "{value}"'),
    (r'".*\\.*"', lambda value: f"a backslash in single quotes, where it means itself: '{value[1:-1]}'"),
)
"""Pattern of a value that is no TOML, and what to write in its place."""

_SIGNS = {
    **dict.fromkeys("\u201c\u201d\u201e\u00ab\u00bb", '"'),
    **dict.fromkeys("\u2018\u2019", "'"),
    **dict.fromkeys("\u2212\u2013\u2014", "-"),
    **dict.fromkeys("\u00a0\u2009", "a space"),
    "\u200b": "nothing",
}
"""Signs that a word processor or a web page puts in, and what TOML has for them."""


def _leading_number(value: str) -> str:
    found = re.match(_NUMBER, value)
    return found[0] if found else value


def toml_hint(text: str, error: tomllib.TOMLDecodeError) -> str:
    """Return what was probably meant, as an order and no longer than a line; empty where nobody can tell.

    Parameters
    ----------
    text : str
        The file's.
    error : tomllib.TOMLDecodeError
        What the reader said of it.

    Examples
    --------
    >>> try:
    ...     tomllib.loads("gain_db = -3,0")
    ... except tomllib.TOMLDecodeError as error:
    ...     toml_hint("gain_db = -3,0", error)
    'write a decimal point, not a comma: -3.0'
    """
    return said(_hint(text, str(error)))


def _hint(text: str, words: str) -> str:
    if "Cannot overwrite" in words:
        return "remove one: a key stands twice in its table"
    if found := re.search(r"Cannot declare \((.*)\) twice", words):
        name = ".".join(re.findall(r"'([^']*)'", found[1]))
        return f"write [[{name}]] where there are several: [{name}] stands twice"
    place = _PLACE.search(words)
    lines = text.splitlines()
    if place is None:  # the reader came to the end of the file
        last = next((line for line in reversed(lines) if line.strip()), "")
        unfinished = re.search(r"=\s*$", last)
        return _hint_of_line(last, words) if unfinished else "close the quote or bracket that the file leaves open"
    return _hint_of_line(lines[int(place[1]) - 1] if int(place[1]) <= len(lines) else "", words)


def _hint_of_line(line: str, words: str) -> str:
    """Return what was probably meant on a line."""
    for sign in line.partition("#")[0]:
        if sign in _SIGNS:
            return f"write {_SIGNS[sign]} in place of {sign!r}, which TOML does not know"
    if re.match(r"^\s*(//|;|--)", line):
        return "begin a comment with #"
    entry = _ENTRY.match(line)
    if entry is None:
        return _hint_of_key(line)
    for pattern, wanted in _VALUES:
        if re.fullmatch(pattern, entry["value"]):
            return f"write {wanted(entry['value'])}"
    if "string" in words or line.count('"') % 2:
        return "close the quote"
    return "" if entry["value"] else f"write a value behind {entry['key'].strip()} ="


def _hint_of_key(line: str) -> str:
    """Return what was probably meant by a line that sets no key."""
    if found := re.match(r"^\s*([\w.-]+)\s*:\s*(.+)$", line):
        return f"write {found[1]} = {found[2]}"
    if found := re.match(r"^\s*(\[+)([\w.\"-]+)(\]*)\s*$", line):
        return f"close the brackets: {found[1]}{found[2]}{']' * len(found[1])}"
    if found := re.match(r"^\s*([\w.-]+)\s+(\S.*)$", line):
        return f"write {found[1]} = {found[2]}"
    return "write key = value"
