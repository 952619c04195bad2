"""What every program here says and asks: the machine above its table, lines of the table, options."""

from __future__ import annotations

import gc
import os
import platform
from argparse import ArgumentParser, ArgumentTypeError, Namespace, RawDescriptionHelpFormatter
from collections.abc import Iterable, Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np
import psutil
from numpy.typing import ArrayLike

_LIBRARIES = ("numpy", "scipy", "numba", "torch")


def asked(doc: str | None, words: Sequence[str] | None, *places: str, **options: tuple[Any, str]) -> Namespace:
    """Read a program's command line.

    Parameters
    ----------
    doc : str
        The program's own docstring.
    words : sequence of str, optional
        Without them those that the program was started with.
    *places : str
        Arguments that must be given, in order.
    **options : (default, str)
        A default, whose type counts, and what the option means; `folder` for a folder that has to exist, and
        `needed_folder` for one without which there is nothing to do.
    """
    parser = ArgumentParser(description=doc, formatter_class=RawDescriptionHelpFormatter)
    for name in places:
        parser.add_argument(name)
    for name, (default, meaning) in options.items():
        flag = f"--{name.replace('_', '-')}"
        if isinstance(default, bool):
            parser.add_argument(flag, action="store_true", help=meaning)
        elif default in (folder, needed_folder):
            needed = default is needed_folder
            parser.add_argument(flag, type=default, metavar="FOLDER", help=meaning, required=needed)
        else:
            parser.add_argument(flag, type=type(default), default=default, help=f"{meaning} (default: {default})")
    return parser.parse_args(words)


def folder(name: str) -> Path:
    """Return a folder that exists."""
    if not Path(name).is_dir():
        raise ArgumentTypeError(f"there is no folder {name}; leave the option out to measure our own drummer's takes")
    return Path(name)


def needed_folder(name: str) -> Path:
    """Return a folder that exists, where nothing can stand in for it."""
    if not Path(name).is_dir():
        raise ArgumentTypeError(f"there is no folder {name}")
    return Path(name)


def heading(seed: int) -> str:
    """Return what stands above a table: processor, load, seed, versions."""
    versions = ", ".join(f"{name} {metadata.version(name)}" for name in _LIBRARIES)
    load = os.getloadavg()[0]
    return (
        f"{_processor()}, {os.cpu_count()} cores, {platform.system()}; load {load:.1f} at the start; seed {seed}\n"
        f"Python {platform.python_version()}, {versions}"
    )


def _processor() -> str:
    """Return the processor's name as the system gives it."""
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text().splitlines() if cpuinfo.is_file() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def line(*cells: object) -> None:
    """Print a line of a table in Markdown."""
    print(f"| {' | '.join(map(str, cells))} |", flush=True)


def head(*cells: object) -> None:
    """Print the head of a table."""
    line(*cells)
    print("|---" * len(cells) + "|")


def percentiles(values: ArrayLike, at: Iterable[float], form: str = ".2f") -> list[str]:
    """Return percentiles of values as cells, empty ones where there are no values."""
    if not np.size(values):
        return ["" for _ in at]
    return [format(value, form) for value in np.percentile(np.asarray(values, dtype=np.float64), list(at))]


def resident_mb() -> float:
    """Return the memory of this process, MB."""
    gc.collect()
    return float(psutil.Process().memory_info().rss / 1e6)
