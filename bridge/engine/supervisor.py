"""Keep one player process alive: start it, feed it, watch it, replace it when its audio stops.

The player (`bridge.engine.player`) holds the stream; this half runs where targets and display live. A thread reads its
records: strokes go to ``events``, the clock follows, reports are kept. When callbacks stop (a JACK server died, an
interface was pulled) the player is killed, since closing such a stream may hang, and a new one is started that has all
state and waits for the device.
"""

from __future__ import annotations

import contextlib
import math
import os
import pickle
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from queue import SimpleQueue
from typing import Any

from bridge.engine.messages import (
    Command,
    Job,
    Opened,
    Quit,
    Refused,
    Report,
    SetControls,
    SetDetector,
    SetEnabled,
    SetMapping,
    Silence,
    unpack,
)
from bridge.events import Onset, PlayKey, Strike
from bridge.mapping.mapping import DrumMapping
from bridge.realtime.clock import StreamClock
from bridge.rig.rig import Rig
from synth.errors import InputError

STALL_S = 0.5
"""Audio that has not moved for this long is gone."""

READY_S = 60.0
"""A first start may have to compile every kernel."""

SYNC_S = 0.01
"""How often the live controls are compared with what the player has."""


class Supervisor:
    """The handle on the player.

    Parameters
    ----------
    rig : Rig
        What it plays.
    mappings : dict of PlayKey to DrumMapping
        Whoever changes their controls, or puts another mapping in the dict, changes what is played.
    clock : StreamClock
        Follows the player's.
    events : SimpleQueue
        Receives every `Onset` and `Strike`.
    on_change : callable
        Told "lost" and "back", on the reader's thread.

    Attributes
    ----------
    detectors : dict of str to DetectorSettings
        By drum name. Whoever changes them changes how the drum is heard.
    opened : Opened or None
        The stream, while there is one.
    report : Report or None
        The latest.
    enabled : bool
        Whether strokes pass; may be changed.
    losses : int
        Times the audio was lost.
    """

    def __init__(
        self,
        rig: Rig,
        mappings: dict[PlayKey, DrumMapping],
        clock: StreamClock,
        events: SimpleQueue[Onset | Strike],
        on_change: Callable[[str], None],
    ) -> None:
        self._rig = rig
        self.mappings = mappings
        self.detectors = {drum.name: drum.detector for drum in rig.drum}
        self._clock = clock
        self._events = events
        self._on_change = on_change
        self.opened: Opened | None = None
        self.report: Report | None = None
        self.enabled = True
        self.losses = 0
        self._moved_s = 0.0
        self._peak = 0.0
        self._closing = False
        self._writing = threading.Lock()
        self._known_detectors = dict(self.detectors)
        self._known: dict[PlayKey, tuple[DrumMapping, bytes]] = {}
        self._known_enabled = True
        self._devices: tuple[str, str] | None = None
        self._start()

    def wait_opened(self) -> Opened:
        """Wait until the first player plays; `InputError` says why it cannot."""
        until_s = time.monotonic() + READY_S
        while self.opened is None and time.monotonic() < until_s:
            try:
                if self._records.poll(0.1):
                    self._take(self._records.recv())
            except (EOFError, OSError):
                raise InputError("the audio process ended while it started") from None
        if self.opened is None:
            raise InputError(f"the audio process did not start within {READY_S:g} s")
        threading.Thread(target=self._read, name="records", daemon=True).start()
        threading.Thread(target=self._sync, name="controls", daemon=True).start()
        return self.opened

    def take_level_db(self) -> float:
        """Return the highest input since the last call, dBFS."""
        peak, self._peak = self._peak, 0.0
        return 20.0 * math.log10(max(peak, 1e-6))

    def silence(self) -> None:
        """Cut every ringing voice, and first tell what was switched off: no stroke may begin in between."""
        self._tell_enabled()
        self._send(Silence())

    def close(self) -> None:
        """End the player; twice is harmless."""
        if self._closing:
            return
        self._closing = True
        self._send(Quit())
        try:
            self._process.wait(1.0)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _start(self) -> None:
        commands_end, commands = os.pipe()
        records, records_end = os.pipe()
        # A session of its own keeps a terminal's Ctrl-C away from it: this half tells it when to end.
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "bridge.engine.player"],
            stdin=commands_end,
            stdout=records_end,
            start_new_session=True,
            env=_same_packages(),
        )
        os.close(commands_end)
        os.close(records_end)
        self._commands = Connection(commands, readable=False)
        self._records = Connection(records, writable=False)
        self._remember()
        self._send(Job(self._rig, dict(self.mappings), self.enabled, self._devices))

    def _send(self, command: Command | Job) -> None:
        with self._writing, contextlib.suppress(OSError):
            self._commands.send(command)

    def _read(self) -> None:
        """Pass records on, and replace a player whose audio stands still; a thread of its own."""
        self._moved_s = time.monotonic()
        while not self._closing:
            try:
                while self._records.poll(0.05):
                    self._take(self._records.recv())
                    self._replace_if_stalled()
                self._replace_if_stalled()
            except (EOFError, OSError, InputError):
                if not self._closing:
                    self._replace()

    def _take(self, record: Any) -> None:
        match record:
            case tuple():
                # A report comes ten times a second; an event's own lines know of audio lost since.
                event, self._clock.line, self._clock.host_line = unpack(record)
                self._events.put(event)
            case Report():
                self._note(record)
            case Opened():
                self.opened = record
                self._devices = (record.input_name, record.output_name)
                self._moved_s = time.monotonic()
                if self.losses:
                    self._on_change("back")
            case Refused(text):
                raise InputError(text)

    def _note(self, report: Report) -> None:
        """Keep a report; audio has moved if it counts more blocks than the one before."""
        if self.report is None or report.blocks != self.report.blocks:
            self._moved_s = time.monotonic()
        self.report = report
        self._peak = max(self._peak, report.peak)
        self._clock.line = report.line

    def _replace_if_stalled(self) -> None:
        if self.opened is not None and time.monotonic() - self._moved_s > STALL_S:
            self._replace()

    def _replace(self) -> None:
        """Kill the player and start one that waits for the device."""
        if self.opened is not None:
            self.losses += 1
            self.opened = None
            self._on_change("lost")
            self.report = None
        else:
            # A player that dies while it waits must not be restarted in a tight circle.
            time.sleep(STALL_S)
        self._process.kill()
        self._process.wait()
        self._commands.close()
        self._records.close()
        if not self._closing:
            self._start()

    def _sync(self) -> None:
        """Tell the player whatever was changed since the last look; a thread of its own."""
        while not self._closing:
            time.sleep(SYNC_S)
            self._tell_enabled()
            for drum, detector in list(self.detectors.items()):
                if detector != self._known_detectors[drum]:
                    self._known_detectors[drum] = detector
                    self._send(SetDetector(drum, detector))
            for key, mapping in list(self.mappings.items()):
                known, controls = self._known[key]
                now = pickle.dumps(mapping.controls)
                if known is not mapping:
                    self._send(SetMapping(mapping))
                elif now != controls:
                    self._send(SetControls(key, mapping.controls))
                self._known[key] = (mapping, now)

    def _tell_enabled(self) -> None:
        if self.enabled != self._known_enabled:
            self._known_enabled = self.enabled
            self._send(SetEnabled(self._known_enabled))

    def _remember(self) -> None:
        self._known = {name: (mapping, pickle.dumps(mapping.controls)) for name, mapping in self.mappings.items()}
        # A new player hears as the rig says; what was changed since is told by the next look.
        self._known_detectors = {drum.name: drum.detector for drum in self._rig.drum}
        self._known_enabled = self.enabled


def _same_packages() -> dict[str, str]:
    """Return an environment in which a child imports this package, whatever lies in the folder a player works in."""
    root = str(Path(__file__).resolve().parents[2])
    return os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, (root, os.environ.get("PYTHONPATH"))))}
