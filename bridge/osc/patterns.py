"""OSC address patterns: ``?``, ``*``, ``[a-z]``, ``[!a-z]`` and ``{this,that}``, each within one part of an address.

The network may send any pattern. A regular expression of several ``*`` can take exponential time, so a part is matched
by the set of places that it can have reached, kept as the bits of an integer: one step for each item of the pattern.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import lru_cache

SPECIAL = "?*[{"
LONGEST_PATTERN = 128
"""Characters; a longer one matches nothing."""

_Step = Callable[[int, str], int]
"""Takes the places reached so far in a name, as bits, and the name; returns those that are reached next."""


def is_pattern(address: str) -> bool:
    """Return whether an address stands for several.

    >>> is_pattern("/drum/*/amount"), is_pattern("/drum/snare/amount")
    (True, False)
    """
    return any(mark in address for mark in SPECIAL)


class AddressTree:
    """The addresses that patterns may name.

    Parameters
    ----------
    addresses : iterable of str
        Each begins with ``/``.

    Examples
    --------
    >>> tree = AddressTree(["/drum/snare/amount", "/drum/tom/amount", "/drum/tom/model"])
    >>> tree.find("/drum/{kick,tom}/a*")
    ['/drum/tom/amount']
    """

    def __init__(self, addresses: Iterable[str]) -> None:
        self._parts = [(address, address.split("/")[1:]) for address in addresses]

    def find(self, pattern: str) -> list[str]:
        """Return the addresses that a pattern names, in their order; none where it is too long or makes no sense."""
        if len(pattern) > LONGEST_PATTERN:
            return []
        wanted = pattern.split("/")[1:]
        found: dict[tuple[int, str], bool] = {}

        def fits(index: int, name: str) -> bool:
            # A kit has hundreds of addresses and few names: each is compared once.
            if (index, name) not in found:
                found[index, name] = matches(wanted[index], name)
            return found[index, name]

        return [
            address
            for address, parts in self._parts
            if len(parts) == len(wanted) and all(fits(index, name) for index, name in enumerate(parts))
        ]


def matches(pattern: str, name: str) -> bool:
    """Return whether a part of a pattern names a part of an address.

    >>> matches("osc[1-2].*", "osc1.freq"), matches("osc[!1]*", "osc1.freq"), matches("a{", "a{")
    (True, False, False)
    """
    steps = _steps(pattern)
    if steps is None:
        return False
    places = 1
    for step in steps:
        places = step(places, name)
        if not places:
            return False
    return bool(places >> len(name) & 1)


@lru_cache(maxsize=256)
def _steps(pattern: str) -> tuple[_Step, ...] | None:
    """Return what a part of a pattern asks for, item by item; None where it is malformed."""
    steps: list[_Step] = []
    place = 0
    while place < len(pattern):
        mark, close = pattern[place], {"[": "]", "{": "}"}.get(pattern[place])
        if close is None:
            steps.append({"*": _any_number, "?": _any_one}.get(mark) or _literally(mark))
            place += 1
            continue
        end = pattern.find(close, place + 1)
        if end < 0:
            return None
        inside = pattern[place + 1 : end]
        steps.append(_one_of(inside) if mark == "[" else _either(inside.split(",")))
        place = end + 1
    return tuple(steps)


def _any_number(places: int, name: str) -> int:
    lowest = (places & -places).bit_length() - 1
    return (2 << len(name)) - (1 << lowest)


def _any_one(places: int, name: str) -> int:
    return (places << 1) & ((2 << len(name)) - 1)


def _literally(character: str) -> _Step:
    return lambda places, name: (places & _where(name, character)) << 1


def _either(words: list[str]) -> _Step:
    def step(places: int, name: str) -> int:
        reached = 0
        for word in words:
            here = places
            for character in word:
                here = (here & _where(name, character)) << 1
            reached |= here
        return reached

    return step


def _one_of(inside: str) -> _Step:
    negated = inside.startswith("!")
    characters = _characters(inside[negated:])

    def step(places: int, name: str) -> int:
        fitting = sum(1 << index for index, one in enumerate(name) if (one in characters) != negated)
        return (places & fitting) << 1

    return step


def _characters(inside: str) -> frozenset[str]:
    """Return the characters of a bracket's inside; ``a-z`` stands for all between, a ``-`` at an end for itself."""
    found: set[str] = set()
    place = 0
    while place < len(inside):
        first, last = inside[place], inside[place]
        if inside[place + 1 : place + 2] == "-" and place + 2 < len(inside):
            last = inside[place + 2]
            place += 2
        place += 1
        # A range of all of Unicode would be a million characters; addresses are ASCII.
        found |= {chr(code) for code in range(min(ord(first), 128), min(ord(last), 127) + 1)} | {first}
    return frozenset(found)


@lru_cache(maxsize=4096)
def _where(name: str, character: str) -> int:
    """Return the places of a character in a name, as bits."""
    return sum(1 << index for index, one in enumerate(name) if one == character)
