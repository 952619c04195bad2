"""Published detectors to compare with: two envelopes in dB against two thresholds, and aubio where it is installed.

The first is written from its description: a fast and a slow envelope, their difference against a threshold that
triggers and one that re-arms; docs/notes/onsets.md names the settings.
"""

from __future__ import annotations

import math
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from numba import njit
from numpy.typing import NDArray

from bridge.audio.files import write_wav


@dataclass(frozen=True)
class TwoEnvelopes:
    """Settings of the two-envelope detector.

    Parameters
    ----------
    on_db, off_db : float
        Difference that triggers, difference that re-arms.
    hold_s : float
        Deaf time after a trigger.
    floor_db : float
        Levels under this count as this.
    arms_while_holding : bool
        Whether falling under ``off_db`` during the hold re-arms, as in the plugin.
    """

    on_db: float
    off_db: float
    hold_s: float
    floor_db: float
    arms_while_holding: bool


PUBLISHED = {
    "plugin": TwoEnvelopes(16.0, 4.66, 0.0227, -55.0, True),
    "training": TwoEnvelopes(10.0, 4.6666, 0.2083, -55.0, False),
    "floor -70": TwoEnvelopes(16.0, 4.66, 0.0227, -70.0, True),
}


@njit
def _triggers(signal, high_pass, steps, on_db, off_db, hold, floor_db, arms_while_holding):  # type: ignore[no-untyped-def]
    b0, a1, a2 = high_pass
    fast_up, fast_down, slow_step = steps
    x1 = x2 = y1 = y2 = 0.0
    fast = slow = floor_db
    armed, wait, previous = True, 0, 0.0
    found = []
    for index in range(len(signal)):
        x = signal[index]
        y = b0 * (x - 2.0 * x1 + x2) - a1 * y1 - a2 * y2
        x2, x1, y2, y1 = x1, x, y1, y
        level = max(20.0 * math.log10(abs(y) + 1e-12), floor_db)
        fast += (level - fast) * (fast_up if level > fast else fast_down)
        slow += (level - slow) * slow_step
        rise = fast - slow
        wait = max(wait - 1, 0)
        if rise < off_db and (arms_while_holding or wait == 0):
            armed = True
        if rise >= on_db and previous < on_db and armed and wait == 0:
            found.append(index)
            armed, wait = False, hold
        previous = rise
    return found


def two_envelopes(signal: NDArray[np.float32], sample_rate: int, settings: TwoEnvelopes) -> NDArray[np.float64]:
    """Return the seconds at which the detector triggers; its constants are in samples at any rate, as published."""
    k = math.tan(math.pi * 600.0 / sample_rate)
    norm = 1.0 / (1.0 + k / 0.707 + k * k)
    high_pass = (norm, 2.0 * (k * k - 1.0) * norm, (1.0 - k / 0.707 + k * k) * norm)
    hold = round(settings.hold_s * sample_rate)
    steps = (1 / 3, 1 / 383, 1 / 2205)
    found = _triggers(
        signal.astype(np.float64),
        high_pass,
        steps,
        settings.on_db,
        settings.off_db,
        hold,
        settings.floor_db,
        settings.arms_while_holding,
    )
    return np.asarray(found, dtype=np.float64) / sample_rate


AUBIO = {"aubio specflux": ("specflux", 0.3), "aubio hfc": ("hfc", 0.1)}
"""Name to detection function and threshold."""


def aubio(signal: NDArray[np.float32], sample_rate: int, method: str, threshold: float) -> NDArray[np.float64]:
    """Return the seconds that ``aubioonset`` prints: buffer 512, hop 64, at least 20 ms apart."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "take.wav"
        write_wav(file, signal, sample_rate)
        options = ["-O", method, "-t", str(threshold), "-B", "512", "-H", "64", "-M", "0.02"]
        ran = subprocess.run(["aubioonset", "-i", str(file), *options], capture_output=True, text=True, check=True)
    return np.array([float(line.split()[0]) for line in ran.stdout.splitlines() if line.strip()])


Detector = Callable[[NDArray[np.float32], int], NDArray[np.float64]]
"""Seconds at which it triggers, of mono audio and its sample rate."""


def aubios() -> dict[str, Detector]:
    """Return aubio's detectors, none where ``aubioonset`` (Debian: aubio-tools) is not installed."""
    known = AUBIO if shutil.which("aubioonset") else {}
    return {name: partial(aubio, method=method, threshold=threshold) for name, (method, threshold) in known.items()}


def rivals() -> dict[str, Detector]:
    """Return every detector to compare with."""
    return {name: partial(two_envelopes, settings=settings) for name, settings in PUBLISHED.items()} | aubios()
