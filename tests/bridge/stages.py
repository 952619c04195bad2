"""A stage for remote control that has real mappings and counts what it is told."""

from __future__ import annotations

from bridge.control.surface import STATE
from bridge.events import PlayKey, Strike
from bridge.rig.detector import DetectorSettings
from bridge.rig.rig import Drum
from tests.bridge.rigs import snare_mapping

DRUMS = (Drum(name="snare"),)


class QuietStage:
    """Plays nothing; has everything that is controlled."""

    def __init__(self) -> None:
        self.mappings = {PlayKey("snare"): snare_mapping()}
        self.detectors = {"snare": DetectorSettings()}
        self.enabled = True
        self.panics = 0
        self.endings = 0
        self.resends = 0
        self.strikes: dict[str, Strike] = {}
        self.numbers = {number.name: 0.0 for number in STATE}

    def panic(self) -> None:
        """Count."""
        self.panics += 1

    def end_notes(self) -> None:
        """Count."""
        self.endings += 1

    def resend(self) -> None:
        """Count."""
        self.resends += 1

    def state(self) -> dict[str, float]:
        """Return what was set."""
        return self.numbers

    def last(self, drum: str) -> Strike | None:
        """Return what was set."""
        return self.strikes.get(drum)
