"""A kernel kept on disk is that of its sources."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from synth.dsp.compiled import _state, compiled, with_kernels

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
