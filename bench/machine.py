"""Say on what a benchmark ran: processor, versions, seed, load."""

from __future__ import annotations

import os
import platform
from importlib import metadata
from pathlib import Path

_LIBRARIES = ("numpy", "scipy", "numba", "torch")


def heading(seed: int) -> str:
    """Return the lines that stand above a benchmark's table."""
    versions = ", ".join(f"{name} {metadata.version(name)}" for name in _LIBRARIES)
    load = os.getloadavg()[0]
    return (
        f"{processor()}, {os.cpu_count()} cores, {platform.system()}; load {load:.1f} at the start; seed {seed}\n"
        f"Python {platform.python_version()}, {versions}"
    )


def processor() -> str:
    """Return the processor's name as the system gives it."""
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.is_file():
        for line in cpuinfo.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
