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


def compiled_fused(kernel: Callable[_P, _R]) -> Callable[_P, _R]:
    """Return ``kernel`` compiled with multiply-adds in one step: for learning, where no block has to match another."""
    return cast(
        Callable[_P, _R], numba.njit(cache=True, nogil=True, error_model="numpy", fastmath={"contract"})(kernel)
    )


def compiled_freely(kernel: Callable[_P, _R]) -> Callable[_P, _R]:
    """Return ``kernel`` compiled so that, besides, long sums may be added up in any order."""
    freedom = {"contract", "reassoc", "nsz"}
    return cast(Callable[_P, _R], numba.njit(cache=True, nogil=True, error_model="numpy", fastmath=freedom)(kernel))
