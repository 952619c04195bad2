"""What remote control acts upon: a session, or a rig that nobody plays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from bridge.detector_settings import DetectorSettings
from bridge.events import Strike
from bridge.mapping import DrumMapping


@dataclass(frozen=True, slots=True)
class StateNumber:
    """One number of the live state."""

    name: str
    low: float
    high: float
    unit: str
    meaning: str


STATE: tuple[StateNumber, ...] = (
    StateNumber("level_db", -100.0, 0.0, "dB", "peak of the input since the last look"),
    StateNumber("strokes", 0.0, 1e9, "", "strokes so far"),
    StateNumber("latency_ms", 0.0, 100.0, "ms", "onset to the targets, median of the last strokes"),
    StateNumber("xruns", 0.0, 1e9, "", "interruptions of the audio"),
    StateNumber("lost_messages", 0.0, 1e9, "", "messages that could not leave"),
    StateNumber("playing", 0.0, 1.0, "", "1 while audio runs"),
)


class Stage(Protocol):
    """What is controlled: a session, or whatever plays like one."""

    enabled: bool

    @property
    def mappings(self) -> dict[str, DrumMapping]:
        """By drum; another mapping may be put in."""

    @property
    def detectors(self) -> dict[str, DetectorSettings]:
        """By drum; other settings may be put in."""

    def panic(self) -> None:
        """Silence everything that sounds."""

    def end_notes(self) -> None:
        """End the notes of other synths: what comes next is another scene."""

    def state(self) -> dict[str, float]:
        """Return the numbers of `STATE`."""

    def last(self, drum: str) -> Strike | None:
        """Return the latest stroke of a drum."""


class StillStage:
    """A stage that nobody plays: for checks and for the docs.

    Parameters
    ----------
    mappings : dict of str to DrumMapping
        By drum.
    """

    def __init__(self, mappings: dict[str, DrumMapping]) -> None:
        self.mappings = mappings
        self.detectors = {drum: DetectorSettings() for drum in mappings}
        self.enabled = True

    def panic(self) -> None:
        """Do nothing: nothing sounds."""

    def end_notes(self) -> None:
        """Do nothing: nothing sounds."""

    def state(self) -> dict[str, float]:
        """Return zeros."""
        return {number.name: 0.0 for number in STATE}

    def last(self, drum: str) -> Strike | None:
        """Return nothing: nobody has struck."""
        return None
