"""Compile a kernel: the door to numba.

Kernels run without the GIL, are kept compiled on disk, and follow the rules of floating point to the letter, so their
results do not depend on how the compiler cuts a loop.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any, ParamSpec, TypeVar, cast

import numba

_P = ParamSpec("_P")
_R = TypeVar("_R")

_config = cast(Any, numba.config)  # its names are made when it is imported, unseen by a type checker
_CACHE = Path(
    _config.CACHE_DIR or Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "ghostnote" / "kernels"
)
_folders: dict[str, Path] = {}


def taken_in(names: Mapping[str, Any]) -> set[str]:
    """Return the source files of all kernels among ``names``, a module's globals, and of those that they call."""
    files: set[str] = set()
    waiting = [names]
    while waiting:
        for value in waiting.pop().values():
            kernel = getattr(value, "py_func", None)
            if kernel is not None and kernel.__code__.co_filename not in files:
                files.add(kernel.__code__.co_filename)
                waiting.append(kernel.__globals__)
    return files


def _cache_folder(kernel: Callable[..., Any]) -> Path:
    """Return where the kernels of a module are kept.

    numba compiles a kernel again when its own file changes, but not when a kernel that it calls changes in another
    file. So each state of those files, all imported before the module's first kernel, has a folder of its own.
    """
    if kernel.__module__ not in _folders:
        sources = (Path(file).read_bytes() for file in sorted(taken_in(kernel.__globals__)))
        _folders[kernel.__module__] = _CACHE / sha256(b"".join(sources)).hexdigest()[:12]
    return _folders[kernel.__module__]


def _compile(kernel: Callable[_P, _R], **options: Any) -> Callable[_P, _R]:
    _config.CACHE_DIR = str(_cache_folder(kernel))
    options = {"error_model": "numpy", **options}
    return cast(Callable[_P, _R], numba.njit(cache=True, nogil=True, **options)(kernel))


def compiled(kernel: Callable[_P, _R]) -> Callable[_P, _R]:
    """Return ``kernel`` compiled at its first call."""
    return _compile(kernel)


def compiled_fused(kernel: Callable[_P, _R]) -> Callable[_P, _R]:
    """Return ``kernel`` compiled with multiply-adds in one step: for learning, where no block has to match another."""
    return _compile(kernel, fastmath={"contract"})


def compiled_freely(kernel: Callable[_P, _R]) -> Callable[_P, _R]:
    """Return ``kernel`` compiled so that, besides, long sums may be added up in any order."""
    return _compile(kernel, fastmath={"contract", "reassoc", "nsz"})


def compiled_loosely(kernel: Callable[_P, _R]) -> Callable[_P, _R]:
    """Return ``kernel`` compiled as by `compiled_freely`, with reciprocals for divisions; a division by 0 raises."""
    return _compile(kernel, fastmath={"contract", "reassoc", "nsz", "arcp"}, error_model="python")


def inlined(kernel: Callable[_P, _R]) -> Callable[_P, _R]:
    """Return ``kernel`` as a part of whichever kernel calls it."""
    return cast(Callable[_P, _R], numba.njit(inline="always")(kernel))
