"""Run a command in a process of its own; measure its time and its memory."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass

BETWEEN = """
import os, subprocess, sys
process = subprocess.Popen(sys.argv[1:])
_, status, usage = os.wait4(process.pid, 0)
print(os.waitstatus_to_exitcode(status), usage.ru_maxrss, file=sys.stderr)
"""
"""Linux counts into a process's largest size that of its parent when it began: so a small process starts the command.
Without it every command was at least as large as the benchmark itself."""


@dataclass(frozen=True, slots=True)
class Measured:
    """What a command did.

    Parameters
    ----------
    code : int
        Its exit code.
    said : str
        What it printed.
    seconds : float
        How long it took.
    peak_mb : float
        The largest resident size of its process.
    """

    code: int
    said: str
    seconds: float
    peak_mb: float


def measured(command: Sequence[str]) -> Measured:
    """Run a command and measure it."""
    began_s = time.monotonic()
    done = subprocess.run([sys.executable, "-c", BETWEEN, *command], capture_output=True, text=True, check=True)
    seconds = time.monotonic() - began_s
    code, peak = map(int, done.stderr.splitlines()[-1].split())
    kilo = 1000 if sys.platform == "darwin" else 1  # bytes there, KiB elsewhere
    return Measured(code, done.stdout, seconds, peak * 1.024e-3 / kilo)
