"""What a stroke costs on each wire, for `ghostnote check`: the worst case, when every value has changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bridge.rig import Rig
from bridge.routes import MidiTargetSettings
from bridge.sender import Route
from bridge.targets.midi import MidiPlay
from bridge.wire.traffic import Wire

NOTE_BYTES = bytes((0x90, 0, 0))


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
        Time on the wire before the note, when every value has changed.
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
        rest = f", {self.after_ms:.1f} ms of values after it" if self.after_ms else ""
        return (
            f"{self.drum} on {self.target}: {messages} a stroke; "
            f"{self.before_ms:.1f} ms before the note is out{rest} ({self.budget})."
        )


def wire_costs(rig: Rig, routes: list[Route], numbers: Mapping[str, Mapping[str, float]]) -> list[WireCost]:
    """Return what each MIDI play of a rig costs.

    Parameters
    ----------
    rig : Rig
        Checked.
    routes : list of Route
        Its plays, bound.
    numbers : mapping of str to mapping
        For each drum, a stroke's numbers.
    """
    settings = {target.name: target for target in rig.targets}
    costs = []
    for route in routes:
        target = settings[route.target.name]
        if isinstance(target, MidiTargetSettings) and isinstance(route.play, MidiPlay):
            costs.append(_cost(route, route.play, target, numbers[route.drum]))
    return costs


def _cost(route: Route, play: MidiPlay, target: MidiTargetSettings, numbers: Mapping[str, float]) -> WireCost:
    wire = Wire(target.budget, target.running_status)
    groups = [value.messages for value in play.values(numbers)]
    before_s = after_s = 0.0
    for messages in groups:
        group_s = sum(wire.sent(message) for message in messages)
        if play.early or before_s + group_s > target.lead_s:
            after_s += group_s
        else:
            before_s += group_s
    has_note = play.note(numbers) is not None
    before_s += wire.sent(NOTE_BYTES) if has_note else 0.0
    count = sum(len(messages) for messages in groups) + has_note
    return WireCost(route.drum, route.target.name, count, before_s * 1000, after_s * 1000, target.budget)
