"""The composition root: a rig becomes a running session. It owns threads and processes, wires them, decides nothing.

::

    player process ──strokes──▶ sender thread ──▶ targets (their ports in child processes)
          ▲  └──reports, clock──▶ display
          └──controls── whoever turns them (remote control)
"""

from __future__ import annotations

import math
import time
from collections import deque
from dataclasses import dataclass, replace
from queue import SimpleQueue
from types import TracebackType
from typing import Self

from bridge.control.remote import RemoteControl
from bridge.engine.messages import Opened, Report
from bridge.engine.supervisor import Supervisor
from bridge.events import Onset, Strike
from bridge.mapping.load import rig_mappings
from bridge.realtime.clock import StreamClock
from bridge.rig.rig import Rig
from bridge.session.session_stage import SessionStage
from bridge.targets.base import Target
from bridge.targets.dispatch import Dispatcher, Sender, close_targets, open_targets, routes_of

RECENT_STROKES = 200
"""Over how many strokes the shown latency is taken."""

REPORTED = ("xruns", "late_voices", "lost_events", "failures", "non_finite")
"""Counts of a player's report that go on when its successor begins at 0."""


@dataclass(frozen=True, slots=True)
class Status:
    """How a session fares, for displays and remote control.

    Parameters
    ----------
    state : str
        ``starting``, ``playing``, or ``waiting`` for audio that was lost.
    level_db : float
        Input peak since the last look, dBFS.
    strokes : int
        So far.
    latency_ms : float
        From a stroke's onset to the moment at which its values were handed to the targets; median of the last strokes.
    last : Strike or None
        The latest stroke.
    report : Report or None
        The player's latest report.
    xruns : int
        Since the session began, over all streams.
    losses : int
        Times the audio was lost.
    faults : dict of str to int
        Counts of what went wrong since the session began, by the names of `bridge.control.surface.FAULTS`.
    midi_in : str
        The input of remote control by MIDI: ``ready``, another word while it is waited for, ``closed`` without one.
    failure, send_error : str
        Texts of the last error in the audio and of the last one in sending; empty if there was none.
    """

    state: str
    level_db: float
    strokes: int
    latency_ms: float
    last: Strike | None
    report: Report | None
    xruns: int
    losses: int
    faults: dict[str, int]
    midi_in: str = "closed"
    failure: str = ""
    send_error: str = ""


class Session:
    """A rig that plays. A context manager; `close` silences every target and is harmless twice.

    Parameters
    ----------
    rig : Rig
        Checked.
    source : str
        Name of its file, for messages.

    Attributes
    ----------
    mappings : dict of PlayKey to DrumMapping
        Changing a mapping's controls, or putting another mapping in, changes what is played within 10 ms.
    targets : dict of str to Target
        Opened; the built-in voices live in the player.
    remote : RemoteControl or None
        What turns the knobs from outside, if the rig has ``[control]``.
    state : str
        See `Status`.

    Raises
    ------
    InputError
        A device, port, host, model or preset cannot be used. Nothing stays open.
    """

    def __init__(self, rig: Rig, source: str) -> None:
        self.rig = rig
        self.clock = StreamClock(rig.input.sample_rate)
        self.mappings = rig_mappings(rig)
        self.state = "starting"
        self._strokes = 0
        self._last: Strike | None = None
        self.last_strikes: dict[str, Strike] = {}
        self._lags_s: deque[float] = deque(maxlen=RECENT_STROKES)
        self._before = dict.fromkeys(REPORTED, 0)
        self._closed = False
        events: SimpleQueue[Onset | Strike] = SimpleQueue()
        # The player starts while the targets open: each takes half a second.
        self.supervisor = Supervisor(rig, self.mappings, self.clock, events, self._audio_changed)
        self.targets: dict[str, Target] = {}
        self.remote: RemoteControl | None = None
        try:
            self.targets = open_targets(rig)
            self._sender = Sender(events, self._dispatcher(source), self._note, self._strokes_play)
            if rig.control is not None:
                self.remote = RemoteControl(rig.control, SessionStage(self), rig.drum)
        except BaseException:
            self.supervisor.close()
            close_targets(self.targets)
            raise

    def start(self) -> Opened:
        """Wait until the audio runs."""
        try:
            opened = self.supervisor.wait_opened()
        except BaseException:
            self.close()
            raise
        self.state = "playing"
        return opened

    def panic(self) -> None:
        """Silence everything that sounds."""
        self.supervisor.silence()
        for target in self.targets.values():
            target.panic()

    def close(self) -> None:
        """End the audio, send what was heard, silence and close every target."""
        if self._closed:
            return
        self._closed = True
        if self.remote is not None:
            self.remote.close()
        self.supervisor.close()
        self._sender.close()
        close_targets(self.targets)

    def status(self) -> Status:
        """Return how the session fares; the level is the highest since the last call."""
        return replace(self.peek(), level_db=self.supervisor.take_level_db())

    def peek(self) -> Status:
        """Return how the session fares; the level is the latest report's."""
        report = self.supervisor.report
        lags = sorted(self._lags_s)
        return Status(
            state=self.state,
            level_db=20.0 * math.log10(max(report.peak if report else 0.0, 1e-6)),
            strokes=self._strokes,
            latency_ms=1000 * lags[len(lags) // 2] if lags else 0.0,
            last=self._last,
            report=report,
            xruns=self._counted("xruns", report),
            losses=self.supervisor.losses,
            faults=self._faults(report),
            midi_in=self.remote.midi.state if self.remote is not None else "closed",
            failure=report.failure if report else "",
            send_error=self._sender.last_error,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _dispatcher(self, source: str) -> Dispatcher:
        routes = routes_of(self.rig, self.mappings, self.targets, source)
        return Dispatcher(routes, self.mappings, self.clock.at, self.clock.host_at)

    def _counted(self, name: str, report: Report | None) -> int:
        """Return a count of `REPORTED` over all players."""
        return self._before[name] + (int(getattr(report, name)) if report else 0)

    def _faults(self, report: Report | None) -> dict[str, int]:
        counters = [target.counters for target in self.targets.values()]
        return {
            "lost_messages": sum(one.lost for one in counters),
            "late_strokes": sum(one.late for one in counters) + self._counted("late_voices", report),
            "send_errors": self._sender.errors,
            **{name: self._counted(name, report) for name in ("lost_events", "failures", "non_finite")},
        }

    def _strokes_play(self) -> bool:
        return self.supervisor.enabled

    def _note(self, event: Onset | Strike) -> None:
        """Keep what the display shows; the sender's thread."""
        if isinstance(event, Strike):
            self._strokes += 1
            self._last = event
            self.last_strikes[event.drum] = event
            self._lags_s.append(time.monotonic() - self.clock.at(event.hit.onset))

    def _audio_changed(self, change: str) -> None:
        """Follow the player; its reader's thread."""
        if change == "lost" and self.supervisor.report is not None:
            report = self.supervisor.report
            self._before = {name: self._counted(name, report) for name in REPORTED}
        self.state = "waiting" if change == "lost" else "playing"
