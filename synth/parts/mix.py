"""A sum as a part: where a voice's branches meet and nothing bends them."""

from __future__ import annotations

from typing import Any


def play_mix(given: Any, out: Any) -> None:
    """Write what it is given."""
    for i in range(len(out)):
        out[i] = given[i]


def slopes_mix(pull: Any, pull_given: Any) -> None:
    """Add the pull on what was given."""
    for i in range(len(pull)):
        pull_given[i] += pull[i]
