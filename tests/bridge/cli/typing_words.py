"""What a command answers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Done:
    code: int
    stdout: str
    stderr: str


Type = Callable[..., Done]
