"""What takes strokes to a MIDI port: a child process that owns the port, or a transcript of what the port would send.

Both keep the port's `WireQueue`, the child with the machine's clock and the transcript with the stream's, so both send
the same bytes in the same order.
"""

from __future__ import annotations

import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Sequence

from bridge.events import Counters, Moment, Transcript, TranscriptEntry
from bridge.midi.child import PROGRAM
from bridge.midi.messages import NoteOn, Value, Wire, WireStroke
from bridge.midi.scheduler import WireQueue
from bridge.midi_bytes import Note
from bridge.realtime.child import Report
from bridge.realtime.port import PortChild
from bridge.rig.targets import MidiTargetSettings
from synth.errors import shown

LISTENER_S = 1.0
SILENCE_S = 5.0
"""Where nobody can see who listens, the first stroke after this long a rest carries everything again."""


class MidiCarrier(ABC):
    """Takes strokes to a port.

    Parameters
    ----------
    settings : MidiTargetSettings
        Of the target.
    counters : Counters
        Of the target.
    """

    def __init__(self, settings: MidiTargetSettings, counters: Counters) -> None:
        self._settings = settings
        self._counters = counters
        self._channels: tuple[int, ...] = ()

    def use(self, channel: int, programs: Sequence[Value]) -> None:
        """Note a channel, to be silenced with the rest, and send what is set at start."""
        self._channels = tuple(sorted({*self._channels, channel}))
        self._send(WireStroke(0.0, 0.0, tuple(programs), first=True))

    def stroke(self, values: Sequence[Value], note: NoteOn | None, moment: Moment, number: int) -> None:
        """Let values, then a note, leave at their moment."""
        lead_s = self._settings.lead_s
        start_s, note_s = moment.known_s, moment.known_s + (lead_s if self._settings.budget == "none" else 0.0)
        if moment.fixed:
            start_s, note_s = max(moment.due_s - lead_s, moment.known_s), moment.due_s
        late_s = note_s + self._settings.late_ms / 1000
        stroke = WireStroke(start_s, note_s, tuple(values), note, moment.fixed, late_s, False, moment.onset_s, number)
        self._send(stroke)

    @property
    def opened(self) -> str:
        """The name of the port that is open; empty where there is none."""
        return ""

    @property
    def rivals(self) -> tuple[str, ...]:
        """Ports that the wanted name fits as well."""
        return ()

    @abstractmethod
    def _send(self, stroke: WireStroke) -> None:
        """Give a stroke to the port's queue."""


class TranscriptMidiCarrier(MidiCarrier):
    """Writes down what would leave the port, in the stream's time.

    Parameters
    ----------
    settings, counters
        As for `MidiCarrier`.
    transcript : Transcript
        Gets an entry a message.
    """

    away = unended = ""
    refusals = 0

    def __init__(self, settings: MidiTargetSettings, counters: Counters, transcript: Transcript) -> None:
        super().__init__(settings, counters)
        self._transcript = transcript
        self._queue = WireQueue(Wire(settings.budget), settings.lead_s)
        self._now_s = 0.0

    def stroke(self, values: Sequence[Value], note: NoteOn | None, moment: Moment, number: int) -> None:
        """Add a stroke, after what leaves before it."""
        self.play_until(moment.known_s)
        super().stroke(values, note, moment, number)

    def cancel(self, number: int, moment: Moment) -> None:
        """Take the early note of a stroke back, after what leaves before."""
        self.play_until(moment.known_s)
        self._queue.cancel(number, moment.known_s)

    def _send(self, stroke: WireStroke) -> None:
        self._queue.strike(stroke)

    def panic(self) -> None:
        """Write down the end of every note."""
        for message in self._queue.silence(self._channels):
            self._add(message)

    def resend(self) -> None:
        """Do nothing: nobody comes late to a transcript."""

    def close(self) -> None:
        """Write down what is still to leave, note-offs among it."""
        self.play_until(float("inf"))

    def play_until(self, end_s: float) -> None:
        """Write down what leaves before a moment of the stream."""
        # What leaves at the very end waits: a newer value may still take its place.
        while (due_s := self._queue.next_s(self._now_s)) is not None and due_s < end_s:
            self._now_s = due_s
            message = self._queue.take(due_s)
            if message is not None:
                self._add(message)
        self._counters.late_notes = self._queue.late_notes

    def _add(self, message: bytes) -> None:
        self._counters.messages += 1
        self._transcript.append(
            TranscriptEntry(self._now_s, self._settings.name, "midi", {"bytes": list(message)}, message)
        )


