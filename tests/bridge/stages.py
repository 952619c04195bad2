"""A stage for remote control that has real mappings and counts what it is told."""

from __future__ import annotations

from collections.abc import Mapping

from bridge.control.surface import StillSurface
from bridge.engine.changes import Change, LiveState
from bridge.events import PlayKey, Strike
from bridge.mapping.mapping import DrumMapping
from bridge.rig.detector import DetectorSettings
from bridge.rig.rig import Drum
from tests.bridge.rigs import snare_mapping

DRUMS = (Drum(name="snare"),)


class QuietStage(StillSurface):
    """Plays nothing; has everything that is controlled."""

    def __init__(self) -> None:
        super().__init__(LiveState({PlayKey("snare"): snare_mapping()}, {0: DetectorSettings()}, {}))
        self.changes: list[Change] = []
        self.panics = 0
        self.endings = 0
        self.resends = 0
        self.looks = 0
        self.strikes: dict[PlayKey, Strike] = {}
        self.figures = dict(super().numbers())

    @property
    def mappings(self) -> dict[PlayKey, DrumMapping]:
        """By key."""
        return self.live.mappings

    @property
    def detectors(self) -> dict[int, DetectorSettings]:
        """By channel."""
        return self.live.detectors

    @property
    def enabled(self) -> bool:
        """Whether strokes play."""
        return self.live.enabled

    def change(self, change: Change) -> None:
        """Let a change hold, and remember it."""
        super().change(change)
        self.changes.append(change)

    def panic(self) -> None:
        """Count."""
        self.panics += 1

    def end_notes(self) -> None:
        """Count."""
        self.endings += 1

    def resend(self) -> None:
        """Count."""
        self.resends += 1

    def numbers(self) -> Mapping[str, float]:
        """Return what was set, and count."""
        self.looks += 1
        return self.figures

    def last(self, key: PlayKey) -> Strike | None:
        """Return what was set."""
        return self.strikes.get(key)
