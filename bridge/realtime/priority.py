"""What makes a thread or a process of ours punctual: priorities, the garbage collector, memory. Standard library only.

Linux gives real-time priorities to those who may ask; where there are none, asking changes nothing.
"""

from __future__ import annotations

import contextlib
import gc
import os
from pathlib import Path

MADV_DONTNEED = 4

REMOTE_PRIORITY = 10
"""Real-time priority of remote control's threads, where it is allowed, under those of all that plays. On a machine that
is busy otherwise panic would wait its turn, and a stroke too: a thread that loses its processor keeps the interpreter's
lock."""


def is_real_time() -> bool:
    """Return whether the calling thread has a real-time priority."""
    return hasattr(os, "sched_getscheduler") and os.sched_getscheduler(0) in (os.SCHED_FIFO, os.SCHED_RR)


def ask_real_time(priority: int) -> bool:
    """Give the calling thread a real-time priority, unless it has one; return whether it has one now."""
    if hasattr(os, "sched_setscheduler") and not is_real_time():
        with contextlib.suppress(OSError):
            os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(priority))
    return is_real_time()


def real_time_allowed() -> bool:
    """Return whether a thread of this user may have a real-time priority; the calling thread keeps its own."""
    before, own = os.sched_getscheduler(0), os.sched_getparam(0)
    allowed = ask_real_time(os.sched_get_priority_min(os.SCHED_FIFO))
    os.sched_setscheduler(0, before, own)
    return allowed


def quiet_the_collector() -> None:
    """Collect what is garbage, freeze the rest and stop collecting: a full collection takes tens of milliseconds."""
    gc.collect()
    gc.freeze()
    gc.disable()


def let_go_of_the_compiler(maps: Path = Path("/proc/self/maps")) -> int:
    """Give the memory of LLVM's code back to the system, and return how many bytes; it is read again if it is needed.

    Loading a compiled kernel runs through 60 MB of LLVM, which playing never touches again. Only Linux tells where it
    is. Its other segments stay: the loader has written into them.
    """
    if not maps.exists():
        return 0
    import ctypes  # the children that own a port do without it

    libc, freed = ctypes.CDLL(None), 0
    for line in maps.read_text().splitlines():
        place, rights, *_, name = line.split(maxsplit=5)
        if "libllvmlite" in name and rights.startswith("r-x"):
            first, last = (int(end, 16) for end in place.split("-"))
            if libc.madvise(ctypes.c_void_p(first), ctypes.c_size_t(last - first), MADV_DONTNEED) == 0:
                freed += last - first
    return freed
