"""How late a synth is heard that plays in real time, kept beside its takes. Door: tomlkit."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol, runtime_checkable

import tomlkit

from bridge.rig.settings import Settings
from bridge.rig.validation import checked
from bridge.sampling.measure import Delays, Noise
from synth.files import read_toml
from synth.outputs import write_whole

TIMING = "timing.toml"


class Timing(Settings):
    """What was measured of the way from a message to the sound.

    Parameters
    ----------
    notes : int
        How many notes or sweeps it is made of.
    latency_ms : float
        Median time from sending to hearing.
    jitter_ms : float
        Nine of ten lie within this of the median.
    noise_dbfs : float
        RMS of the input while nothing plays.
    """

    notes: int
    latency_ms: float
    jitter_ms: float
    noise_dbfs: float

    @property
    def words(self) -> str:
        """One sentence, without the full stop."""
        return (
            f"heard {self.latency_ms:.1f} ms after it is sent, nine of ten within {self.jitter_ms:.2f} ms of that; "
            f"noise {self.noise_dbfs:.0f} dBFS"
        )


@runtime_checkable
class Timed(Protocol):
    """An engine in real time."""

    @property
    def timing(self) -> Timing | None:
        """What was measured last; None before that."""


@runtime_checkable
class Looped(Protocol):
    """An engine on a sound device whose outputs may be cabled to its input."""

    def loop(self) -> Timing:
        """Return the delay of the cable's way."""


def timing_of(delays: Delays, noise: Noise) -> Timing:
    """Return delays as they are told."""
    return Timing(
        notes=len(delays.seconds),
        latency_ms=round(1000.0 * delays.median_s, 3),
        jitter_ms=round(1000.0 * delays.deviation_s, 3),
        noise_dbfs=round(noise.level_db, 1),
    )


def write_timing(folder: Path, timing: Timing) -> None:
    """Keep it beside the takes; `InputError` where it cannot be written."""
    write_whole(folder / TIMING, tomlkit.dumps(timing.model_dump()))


def read_timing(folder: Path) -> Timing | None:
    """Return what is kept beside takes; None where they were not played in real time.

    Raises
    ------
    InputError
        The file is not one of ours.
    """
    path = folder / TIMING
    if not path.is_file():
        return None
    return checked(Timing, read_toml(path), str(path))