class ChildMidiCarrier(MidiCarrier):
    """Plays a port that a child process owns.

    Parameters
    ----------
    settings, counters
        As for `MidiCarrier`.
    lines : str or None
        A file that gets the messages instead of a port.

    Attributes
    ----------
    child : PortChild
        The present one. It opens the port whenever that is there.
    unended : str
        After `close` a sentence where note-offs could not leave, else empty.
    """

    def __init__(self, settings: MidiTargetSettings, counters: Counters, lines: str | None = None) -> None:
        super().__init__(settings, counters)
        self._programs: dict[str, Value] = {}
        self._last: dict[str, Value] = {}
        self._struck: set[Note] = set()
        self._struck_s = time.monotonic()
        self._misses = False
        self.unended = ""
        keys = ("port", "api", "budget", "lead_s")
        words = {key: getattr(settings, key) for key in keys} | {"virtual": settings.is_virtual, "lines": lines}
        self.child = PortChild(PROGRAM, words, self._take_report)
        self.child.settle()

    @property
    def away(self) -> str:
        """A sentence where the port is not there; else nothing."""
        return self.child.away(f"{self._settings.where}: port is {shown(self._settings.port)}", "MIDI ports")

    @property
    def refusals(self) -> int:
        """Times the system started no process in the place of the child's."""
        return self.child.refusals

    @property
    def opened(self) -> str:
        """The name of the port that is open; empty where there is none."""
        own = f"{self._settings.port}, a port of our own"
        return (self.child.last.get("port") or own) if self.child.state == "ready" else ""

    @property
    def rivals(self) -> tuple[str, ...]:
        """Ports that the wanted name fits as well."""
        return tuple(self.child.last.get("others", ()))

    def use(self, channel: int, programs: Sequence[Value]) -> None:
        """Send what is set at start, again whenever the port comes back."""
        super().use(channel, programs)
        self._programs |= {program.key: program for program in programs}
        self.child.tell("channels", self._channels, keep=True)

    def stroke(self, values: Sequence[Value], note: NoteOn | None, moment: Moment, number: int) -> None:
        """Hand a stroke to the child."""
        self._last.update({value.key: value for value in values})
        if self._may_be_new_to_someone():
            self._send_programs()
        super().stroke(values, note, moment, number)

    def cancel(self, number: int, moment: Moment) -> None:
        """Take the early note of a stroke back, as soon as the child hears of it."""
        self.child.tell("cancel", number)

    def _send(self, stroke: WireStroke) -> None:
        if stroke.note is not None:
            self._struck.update(stroke.note.keys)
        # What is set at start is sent once: lost on its way, it would be missed by every note that follows.
        if self.child.state != "ready" or not self.child.tell("stroke", stroke, keep=stroke.first):
            self._misses = True
            messages = sum(len(value.messages) for value in stroke.values)
            self._counters.lost += messages + (len(stroke.note.keys) if stroke.note is not None else 0)

    def panic(self) -> None:
        """End every note; drop what waits."""
        self.child.tell("panic", keep=True)

    def resend(self) -> None:
        """Send the programs and the latest values again, whether they have changed or not."""
        self._send_programs()
        self._send(WireStroke(0.0, 0.0, tuple(self._last.values())))

    def close(self) -> None:
        """Close the pipe: the child ends every note and lets go."""
        self.child.close()

    def _take_report(self, report: Report) -> None:
        self._counters.messages += report.get("messages", 0)
        self._counters.late_notes += report.get("late_notes", 0)
        for delay_s in report.get("delays_s", ()):
            self._counters.note_delay(delay_s)
        if "unended" in report:
            self._counters.lost += report["unended"]
            self.unended = f"{self._settings.where}: its notes may still sound: {report['why']}"
        if "listener" in report:
            self.resend()
        if report.get("state") == "ready" and self._misses:
            self._misses = False
            self._restore()
        elif "state" in report and report["state"] != "ready":
            self._misses = True

    def _restore(self) -> None:
        """Silence what a lost child may have left sounding, and give the port its state again."""
        # Some synths ignore controllers 123 and 120. Which notes are on is not known here: an end too many harms none.
        self.child.tell("channels", self._channels, keep=True)
        self.child.tell("panic", tuple(sorted(self._struck.copy())), keep=True)
        self.resend()
        if self._settings.is_virtual and not self.child.last["sees_listeners"]:
            # Whoever listens to a port that we make must first connect to it again.
            later = threading.Timer(LISTENER_S, self.resend)
            later.daemon = True
            later.start()

    def _send_programs(self) -> None:
        """Let every value count as unsent, and send what is set at start before the next note."""
        self.child.tell("again", keep=True)
        self._send(WireStroke(0.0, 0.0, tuple(self._programs.values()), first=True))

    def _may_be_new_to_someone(self) -> bool:
        """Tell whether a stroke comes after a rest in which someone may have connected unseen; note the stroke."""
        before_s, self._struck_s = self._struck_s, time.monotonic()
        unseen = self._settings.is_virtual and not self.child.last.get("sees_listeners", True)
        return unseen and self._struck_s - before_s > SILENCE_S
