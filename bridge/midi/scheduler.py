"""Decide which MIDI message leaves next, and when, within a byte budget. The caller passes the time.

The same object serves the child process that owns a port (with the machine's clock) and `render` (with the stream's),
so a recording of what would be sent is what is sent. Only the standard library: the child starts fast and stays small.

The rules, first to last: a note-off owed for a retriggered or choked note, and its note, leave together; before a note
go its own values, most important first, within ``lead_s``; then note-offs that are due; then the other values, most
important first. A value that equals the last one sent does not leave, and a newer value takes an older one's place.
A note that could only leave after its ``late_s`` is dropped and counted: after a stall, strokes that follow each other
within milliseconds are worse than none. Its values leave, as does every note-off.
"""

from __future__ import annotations

import heapq
from collections import deque
from dataclasses import dataclass, field
from operator import itemgetter

from bridge.midi.messages import NoteOn, Value, Wire, WireStroke
from bridge.midi_bytes import NOTE_OFF, Message, Note, all_off, note_off, poly_pressure
from bridge.realtime.loop import MOST_DELAYS

_SLACK_S = 1e-6
"""Sums of wire times that are equal on paper differ by less than this."""


@dataclass(slots=True)
class _Group:
    """A value on its way out: its messages that are left, and its rank should it have to start again."""

    value: Value
    rank: int
    left: deque[Message]


