"""Compile a kernel of a voice: the door to numba.

Kernels run without the GIL, are kept compiled on disk, and follow the rules of floating point to the letter, so their
results do not depend on how the compiler cuts a loop. The cache of a kernel is renewed when its own file changes: after
an edit of `synth.formulas` or `synth.noise`, which kernels elsewhere take in, delete the ``__pycache__`` folders.
"""

from collections.abc import Callable
from typing import ParamSpec, TypeVar, cast

import numba

_P = ParamSpec("_P")
_R = TypeVar("_R")


def compiled(kernel: Callable[_P, _R]) -> Callable[_P, _R]:
    """Return ``kernel`` compiled at its first call."""
    return cast(Callable[_P, _R], numba.njit(cache=True, nogil=True, error_model="numpy")(kernel))


def compiled_freely(kernel: Callable[_P, _R]) -> Callable[_P, _R]:
    """Return ``kernel`` compiled so that sums may be reordered and multiply-adds fused: fast, for learning only."""
    freedom = {"reassoc", "contract", "nsz", "arcp"}
    return cast(Callable[_P, _R], numba.njit(cache=True, nogil=True, error_model="numpy", fastmath=freedom)(kernel))
