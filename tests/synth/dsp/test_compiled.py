"""A kernel kept on disk is that of its sources."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path
from types import FunctionType, ModuleType, SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest
from numba import TypingError, njit

from synth.dsp.compiled import _state, compiled, compiled_tree, with_kernels

CALLED = "from synth.dsp.compiled import compiled\nSIZE = {size}\n@compiled\ndef called(x):\n    return {factor} * x\n"
CALLER = "from synth.dsp.compiled import compiled\nfrom called import called, SIZE\n"


@pytest.fixture
def sources(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.syspath_prepend(tmp_path)
    yield tmp_path
    for name in ("called", "caller"):
        sys.modules.pop(name, None)


def caller(folder: Path, factor: int, size: int) -> ModuleType:
    """Return a module that calls a kernel of another one."""
    (folder / "called.py").write_text(CALLED.format(factor=factor, size=size))
    (folder / "caller.py").write_text(CALLER)
    for name in ("called", "caller"):
        sys.modules.pop(name, None)
    importlib.invalidate_caches()
    return importlib.import_module("caller")


def test_a_kernel_that_is_called_decides_the_folder(sources: Path) -> None:
    first, other, again = (_state(vars(caller(sources, factor, 1))) for factor in (2, 30, 2))
    assert first == again != other


def test_a_constant_of_another_module_decides_the_folder(sources: Path) -> None:
    names = vars(caller(sources, 2, 1))
    assert _state(names) != _state({**names, "SIZE": np.dtype([("a", np.int64)])})


def test_a_kernel_within_a_kernel_of_the_same_file_decides_the_folder(sources: Path) -> None:
    """As of effects: the loop over hops, what it plays and what that plays, of which the last is another file's."""
    words = []
    for factor in (2, 30):
        called = caller(sources, factor, 1).called
        middle = SimpleNamespace(py_func=FunctionType(shape.__code__, {"scaled": called}))
        outer = SimpleNamespace(py_func=FunctionType(shape.__code__, {"scaled": middle}))
        words.append(_state({"outer": outer}))
    assert words[0] != words[1]


@compiled
def twice(x: float) -> float:
    return 2.0 * x


@compiled
def thrice(x: float) -> float:
    return 3.0 * x


def shape(x: float) -> float:
    raise NotImplementedError


def shaped(x: float) -> float:
    return shape(x) + 1.0


def test_copies_of_a_function_call_their_own_kernels() -> None:
    assert [with_kernels(shaped, shape=kernel)(5.0) for kernel in (twice, thrice)] == [11.0, 16.0]


@compiled
def multiplied(count: int, x: float) -> float:
    return count * x


def names_integers(x: float) -> float:
    return multiplied(2, x) + multiplied(3, x) + multiplied(4, x)


def test_integers_that_callers_name_share_one_kernel() -> None:
    assert cast(Any, njit)(names_integers)(2.0) == 18.0
    assert len(cast(Any, multiplied).signatures) == 1


def half(x: float) -> float:
    return 0.5 * x


def halves_and_doubles(x: float) -> float:
    return half(half(x)) + twice(x)


def takes_memory(x: float) -> float:
    return float(np.zeros(3)[0] + twice(x))


def test_a_tree_of_plain_and_compiled_functions_is_compiled() -> None:
    tree = compiled_tree(halves_and_doubles)
    assert tree(8.0) == 18.0
    assert hasattr(tree, "py_func")
    assert compiled_tree(halves_and_doubles) is tree
    assert halves_and_doubles(8.0) == 18.0
    assert not hasattr(half, "py_func"), "it stays as it was written"


def test_a_tree_that_would_take_memory_is_refused() -> None:
    assert compiled(takes_memory)(1.0) == 2.0
    with pytest.raises(TypingError, match="built-in function zeros"):
        compiled_tree(takes_memory)(1.0)