@dataclass(slots=True)
class WireQueue:
    """The order and the moments in which messages leave one port.

    Parameters
    ----------
    wire : Wire
        What messages cost.
    lead_s : float
        Time for a stroke's own values before its note.
    free_s : float
        When the wire is free again.
    late_notes : int
        Notes that were dropped because they were too late.
    delays_s : deque of float
        From the onset of a stroke to the moment at which its note left, since somebody took them.
    """

    wire: Wire
    lead_s: float
    free_s: float = float("-inf")
    late_notes: int = 0
    delays_s: deque[float] = field(default_factory=lambda: deque(maxlen=MOST_DELAYS))
    _strokes: list[tuple[float, int, WireStroke]] = field(default_factory=list)
    _count: int = 0
    _leads: deque[tuple[int, Value]] = field(default_factory=deque)
    _stroke: WireStroke | None = None
    _together: deque[Message] = field(default_factory=deque)
    _group: _Group | None = None
    _waiting: dict[str, tuple[int, int, Value]] = field(default_factory=dict)
    _sent: dict[str, tuple[Message, ...]] = field(default_factory=dict)
    _offs: list[tuple[float, int, Note]] = field(default_factory=list)
    _sounding: dict[Note, int] = field(default_factory=dict)
    _struck_by: dict[Note, int] = field(default_factory=dict)

    def strike(self, stroke: WireStroke) -> None:
        """Add a stroke. Strokes leave in order of their start."""
        self._count += 1
        heapq.heappush(self._strokes, (stroke.start_s, self._count, stroke))

    def cancel(self, number: int, now_s: float) -> None:
        """Take back the early note of a stroke that was none: it leaves no more, or ends at once.

        A note that another stroke has struck meanwhile is that one's, and stays.
        """
        self._strokes = [waiting for waiting in self._strokes if waiting[2].number != number]
        heapq.heapify(self._strokes)
        if self._stroke is not None and self._stroke.number == number:
            self._park_leads()
            self._stroke = None
        for note, count in self._sounding.items():
            if self._struck_by[note] == number:
                heapq.heappush(self._offs, (now_s, count, note))

    def next_s(self, now_s: float) -> float | None:
        """Return the moment, not before ``now_s``, at which `take` makes progress; None when all has left."""
        free_s = max(self.free_s, now_s)
        if self._together or (self._stroke and self._leads):
            return free_s
        other = [free_s] if self._waiting or self._group else []
        if self._offs:
            other.append(max(free_s, self._offs[0][0]))
        if self._stroke:
            note_s = max(free_s, self._stroke.note_s)
            return min([note_s, *(moment for moment in other if self._fits(moment, note_s))])
        if self._strokes:
            other.append(max(free_s, self._strokes[0][0]))
        return min(other) if other else None

    def take(self, now_s: float) -> Message | None:
        """Return the message that leaves at ``now_s``, or None when nothing may yet."""
        if now_s < self.free_s - _SLACK_S:
            return None
        message = self._next(now_s)
        if message is not None:
            self.free_s = max(now_s, self.free_s) + self.wire.cost_s(message)
        return message

    def silence(self, channels: tuple[int, ...], struck: tuple[Note, ...] = ()) -> list[Message]:
        """Drop what waits and return what ends every note: note-offs, then CC 123 and CC 120 on the channels.

        ``struck`` are notes that an earlier queue may have left on.
        """
        # A stroke may be leaving: the note-offs that it owes are no longer among what sounds, and a program counts as
        # sent with its first message.
        owed = [message for message in self._together if message[0] & 0xF0 == NOTE_OFF]
        offs = [*dict.fromkeys([*owed, *map(note_off, (*struck, *self._sounding))])]
        if self._together:
            self._sent.clear()
        self._sounding.clear()
        self._offs.clear()
        self._strokes.clear()
        self._together.clear()
        self._stroke = None
        self._park_leads()
        used = sorted({*channels, *(off[0] & 0x0F for off in offs)})
        return [*offs, *(message for channel in used for message in all_off(channel))]

    def sounds(self, note: Note) -> bool:
        """Return whether a note is on."""
        return note in self._sounding

    def forget_sent(self) -> None:
        """Let every value be sent again: the device at the other end is new."""
        self._sent.clear()

    def _next(self, now_s: float) -> Message | None:
        if not self._together:
            self._start_stroke(now_s)
        while self._stroke is not None and not self._together and now_s > self._stroke.late_s:
            self._park_leads()
            self._stroke = None
            self.late_notes += 1
            self._start_stroke(now_s)
        if self._together:
            return self._together.popleft()
        if self._stroke is not None:
            return self._next_of_stroke(self._stroke, now_s)
        return self._next_off(now_s) or self._next_value(now_s)

    def _start_stroke(self, now_s: float) -> None:
        """Make the next stroke the current one; a stroke without a note only leaves its values behind."""
        while not self._busy and self._strokes and self._strokes[0][0] <= now_s + _SLACK_S:
            stroke = heapq.heappop(self._strokes)[2]
            for rank, value in enumerate(stroke.values):
                self._waiting.pop(value.key, None)
                if self._group and self._group.value.key == value.key:
                    self._group = None
                    self._sent.pop(value.key, None)
                if self._sent.get(value.key) != value.messages:
                    self._leads.append((rank, value))
            if stroke.first:
                self._lead_all()
            elif stroke.note is None:
                self._park_leads()
            else:
                self._stroke = stroke

    @property
    def _busy(self) -> bool:
        """Whether a stroke, or what must leave before the next one, is under way."""
        return self._stroke is not None or bool(self._together)

    def _lead_all(self) -> None:
        """Let values leave at once, before the next stroke begins."""
        for _, value in self._leads:
            self._together.extend(value.messages)
            self._sent[value.key] = value.messages
        self._leads.clear()

    def _next_of_stroke(self, stroke: WireStroke, now_s: float) -> Message | None:
        # A second stroke waits: what this one has not sent of its values follows its note, and delays nobody's.
        crowded = bool(self._strokes) and self._strokes[0][0] <= now_s + _SLACK_S and self.wire.budget != "none"
        if self._leads and (crowded or not self._lead_fits(stroke, now_s)):
            self._park_leads()
        if self._leads:
            return self._next_lead()
        if now_s + _SLACK_S < stroke.note_s:
            fits = self._fits(now_s, stroke.note_s)
            return (self._next_off(now_s) or self._next_value(now_s)) if fits else None
        self._stroke = None
        if stroke.note is not None:
            self.delays_s.append(now_s - stroke.onset_s)
            self._together.extend(self._moment(stroke.note, now_s))
            self._struck_by |= dict.fromkeys(stroke.note.keys, stroke.number)
        return self._together.popleft()

    def _lead_fits(self, stroke: WireStroke, now_s: float) -> bool:
        """Tell whether the stroke's next value leaves the note its time."""
        value = self._leads[0][1]
        begun = self._group is not None and self._group.value is value
        rest = self._group.left if begun and self._group else value.messages
        cost_s = sum(self.wire.cost_s(message) for message in rest)
        return not cost_s or now_s + cost_s <= stroke.start_s + self.lead_s + _SLACK_S

    def _next_lead(self) -> Message:
        rank, value = self._leads[0]
        if len(value.messages) == 1:
            self._leads.popleft()
            self._sent[value.key] = value.messages
            return value.messages[0]
        if self._group is None or self._group.value is not value:
            self._interrupt()
            self._group = _Group(value, rank, deque(value.messages))
        message = self._pop(self._group)
        if self._group is None:
            self._leads.popleft()
        return message

    def _fits(self, moment_s: float, until_s: float) -> bool:
        """Tell whether other traffic that starts now ends before the note's moment."""
        return moment_s + self.wire.longest_s <= until_s

    def _moment(self, note: NoteOn, now_s: float) -> list[Message]:
        """Return what leaves together: note-offs that are owed, cut notes, the note."""
        cut = [other for other in note.cuts if other in self._sounding]
        messages = [poly_pressure(other, 127) for other in cut] if note.choke_pressure else []
        for owed in dict.fromkeys(note.keys if note.choke_pressure else (*note.keys, *cut)):
            if self._sounding.pop(owed, None) is not None:
                messages.append(note_off(owed))
        before_s = sum(self.wire.cost_s(message) for message in messages)
        for key in note.keys:
            self._count += 1
            self._sounding[key] = self._count
            heapq.heappush(self._offs, (now_s + before_s + note.length_s, self._count, key))
        return [*messages, *note.messages]

    def _next_off(self, now_s: float) -> Message | None:
        while self._offs and self._offs[0][0] <= now_s + _SLACK_S:
            _, count, note = heapq.heappop(self._offs)
            if self._sounding.get(note) == count:
                del self._sounding[note]
                return note_off(note)
        return None

    def _next_value(self, now_s: float) -> Message | None:
        if self._group is None:
            if not self._waiting:
                return None
            rank, _, value = min(self._waiting.values(), key=itemgetter(0, 1))
            del self._waiting[value.key]
            self._group = _Group(value, rank, deque(value.messages))
        return self._pop(self._group)

    def _pop(self, group: _Group) -> Message:
        message = group.left.popleft()
        if not group.left:
            self._sent[group.value.key] = group.value.messages
            self._group = None
        return message

    def _park_leads(self) -> None:
        """Let the stroke's values that found no time follow its note."""
        if self._leads and self._group and self._group.value is self._leads[0][1]:
            self._interrupt()
            self._leads.popleft()
        for rank, value in self._leads:
            self._count += 1
            self._waiting[value.key] = (rank, self._count, value)
        self._leads.clear()

    def _interrupt(self) -> None:
        """Put a value that was under way back whole: a parameter number must not be split by another."""
        if self._group is not None:
            self._count += 1
            self._sent.pop(self._group.value.key, None)
            self._waiting.setdefault(self._group.value.key, (self._group.rank, self._count, self._group.value))
            self._group = None
