"""Compile a kernel: the door to numba.

Kernels run without the GIL, are kept compiled on disk, and follow the rules of floating point to the letter, so their
results do not depend on how the compiler cuts a loop.
"""

import os
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any, ParamSpec, TypeVar, cast

import numba

_P = ParamSpec("_P")
_R = TypeVar("_R")

SHARED_SOURCES = (
    "synth/compiled.py",
    "synth/formulas.py",
    "synth/noise.py",
    "synth/circuit.py",
    "bridge/onset_bands.py",
    "bridge/onset_networks.py",
    "bridge/onset_leaks.py",
)
"""What kernels in other files take in. numba renews a kernel when its own file changes, but not when these do."""


def cache_folder() -> Path:
    """Return where compiled kernels are kept: a folder of its own for each state of the shared sources."""
    here = Path(__file__).parent.parent
    state = sha256(b"".join((here / name).read_bytes() for name in SHARED_SOURCES)).hexdigest()[:12]
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "ghostnote" / f"kernels-{state}"


_config = cast(Any, numba.config)  # its names are made when it is imported, unseen by a type checker
if not _config.CACHE_DIR:
    _config.CACHE_DIR = str(cache_folder())


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
