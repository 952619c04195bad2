"""OSC address patterns name addresses, in bounded time."""

from __future__ import annotations

import fnmatch
import random
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from bridge.osc.patterns import LONGEST_PATTERN, AddressTree, matches


@pytest.mark.parametrize(
    ("pattern", "names", "others"),
    [
        ("*", ["", "snare"], []),
        ("s*e", ["se", "snare"], ["snares", "tom"]),
        ("??m", ["tom"], ["tm", "toms"]),
        ("[a-c]1", ["a1", "c1"], ["d1", "-1"]),
        ("[!a-c]1", ["d1"], ["a1"]),
        ("[a-]1", ["a1", "-1"], ["b1"]),
        ("{kick,tom}?", ["kick2", "tom1"], ["kick", "snare1"]),
        ("{a,ab}b", ["ab", "abb"], ["b"]),
        ("{,a}b", ["b", "ab"], ["aab"]),
        ("*[12].{freq,mod}", ["osc1.freq", "osc2.mod"], ["osc3.freq", "osc1.gain"]),
        ("a[", [], ["a[", "a"]),
        ("a{b", [], ["ab"]),
    ],
)
def test_a_pattern_names_what_osc_says(pattern: str, names: list[str], others: list[str]) -> None:
    assert [name for name in [*names, *others] if matches(pattern, name)] == names


@pytest.mark.parametrize("seed", range(30))
def test_stars_and_question_marks_are_those_of_a_shell(seed: int) -> None:
    dice = random.Random(seed)
    pattern = "".join(dice.choice("ab*?") for _ in range(dice.randrange(7)))
    for _ in range(50):
        name = "".join(dice.choice("ab") for _ in range(dice.randrange(7)))
        assert matches(pattern, name) == fnmatch.fnmatchcase(name, pattern)


def test_a_part_of_a_pattern_stays_within_a_part_of_an_address() -> None:
    tree = AddressTree(["/drum/snare/amount", "/drum/amount", "/state/level"])
    assert tree.find("/drum/*/amount") == ["/drum/snare/amount"]
    assert tree.find("/*/amount") == ["/drum/amount"]
    assert tree.find("/drum*") == []
    assert tree.find("/" + "*" * LONGEST_PATTERN) == []


@contextmanager
def counted_calls() -> Iterator[list[int]]:
    """Count the calls of Python functions: a measure of work that no busy machine changes."""
    calls = [0]

    def count(*_: object) -> None:
        calls[0] += 1

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        yield calls
    finally:
        sys.setprofile(before)


def test_a_pattern_of_many_stars_costs_no_more_than_its_length() -> None:
    tree = AddressTree(f"/drum/{'a' * 40}{index}/amount" for index in range(100))
    with counted_calls() as calls:
        assert tree.find("/drum/" + "*a" * 40 + "*b/amount") == []
    assert calls[0] < 100_000
