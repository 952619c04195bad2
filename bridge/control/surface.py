"""What remote control acts upon: a session, or a rig that nobody plays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from bridge.events import PlayKey, Strike
from bridge.mapping.mapping import DrumMapping
from bridge.rig.detector import DetectorSettings


@dataclass(frozen=True, slots=True)
class StateNumber:
    """One number of the live state."""

    name: str
    low: float
    high: float
    unit: str
    meaning: str


@dataclass(frozen=True, slots=True)
class Fault(StateNumber):
    """A count that is 0 where all is well; ``shown`` follows the number where people read it."""

    shown: str


_MOST = 1e9

FAULTS: tuple[Fault, ...] = (
    Fault("lost_messages", 0.0, _MOST, "", "messages that could not leave", "messages lost"),
    Fault("late_strokes", 0.0, _MOST, "", "strokes known only after their fixed moment, by target", "strokes late"),
    Fault("send_errors", 0.0, _MOST, "", "strokes that an error kept from a target", "strokes not sent"),
    Fault("lost_events", 0.0, _MOST, "", "strokes lost on their way out of the audio process", "strokes lost"),
    Fault("failures", 0.0, _MOST, "", "blocks that an error turned into silence", "blocks failed"),
    Fault("non_finite", 0.0, _MOST, "", "input samples that were no numbers", "samples that were no numbers"),
)

STATE: tuple[StateNumber, ...] = (
    StateNumber("level_db", -100.0, 0.0, "dB", "peak of the input since the last look"),
    StateNumber("strokes", 0.0, _MOST, "", "strokes so far"),
    StateNumber("latency_ms", 0.0, 100.0, "ms", "onset to the targets, median of the last strokes"),
    StateNumber("xruns", 0.0, _MOST, "", "interruptions of the audio"),
    *FAULTS,
    StateNumber("playing", 0.0, 1.0, "", "1 while audio runs"),
)


class Stage(Protocol):
    """What is controlled: a session, or whatever plays like one."""

    enabled: bool

    @property
    def mappings(self) -> dict[PlayKey, DrumMapping]:
        """By drum; another mapping may be put in."""

    @property
    def detectors(self) -> dict[str, DetectorSettings]:
        """By drum; other settings may be put in."""

    def panic(self) -> None:
        """Silence everything that sounds."""

    def end_notes(self) -> None:
        """End the notes of other synths: what comes next is another scene."""

    def resend(self) -> None:
        """Send other synths again what they are sent only when it changes."""

    def state(self) -> dict[str, float]:
        """Return the numbers of `STATE`."""

    def last(self, drum: str) -> Strike | None:
        """Return the latest stroke of a drum."""


class StillStage:
    """A stage that nobody plays: for checks and for the docs.

    Parameters
    ----------
    mappings : dict of PlayKey to DrumMapping
    """

    def __init__(self, mappings: dict[PlayKey, DrumMapping]) -> None:
        self.mappings = mappings
        self.detectors = {key.drum: DetectorSettings() for key in mappings}
        self.enabled = True

    def panic(self) -> None:
        """Do nothing: nothing sounds."""

    def end_notes(self) -> None:
        """Do nothing: nothing sounds."""

    def resend(self) -> None:
        """Do nothing: nobody listens."""

    def state(self) -> dict[str, float]:
        """Return zeros."""
        return {number.name: 0.0 for number in STATE}

    def last(self, drum: str) -> Strike | None:
        """Return nothing: nobody has struck."""
        return None
