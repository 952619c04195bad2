"""How much slower than when it is idle this machine runs a program now, so that limits of waiting scale with it.

A limit in seconds is meant for a machine that has a processor for each program that wants one. Where more programs want
one than there are, each gets its share, and a limit lasts as much longer (`Allowance`). `PaceMeter` tells afterwards
how crowded the machine was, so that a failure there can be told from one that says something of us.
"""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path
from typing import Self

LOADAVG = Path("/proc/loadavg")

MOST = 12.0
"""However crowded the machine, a limit is stretched no further."""

CROWDED = 2.0
"""From this pace on a machine is too slow for a live test to say that something is wrong: in the middle of the test
each program had half a processor at most."""

SAMPLE_S = 0.2


class WrongAtAnyLoadError(AssertionError):
    """What must never happen, however slow the machine is: a note that is left on."""


def pace() -> float:
    """Return how many programs want each processor at this moment, at least 1."""
    try:
        running = int(LOADAVG.read_text().split()[3].partition("/")[0])
    except (OSError, ValueError, IndexError):
        return 1.0
    return min(max(1.0, running / (os.cpu_count() or 1)), MOST)


class Allowance:
    """Seconds of a machine of one's own; on a crowded one they last longer.

    Parameters
    ----------
    seconds : float
        On a machine that does nothing else.
    """

    def __init__(self, seconds: float) -> None:
        self._left_s = seconds
        self._looked_s = self._began_s = time.monotonic()

    def lasts(self) -> bool:
        """Return whether some is left; to be asked a few times a second."""
        now_s = time.monotonic()
        self._left_s -= (now_s - self._looked_s) / pace()
        self._looked_s = now_s
        return self._left_s > 0.0

    @property
    def spent_s(self) -> float:
        """Seconds since it began."""
        return time.monotonic() - self._began_s


def stretched(seconds: float) -> float:
    """Return a limit that is given as a whole, by the pace of this moment or of the last minute."""
    minute = os.getloadavg()[0] / (os.cpu_count() or 1) if hasattr(os, "getloadavg") else 1.0
    return seconds * min(max(pace(), minute), MOST)


class PaceMeter:
    """Notes the pace while something runs. A context manager.

    Attributes
    ----------
    mean : float
        Of the samples so far.
    """

    def __init__(self) -> None:
        self._samples: list[float] = []
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    @property
    def mean(self) -> float:
        """Of the samples so far; 1 before the first."""
        return sum(self._samples) / len(self._samples) if self._samples else 1.0

    @property
    def crowded(self) -> bool:
        """Whether the machine was too slow for a failure to say anything."""
        return self.mean >= CROWDED

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join(1.0)

    def _run(self) -> None:
        while not self._over.wait(SAMPLE_S):
            self._samples.append(pace())
