"""How a session fares: its state, what it counts, and the figures of its strokes."""

from __future__ import annotations

import time
from collections import Counter, deque
from dataclasses import dataclass, field
from statistics import median_high

from bridge.control.surface import state_numbers
from bridge.engine.messages import Report
from bridge.events import Event, Hit, PlayKey, Strike
from bridge.realtime.clock import StreamClock
from bridge.realtime.loop import MOST_DELAYS


@dataclass(frozen=True, slots=True)
class TargetStatus:
    """How a target fares.

    Parameters
    ----------
    name : str
        In the rig.
    place : str
        What it sends to, in words: a port or a host.
    away : bool
        Whether that is not there now.
    lost : int
        Messages that could not leave so far.
    written : str
        The file that it has made; empty: none.
    """

    name: str
    place: str
    away: bool = False
    lost: int = 0
    written: str = ""


@dataclass(frozen=True, slots=True)
class Status:
    """How a session fares, for displays and remote control.

    Parameters
    ----------
    state : str
        ``starting``, ``playing``, or ``waiting`` for audio that was lost or is not there yet.
    level_db : float
        Input peak since the last look, dBFS.
    strokes : int
        So far.
    latency_ms : float
        From a stroke's onset to the moment at which its values were handed to the targets; median of the last strokes.
    report : Report or None
        The player's latest report.
    losses : int
        Times the audio was lost.
    counts : dict of str to int
        What went wrong since the session began, by the names of `bridge.control.surface.FAULTS`.
    midi_in : str
        The input of remote control by MIDI: ``ready``, another word while it is waited for, ``closed`` without one.
    outputs_db : tuple of float
        Peak of each output since the last look, dBFS, before what is too loud is bent: above 0 it distorts. One where
        all outputs carry the same.
    failure, send_error : str
        Texts of the last error in the audio and of the last one in sending; empty if there was none.
    away : tuple of str
        A sentence for each device, port and receiver that is not there.
    worst_ms : float
        The longest that a stroke took so far, from its onset to the moment at which its messages left.
    last : str
        The latest stroke: its velocity, and the note that it played; empty before the first.
    targets : tuple of TargetStatus
        The rig's, but for the built-in voices.
    unplayed : int
        How many of the strokes no play of their drum took.
    """

    state: str
    level_db: float
    strokes: int
    latency_ms: float
    report: Report | None
    losses: int
    counts: dict[str, int]
    midi_in: str = "closed"
    outputs_db: tuple[float, ...] = ()
    failure: str = ""
    send_error: str = ""
    away: tuple[str, ...] = ()
    worst_ms: float = 0.0
    last: str = ""
    targets: tuple[TargetStatus, ...] = ()
    unplayed: int = 0

    @property
    def output_db(self) -> float | None:
        """Peak of the loudest output since the last look, dBFS; None where no voice plays."""
        return max(self.outputs_db, default=None)

    def numbers(self) -> dict[str, float]:
        """Return the numbers of `bridge.control.surface.state_numbers`, each within its range."""
        counts = {name: float(count) for name, count in self.counts.items()}
        own = {name: float(getattr(self, name)) for name in ("level_db", "strokes", "unplayed", "latency_ms")}
        found = {**own, **counts, "playing": float(self.state == "playing")}
        if self.output_db is not None:
            found["output_db"] = self.output_db
        return {one.key: min(max(found.get(one.key, one.low), one.low), one.high) for one in state_numbers()}


@dataclass(slots=True)
class StrokeStatistics:
    """Figures of the strokes that were sent; written by the sender's thread.

    Parameters
    ----------
    clock : StreamClock
        Of the stream.
    """

    clock: StreamClock
    strokes: int = 0
    latest: Hit | None = None
    struck: Strike | None = None
    last: dict[PlayKey, Strike] = field(default_factory=dict)
    lags_s: deque[float] = field(default_factory=lambda: deque(maxlen=MOST_DELAYS))
    worst_s: float = 0.0
    by_drum: Counter[str] = field(default_factory=Counter)
    _latest_of: dict[str, Hit] = field(default_factory=dict)

    def note(self, event: Event) -> None:
        """Count an event that was sent just now. A stroke counts once, with its first strike, however many it makes."""
        if not isinstance(event, Strike):
            return
        self.last[event.source] = self.struck = event
        if event.hit != self._latest_of.get(event.drum):
            self._latest_of[event.drum] = event.hit
            self.by_drum[event.drum] += 1
        if event.hit != self.latest:  # not by its number alone: the next player counts from 0 again
            self.latest = event.hit
            self.strokes += 1
            lag_s = time.monotonic() - self.clock.at(event.hit.onset)
            self.lags_s.append(lag_s)
            self.worst_s = max(self.worst_s, lag_s)

    @property
    def latency_ms(self) -> float:
        """Median time from onset to sending, of the last strokes; 0 before the first."""
        return 1000 * median_high(self.lags_s) if self.lags_s else 0.0
