"""What a stroke costs on each wire, for `ghostnote check`: the worst case, when every value has changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from bridge.midi.messages import NoteOn, Value, Wire, WireStroke
from bridge.midi.scheduler import WireQueue
from bridge.rig.targets import MidiTargetSettings

NEVER_S = 1e3
"""A note that is this long has not ended when all its values are out."""


@dataclass(frozen=True, slots=True)
class WireCost:
    """One drum's stroke on one MIDI port.

    Parameters
    ----------
    drum, target : str
        As in the rig.
    messages : int
        Controllers and the note.
    before_ms : float
        Until the note is out, when every value has changed; 0 without a note.
    after_ms : float
        Time of the values that follow it.
    budget : str
        The port's.
    strokes : tuple of WireStroke
        What was put on the wire.
    """

    drum: str
    target: str
    messages: int
    before_ms: float
    after_ms: float
    budget: str
    strokes: tuple[WireStroke, ...] = field(default=(), repr=False, compare=False)

    def named(self, drum: str) -> WireCost:
        """Return the same cost under another name."""
        return replace(self, drum=drum)

    @property
    def figures(self) -> dict[str, str | int | float]:
        """The cost as numbers for a program."""
        names = ("drum", "target", "messages", "before_ms", "after_ms", "budget")
        return {name: getattr(self, name) for name in names}

    @property
    def sentence(self) -> str:
        """The cost in words."""
        messages = "1 message" if self.messages == 1 else f"up to {self.messages} messages"
        if self.budget == "none":
            return f"{self.drum} on {self.target}: {messages} a stroke; the port sets no limit."
        before = f"{self.before_ms:.1f} ms before the note is out" if self.before_ms else ""
        after = f"{self.after_ms:.1f} ms of values" if self.after_ms else ""
        times = f"{before}, {after} after it" if before and after else before or after
        return f"{self.drum} on {self.target}: {messages} a stroke; {times} ({self.budget})."


def stroke_cost(
    places: tuple[str, str], settings: MidiTargetSettings, values: Sequence[Value], note: NoteOn | None, early: bool
) -> WireCost:
    """Return what the port's own queue makes of a stroke on a wire that is free.

    Parameters
    ----------
    places : tuple of str
        Names of drum and target.
    settings : MidiTargetSettings
        Of the target.
    values, note
        The stroke's.
    early : bool
        Whether the note leaves before the values.
    """
    if note is not None:
        note = replace(note, length_s=NEVER_S)
    first = (WireStroke(0.0, 0.0, (), note),) if early else ()
    strokes = (*first, WireStroke(0.0, 0.0, tuple(values), None if early else note))
    return _played(places, settings, strokes)


def port_cost(settings: MidiTargetSettings, costs: Sequence[WireCost]) -> WireCost:
    """Return what the strokes of several plays of one port cost when all are struck at once."""
    return _played(("everything at once", settings.name), settings, [one for cost in costs for one in cost.strokes])


def _played(places: tuple[str, str], settings: MidiTargetSettings, strokes: Sequence[WireStroke]) -> WireCost:
    queue = WireQueue(Wire(settings.budget), settings.lead_s)
    for stroke in strokes:
        queue.strike(stroke)
    count, now_s, note_out_s = 0, 0.0, 0.0
    while (due_s := queue.next_s(now_s)) is not None and due_s < NEVER_S:
        now_s = due_s
        message = queue.take(now_s)
        count += message is not None
        if message is not None and message[0] & 0xF0 == 0x90:
            note_out_s = queue.free_s
    after_s = max(queue.free_s, 0.0) - note_out_s
    return WireCost(*places, count, note_out_s * 1000, after_s * 1000, settings.budget, tuple(strokes))
