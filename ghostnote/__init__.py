"""Ghostnote as a library: the names that a program or a notebook needs, from one place.

    import ghostnote

    heard = ghostnote.hear([ghostnote.read_recording(Path("take.wav"))])

The page ``docs/python.md`` lists them with examples. This package defines nothing itself: each name is loaded from its
own module when it is first used, so importing `ghostnote` is quick and loads no torch.
"""

from __future__ import annotations

import ast
from importlib import import_module
from pathlib import Path
from typing import Any

from ghostnote.location import require_own_packages

require_own_packages()


def _sources(stub: Path) -> dict[str, tuple[str, str]]:
    """Return each name with its module and the name that it has there, as the stub imports them."""
    body = ast.parse(stub.read_text(encoding="utf-8")).body
    return {
        alias.asname or alias.name: (node.module or "", alias.name)
        for node in body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }


_SOURCES = _sources(Path(__file__).with_suffix(".pyi"))

__all__ = sorted(_SOURCES)


def __getattr__(name: str) -> Any:
    """Load a name from its module."""
    if name not in _SOURCES:
        raise AttributeError(f"module 'ghostnote' has no name '{name}'; docs/python.md lists those that it has")
    # A rig may name any target, whatever is done with it: each is registered when this module is loaded.
    import_module("bridge.targets.dispatch")
    module, original = _SOURCES[name]
    try:
        found = getattr(import_module(module), original)
    except ModuleNotFoundError as error:
        if error.name != "torch":
            raise
        raise ImportError(_without_torch(name), name=error.name) from None
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    """Return the names of the face."""
    return __all__


def _without_torch(name: str) -> str:
    """Return what the commands say where the extra is missing, with the name that was asked for."""
    from bridge.learning.lesson import require_torch
    from synth.errors import InputError

    try:
        require_torch()
    except InputError as error:
        return f"ghostnote.{name}: {error}"
    return f"ghostnote.{name}: PyTorch cannot be loaded"
