"""A session as the stage that remote control turns the knobs of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bridge.events import PlayKey, Strike
from bridge.mapping.mapping import DrumMapping
from bridge.rig.detector import DetectorSettings

if TYPE_CHECKING:
    from bridge.session.session import Session


class SessionStage:
    """What of a session is controlled.

    Parameters
    ----------
    session : Session
        Starting or playing.
    """

    def __init__(self, session: Session) -> None:
        self._session = session

    @property
    def mappings(self) -> dict[PlayKey, DrumMapping]:
        """By drum; another mapping may be put in."""
        return self._session.mappings

    @property
    def detectors(self) -> dict[str, DetectorSettings]:
        """By drum; other settings may be put in."""
        return self._session.supervisor.detectors

    @property
    def enabled(self) -> bool:
        """Whether strokes play."""
        return self._session.supervisor.enabled

    @enabled.setter
    def enabled(self, value: bool) -> None:
        self._session.supervisor.enabled = value

    def panic(self) -> None:
        """Silence everything that sounds."""
        self._session.panic()

    def end_notes(self) -> None:
        """End the notes of other synths."""
        for target in self._session.targets.values():
            target.panic()

    def resend(self) -> None:
        """Send other synths again what they are sent only when it changes."""
        for target in self._session.targets.values():
            target.resend()

    def last(self, drum: str) -> Strike | None:
        """Return the latest stroke of a drum."""
        return self._session.last_strikes.get(drum)

    def state(self) -> dict[str, float]:
        """Return the numbers of the live state."""
        status = self._session.peek()
        return {
            "level_db": status.level_db,
            "strokes": float(status.strokes),
            "latency_ms": status.latency_ms,
            "xruns": float(status.xruns),
            **{name: float(count) for name, count in status.faults.items()},
            "playing": float(status.state == "playing"),
        }
