"""Compile a kernel: the door to numba.

Kernels run without the GIL, are kept compiled on disk, and follow the rules of floating point to the letter, so their
results do not depend on how the compiler cuts a loop.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from functools import cache
from hashlib import sha256
from pathlib import Path
from types import FunctionType
from typing import Any, ParamSpec, TypeVar, cast

import numba
import numpy as np

_P = ParamSpec("_P")
_R = TypeVar("_R")

_config = cast(Any, numba.config)  # its names are made when it is imported, unseen by a type checker
_CACHE = Path(
    _config.CACHE_DIR or Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "ghostnote" / "kernels"
)
_folders: dict[str, Path] = {}
_FREELY = {"contract", "reassoc", "nsz"}
_CONSTANT = (int, float, np.generic, np.dtype)


def _cache_folder(kernel: Callable[..., Any]) -> Path:
    """Return where the kernels of a module are kept.

    numba compiles a kernel again when its own file changes, but not when a kernel that it calls or a constant that it
    uses changes in another file. So each state of those, all imported before the module's first kernel, has a folder of
    its own.
    """
    if kernel.__module__ not in _folders:
        _folders[kernel.__module__] = _CACHE / _state(kernel.__globals__)
    return _folders[kernel.__module__]


def _state(names: Mapping[str, Any]) -> str:
    """Return a word for the state of all kernels and constants among ``names``, and of all that those kernels name."""
    parts: set[bytes] = set()
    seen: set[int] = set()
    files: set[str] = set()
    waiting = [names]
    while waiting:
        for name, value in waiting.pop().items():
            kernel = getattr(value, "py_func", None)
            if isinstance(value, _CONSTANT):
                parts.add(f"{name}={value!r}".encode())
            elif isinstance(value, np.ndarray):
                parts.add(name.encode() + value.tobytes())
            elif kernel is not None and id(kernel) not in seen:
                # Each kernel, not each file: copies of one function may name different kernels.
                seen.add(id(kernel))
                waiting.append(kernel.__globals__)
                if kernel.__code__.co_filename not in files:
                    files.add(kernel.__code__.co_filename)
                    parts.add(Path(kernel.__code__.co_filename).read_bytes())
    return sha256(b"".join(sorted(parts))).hexdigest()[:12]


def _compile(kernel: Callable[_P, _R], folder: Path | None = None, **options: Any) -> Callable[_P, _R]:
    _config.CACHE_DIR = str(folder or _cache_folder(kernel))
    options = {"error_model": "numpy", **options}
    return cast(Callable[_P, _R], _for_any_integer(numba.njit(cache=True, nogil=True, **options)(kernel)))


def _for_any_integer(kernel: Any) -> Any:
    """Let a kernel be compiled once for all integers that its callers name.

    numba would compile it, and all that it calls, for each integer that stands in a call, as in ``set_burst(c, 3, x)``.
    """
    template_for = kernel.get_call_template

    def get_call_template(args: tuple[Any, ...], keywords: dict[str, Any]) -> Any:
        return template_for([_plain(one) for one in args], {name: _plain(one) for name, one in keywords.items()})

    kernel.get_call_template = get_call_template
    return kernel


def _plain(kind: Any) -> Any:
    return kind.literal_type if isinstance(kind, numba.types.IntegerLiteral) else kind


def with_kernels(template: Callable[_P, _R], **kernels: Callable[..., Any]) -> Callable[_P, _R]:
    """Return a compiled copy of a plain function in which some names of its module stand for other kernels.

    numba keeps no function on disk that takes kernels as arguments or closes over them, since it cannot tell them from
    those of another process. A copy is told apart by its name, which holds the names of its kernels, and by its folder,
    which their sources decide.
    """
    copy = _with_names(template, kernels)
    return _compile(cast(Callable[_P, _R], copy), _CACHE / _state(copy.__globals__))


def exact_tree_with_kernels(template: Callable[_P, _R], **kernels: Callable[..., Any]) -> Callable[_P, _R]:
    """Return what `compiled_exact_tree` does of a function in which some names stand for other kernels."""
    return cast(Callable[_P, _R], _tree(_with_names(template, kernels), False))


def _with_names(template: Callable[..., Any], kernels: Mapping[str, Callable[..., Any]]) -> FunctionType:
    copy = FunctionType(template.__code__, {**template.__globals__, **kernels}, template.__name__)
    own = (f"{kernel.__module__}.{kernel.__qualname__}" for kernel in kernels.values())
    copy.__qualname__ = "_of_".join([template.__name__, *own])
    return copy


def compiled_tree(function: Callable[_P, _R]) -> Callable[_P, _R]:
    """Return a copy of a function, and of all that it calls by a name of its module, compiled as by `compiled_freely`.

    So formulas can be written, imported and tried without a compiler. None of them can take memory: the compiler
    refuses what would. As it then counts no references, which is atomic, a slice costs next to nothing.

    Parameters
    ----------
    function : callable
        Plain or compiled, as is what it calls.
    """
    return cast(Callable[_P, _R], _tree(cast(FunctionType, function), True))


def compiled_exact_tree(function: Callable[_P, _R]) -> Callable[_P, _R]:
    """Return what `compiled_tree` does, compiled to the letter: for what is given blocks of any length."""
    return cast(Callable[_P, _R], _tree(cast(FunctionType, function), False))


@cache
def _tree(function: FunctionType, freely: bool) -> Callable[..., Any]:
    names = dict(function.__globals__)
    for name in function.__code__.co_names:
        called = getattr(names.get(name), "py_func", names.get(name))
        if isinstance(called, FunctionType):
            names[name] = _tree(called, freely)
    copy = FunctionType(function.__code__, names, function.__name__, function.__defaults__)
    copy.__qualname__ = f"{function.__qualname__}_{'tree' if freely else 'exact_tree'}"
    folder = _CACHE / _state({name: names[name] for name in function.__code__.co_names if name in names})
    options: dict[str, Any] = {"fastmath": _FREELY} if freely else {}
    return _compile(copy, folder, _nrt=False, **options)


def compiled(kernel: Callable[_P, _R]) -> Callable[_P, _R]:
    """Return ``kernel`` compiled at its first call."""
    return _compile(kernel)


def compiled_fused(kernel: Callable[_P, _R]) -> Callable[_P, _R]:
    """Return ``kernel`` compiled with multiply-adds in one step: for learning, where no block has to match another."""
    return _compile(kernel, fastmath={"contract"})


def compiled_freely(kernel: Callable[_P, _R]) -> Callable[_P, _R]:
    """Return ``kernel`` compiled so that, besides, long sums may be added up in any order."""
    return _compile(kernel, fastmath=_FREELY)


def compiled_loosely(kernel: Callable[_P, _R]) -> Callable[_P, _R]:
    """Return ``kernel`` compiled as by `compiled_freely`, with reciprocals for divisions; a division by 0 raises."""
    return _compile(kernel, fastmath={"contract", "reassoc", "nsz", "arcp"}, error_model="python")


def inlined(kernel: Callable[_P, _R]) -> Callable[_P, _R]:
    """Return ``kernel`` as a part of whichever kernel calls it."""
    return cast(Callable[_P, _R], numba.njit(inline="always")(kernel))
