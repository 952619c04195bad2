"""What a stroke costs on each wire, for `ghostnote check`: the worst case, when every value has changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from bridge.events import PlayKey
from bridge.midi.messages import Wire, WireStroke
from bridge.midi.scheduler import WireQueue
from bridge.rig.rig import Rig
from bridge.rig.targets import MidiTargetSettings
from bridge.targets.dispatch import Route
from bridge.targets.midi import MidiPlay

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
    """

    drum: str
    target: str
    messages: int
    before_ms: float
    after_ms: float
    budget: str

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


def wire_costs(rig: Rig, routes: list[Route], numbers: Mapping[PlayKey, Mapping[str, float]]) -> list[WireCost]:
    """Return what each MIDI play of a rig costs.

    Parameters
    ----------
    rig : Rig
        Checked.
    routes : list of Route
        Its plays, bound.
    numbers : mapping of PlayKey to mapping
        Of each mapping, a stroke's numbers.
    """
    settings = {target.name: target for target in rig.targets}
    costs = []
    for route in routes:
        target = settings[route.target.name]
        if isinstance(target, MidiTargetSettings) and isinstance(route.play, MidiPlay):
            costs.append(_cost(route, route.play, target, numbers[route.source]))
    return costs


def _cost(route: Route, play: MidiPlay, target: MidiTargetSettings, numbers: Mapping[str, float]) -> WireCost:
    """Return what the port's own queue makes of a stroke on a wire that is free."""
    queue = WireQueue(Wire(target.budget, target.running_status), target.lead_s)
    values, note = tuple(play.values(numbers)), play.note(numbers)
    if note is not None:
        note = replace(note, length_s=NEVER_S)
    if play.early:
        queue.strike(WireStroke(0.0, 0.0, (), note))
        queue.strike(WireStroke(0.0, 0.0, values))
    else:
        queue.strike(WireStroke(0.0, 0.0, values, note))
    count, now_s, note_out_s = 0, 0.0, 0.0
    while (due_s := queue.next_s(now_s)) is not None and due_s < NEVER_S:
        now_s = due_s
        message = queue.take(now_s)
        count += message is not None
        if message is not None and message[0] & 0xF0 == 0x90:
            note_out_s = queue.free_s
    after_s = max(queue.free_s, 0.0) - note_out_s
    return WireCost(route.source.drum, route.target.name, count, note_out_s * 1000, after_s * 1000, target.budget)
