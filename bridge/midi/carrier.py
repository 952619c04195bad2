"""The carriers that take a stroke to a MIDI port.

A carrier is given a stroke as values and a note, and keeps the port's `WireQueue`: in a child process with the
machine's clock (`ChildMidiCarrier`), or here with the stream's (`TapeMidiCarrier`). Both send the same bytes in the
same order.
"""

from __future__ import annotations

import dataclasses
import json
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any

from bridge.events import Counters, Moment, Transcript
from bridge.midi.child import PROGRAM
from bridge.midi.messages import Note, NoteOn, Value, Wire, WireStroke
from bridge.midi.scheduler import WireQueue
from bridge.realtime.child import Child, Report, wait_for
from bridge.rig.targets import MidiTargetSettings
from synth.errors import InputError

OPENING_S = 5.0
LISTENER_S = 1.0
SILENCE_S = 5.0
"""Where nobody can see who listens, the first stroke after this long a rest carries everything again."""


def unopened(where: str, kind: str, report: Report) -> InputError:
    """Return what to say of a port that its child did not open: which ports of that kind exist, or what went wrong."""
    if report.get("state") == "waiting":
        return InputError(f"{where}; the MIDI {kind} here are {', '.join(report['ports']) or 'none'}")
    return InputError(f"{where}, which cannot be opened ({report.get('why', 'its process does not start')})")


class MidiCarrier(ABC):
    """Takes strokes to a port.

    Attributes
    ----------
    counters : Counters
        Of the target that uses it.
    """

    def __init__(self, settings: MidiTargetSettings) -> None:
        self.settings = settings
        self.counters = Counters()
        self._channels: tuple[int, ...] = ()

    def use(self, channels: Sequence[int], programs: Sequence[Value]) -> None:
        """Make channels known, to be silenced with the rest, and send what is set at start."""
        self._channels = tuple(sorted({*self._channels, *channels}))

    @abstractmethod
    def stroke(self, values: Sequence[Value], note: NoteOn | None, moment: Moment) -> None:
        """Let values, then a note, leave at their moment."""

    @abstractmethod
    def panic(self) -> None:
        """End every note; drop what waits."""

    def resend(self) -> None:
        """Send the programs and the latest values again; a recording has no one who came late."""
        return

    @abstractmethod
    def close(self) -> None:
        """End every note and let go."""

    def plan(self, moment: Moment) -> tuple[float, float]:
        """Return from when the values may leave, and how long after that the note may not."""
        lead_s = self.settings.lead_s
        if moment.fixed:
            start_s = max(moment.due_s - lead_s, moment.known_s)
            return start_s, moment.due_s - start_s
        return moment.known_s, lead_s if self.settings.budget == "none" else 0.0


class TapeMidiCarrier(MidiCarrier):
    """Records what would leave the port, in the stream's time.

    Parameters
    ----------
    settings : MidiTargetSettings
        Of the target.
    tape : Transcript
        Gets an entry a message.
    """

    def __init__(self, settings: MidiTargetSettings, tape: Transcript) -> None:
        super().__init__(settings)
        self._tape = tape
        self._queue = WireQueue(Wire(settings.budget, settings.running_status), settings.lead_s)
        self._now_s = 0.0

    def use(self, channels: Sequence[int], programs: Sequence[Value]) -> None:
        """Record what is set at start."""
        super().use(channels, programs)
        self._queue.strike(WireStroke(0.0, 0.0, tuple(programs), None))

    def stroke(self, values: Sequence[Value], note: NoteOn | None, moment: Moment) -> None:
        """Add a stroke, after what leaves before it."""
        self._play_until(moment.known_s)
        start_s, note_after_s = self.plan(moment)
        self._queue.strike(WireStroke(start_s, start_s + note_after_s, tuple(values), note))

    def panic(self) -> None:
        """Record the end of every note."""
        for message in self._queue.silence(self._channels):
            self._record(message)

    def close(self) -> None:
        """Record what is still to leave, note-offs among it."""
        self._play_until(float("inf"))

    def _play_until(self, end_s: float) -> None:
        # What leaves at the very end waits: a newer value may still take its place.
        while (due_s := self._queue.next_s(self._now_s)) is not None and due_s < end_s:
            self._now_s = due_s
            message = self._queue.take(due_s)
            if message is not None:
                self._record(message)

    def _record(self, message: bytes) -> None:
        self.counters.messages += 1
        self._tape.add(self._now_s, self.settings.name, "midi", {"bytes": list(message)}, message)


