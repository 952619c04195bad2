"""The parent's side of the player: its job, its changes, its strokes, and another player when its audio stops.

The player (`bridge.engine.player`) holds the stream; this half runs where targets and display live. When callbacks stop
(a JACK server died, an interface was pulled) the player is killed, since closing such a stream may hang. The next one
gets everything that was changed since and waits for the device.
"""

from __future__ import annotations

import pickle
import threading
import time
from queue import SimpleQueue
from typing import Any

from bridge.engine.changes import Change, LiveState
from bridge.engine.messages import Job, Opened, Refused, Report, Waiting, unpack
from bridge.events import Event
from bridge.realtime.child import Child
from bridge.realtime.clock import StreamClock
from bridge.realtime.loop import frame
from bridge.rig.rig import Rig
from synth.dsp.levels import decibels
from synth.errors import InputError

PROGRAM = f"{__package__}.player"
"""Named, not imported: the player's half loads every kernel."""

STALL_S = 0.5
"""Audio that has not moved for this long is gone."""

READY_S = 300.0
"""A first start may have to compile every kernel: 20 s, and 80 s were seen where ten programs shared a processor."""


class Supervisor(Child):
    """The handle on the player.

    Parameters
    ----------
    rig : Rig
        What it plays.
    live : LiveState
        Changed by `change` alone.
    clock : StreamClock
        Follows the player's.
    events : SimpleQueue
        Receives every event.
    waits : bool
        Whether a device that is not there at the start is waited for.

    Attributes
    ----------
    opened : Opened or None
        The stream, while there is one.
    report : Report or None
        The latest.
    ended : list of Report
        The last report of each player that was lost.
    losses : int
        Times the audio was lost.
    loudest : float
        Highest absolute input so far.
    missing : str
        What is waited for, as a sentence; empty while audio runs.
    """

    decode = staticmethod(pickle.loads)
    keeps = True
    watch_s = 0.05
    errors = None

    def __init__(
        self,
        rig: Rig,
        live: LiveState,
        clock: StreamClock,
        events: SimpleQueue[Event],
        waits: bool = False,
    ) -> None:
        self._rig = rig
        self._waits = waits
        self.missing = ""
        self.live = live
        self._clock = clock
        self._events = events
        self.opened: Opened | None = None
        self.report: Report | None = None
        self.ended: list[Report] = []
        self.losses = 0
        self._answered = threading.Event()
        self._refusal = ""
        self._moved_s = 0.0
        self._peak = self.loudest = 0.0
        self._devices: tuple[str, str] | None = None
        super().__init__(PROGRAM, None, self._take)

    @property
    def state(self) -> str:
        """``starting``, ``playing``, or ``waiting`` for audio that was lost or is not there yet."""
        if self.opened is not None:
            return "playing"
        return "waiting" if self.losses or self.missing else "starting"

    def wait_opened(self) -> Opened | None:
        """Wait until the first player plays, or None: waits for its device; `InputError` says why it does neither."""
        if not self._answered.wait(READY_S):
            raise InputError(f"the audio process did not start within {READY_S:g} s")
        opened = self.opened
        if opened is None and not self.missing:
            raise InputError(self._refusal or "the audio stopped as it began")
        return opened

    def change(self, change: Change) -> None:
        """Let a change hold, here and in the player. Any thread; changes arrive in the order in which they hold."""
        with self._lock:
            self.live.apply(change)
            self.send(pickle.dumps(change))

    def take_level_db(self) -> float:
        """Return the highest input since the last call, dBFS."""
        peak, self._peak = self._peak, 0.0
        return decibels(peak, floor=1e-6)

    def close(self) -> None:
        """End the player; one that does not play is not waited for."""
        if self.opened is None:
            self._process.kill()
        super().close()

    def greeting(self) -> bytes:
        """Return the job, with everything that was changed so far."""
        return frame(pickle.dumps(Job(self._rig, self.live, self._devices, self._rig.voices, self._waits)))

    def is_well(self) -> bool:
        """Return whether audio has moved of late."""
        return self.opened is None or time.monotonic() - self._moved_s <= STALL_S

    def gone(self) -> bool:
        """Note the loss; a player that has never played gets no successor."""
        if not self._answered.is_set():
            self._refusal = self._refusal or "the audio process ended while it started"
            self._answered.set()
        if self.opened is not None:
            self.losses += 1
            self.ended += [self.report] if self.report is not None else []
            self.opened = self.report = None
        return self._devices is not None or bool(self.missing)

    def _take(self, record: Any) -> None:
        match record:
            case tuple():
                # A report comes ten times a second; an event's own lines know of audio lost since.
                event, self._clock.line, self._clock.host_line = unpack(record)
                self._events.put(event)
            case Report():
                self._note(record)
            case Opened():
                self._devices = (record.input_name, record.output_name)
                self._moved_s = time.monotonic()
                self.opened, self.missing = record, ""
                self._answered.set()
            case Waiting(text):
                self.missing = text
                self._answered.set()
            case Refused(text):
                self._refusal, self.missing = text, ""

    def _note(self, report: Report) -> None:
        """Keep a report; audio has moved if it counts more blocks than the one before."""
        if self.report is None or report.stream.blocks != self.report.stream.blocks:
            self._moved_s = time.monotonic()
        self.report = report
        self._peak = max(self._peak, report.peak)
        self.loudest = max(self.loudest, report.peak)
        self._clock.line = report.line