class ChildMidiCarrier(MidiCarrier):
    """Plays a port that a child process owns.

    Parameters
    ----------
    settings : MidiTargetSettings
        Of the target.
    lines : str or None
        A file that gets the messages instead of a port.

    Raises
    ------
    InputError
        The port is not there, or no MIDI system works.
    """

    def __init__(self, settings: MidiTargetSettings, lines: str | None = None) -> None:
        super().__init__(settings)
        self._report: Report = {}
        self._programs: dict[str, Value] = {}
        self._last: dict[str, Value] = {}
        self._struck: set[Note] = set()
        self._struck_s = time.monotonic()
        self._was_open = threading.Event()
        self._sent_by_earlier = 0
        self._sent_by_this = 0
        self._child = Child(PROGRAM, self._child_settings(lines), self._take_report)
        self._refuse_unopened()

    @property
    def state(self) -> str:
        """``ready``, or why not: ``waiting``, ``refused``, ``lost``, ``gone``."""
        return str(self._report.get("state", "starting"))

    @property
    def pid(self) -> int:
        """Process id of the present child."""
        return self._child.pid

    def use(self, channels: Sequence[int], programs: Sequence[Value]) -> None:
        """Send what is set at start, again whenever the port comes back."""
        super().use(channels, programs)
        self._programs |= {program.key: program for program in programs}
        self._child.send(json.dumps({"channels": self._channels}).encode())
        self._send_stroke(tuple(self._programs.values()), None, 0.0, 0.0, fixed=False)

    def stroke(self, values: Sequence[Value], note: NoteOn | None, moment: Moment) -> None:
        """Hand a stroke to the child."""
        self._last.update({value.key: value for value in values})
        if self._may_be_new_to_someone():
            self._child.send(b'{"again": true}')
            values = (*self._programs.values(), *values)
        start_s, note_after_s = self.plan(moment)
        if not moment.fixed:
            # A block is heard up to its length before the wall time of its last sample: what may go, goes now.
            start_s = min(start_s, time.monotonic())
        self._send_stroke(values, note, start_s, note_after_s, moment.fixed)

    def panic(self) -> None:
        """End every note; drop what waits."""
        self._child.send(b'{"panic": true}')

    def resend(self) -> None:
        """Send the programs and the latest values again, whether they have changed or not."""
        self._send_state()

    def close(self) -> None:
        """Close the pipe: the child ends every note and lets go."""
        self._child.close()

    def _child_settings(self, lines: str | None) -> dict[str, Any]:
        own = self.settings
        settings: dict[str, Any] = {"port": own.port, "virtual": own.is_virtual, "api": own.api, "budget": own.budget}
        settings |= {"running_status": own.running_status, "lead_s": own.lead_s}
        return settings if lines is None else settings | {"lines": lines}

    def _refuse_unopened(self) -> None:
        wait_for(lambda: self.state not in ("starting", "gone"), OPENING_S)
        if self.state == "ready":
            return
        self._child.close()
        raise unopened(f"{self.settings.where}: port is '{self.settings.port}'", "ports", self._report)

    def _take_report(self, report: Report) -> None:
        if "messages" in report:
            self._sent_by_this = report["messages"]
            self.counters.messages = self._sent_by_earlier + self._sent_by_this
        if "state" in report:
            self._report = report
        if "listener" in report:
            self._send_state()
        if report.get("state") == "ready" and self._was_open.is_set():
            self._restore()
        if report.get("state") == "ready":
            self._was_open.set()
        if report.get("state") == "gone":
            self._sent_by_earlier += self._sent_by_this
            self._sent_by_this = 0

    def _restore(self) -> None:
        """Silence what a lost child may have left sounding, and give the port its state again."""
        # Some synths ignore controllers 123 and 120. Which notes are on is not known here: an end too many harms none.
        words = {"channels": self._channels, "panic": True, "struck": sorted(self._struck)}
        self._child.send(json.dumps(words).encode())
        self._send_state()
        if self.settings.is_virtual and not self._report["sees_listeners"]:
            # Whoever listens to a port that we make must first connect to it again.
            later = threading.Timer(LISTENER_S, self._send_state)
            later.daemon = True
            later.start()

    def _send_state(self) -> None:
        self._child.send(b'{"again": true}')
        state = (*self._programs.values(), *self._last.values())
        self._send_stroke(state, None, 0.0, 0.0, fixed=False)

    def _may_be_new_to_someone(self) -> bool:
        """Tell whether a stroke comes after a rest in which someone may have connected unseen; note the stroke."""
        before_s, self._struck_s = self._struck_s, time.monotonic()
        unseen = self.settings.is_virtual and not self._report.get("sees_listeners", True)
        return unseen and self._struck_s - before_s > SILENCE_S

    def _send_stroke(
        self, values: Sequence[Value], note: NoteOn | None, start_s: float, note_after_s: float, fixed: bool
    ) -> None:
        words = {
            "values": [[value.key, [message.hex() for message in value.messages]] for value in values],
            "note": None if note is None else dataclasses.astuple(note),
            "note_after_s": note_after_s,
            "fixed": fixed,
        }
        if note is not None:
            self._struck.add((note.channel, note.note))
        if self.state != "ready" or not self._child.send(json.dumps(words).encode(), start_s):
            self.counters.lost += sum(len(value.messages) for value in values) + (note is not None)
