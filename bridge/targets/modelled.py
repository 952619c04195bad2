"""The map of a play whose model was learned for its profile's synth: every parameter goes to the control of its name.

A rig that gives a map of its own keeps it.
"""

from __future__ import annotations

from typing import Any

from bridge.mapping.numbers import UNIT, Ranges
from bridge.rig.plays import MidiPlaySettings, MidiValue, NoteFrom, OscValue, Velocity
from bridge.rig.profiles import Control, Profile, parameter_name
from bridge.targets.base import DrumContext

NOTE, VELOCITY = parameter_name("note"), parameter_name("velocity")


def with_model_midi(settings: MidiPlaySettings, profile: Profile | None, context: DrumContext) -> MidiPlaySettings:
    """Return a play with a controller for each parameter of its model, if it has no map and the model is of its synth.

    Velocity and note come from the model too where it has learned them, unless the play says otherwise.
    """
    controls = _controls(profile, context, "MIDI")
    if not controls or settings.cc or settings.values:
        return settings
    values = [MidiValue.model_validate(_entry(name, control, context.ranges)) for name, control in controls.items()]
    changes: dict[str, Any] = {"values": values}
    if VELOCITY in context.parameters and "velocity" not in settings.model_fields_set:
        number = context.ranges[VELOCITY]
        ends = {"low": round(number.low), "high": round(number.high)}
        changes["velocity"] = Velocity.model_validate({"from": VELOCITY, **ends})
    if NOTE in context.parameters and settings.note is None:
        number = context.ranges[NOTE]
        changes["note"] = NoteFrom.model_validate({"from": NOTE, "low": number.low, "high": number.high, "root": 0})
    return settings.model_copy(update=changes)


def model_entries_osc(profile: Profile | None, context: DrumContext) -> list[OscValue] | None:
    """Return an entry for each parameter of a model that is of the profile's synth; None where it is of another."""
    controls = _controls(profile, context, "OSC")
    if not controls:
        return None
    return [OscValue.model_validate(_entry(name, control, context.ranges)) for name, control in controls.items()]


def _controls(profile: Profile | None, context: DrumContext, way: str) -> dict[str, Control]:
    """Return parameter to control, in the order of the model; empty where a parameter is no control of the synth."""
    if profile is None:
        return {}
    known = {control.parameter: control for control in profile.controls if control.way == way}
    moved = [name for name in context.parameters if name not in (NOTE, VELOCITY)]
    return {name: known[name] for name in moved} if all(name in known for name in moved) else {}


def _entry(name: str, control: Control, ranges: Ranges) -> dict[str, Any]:
    """Return an entry that sends a parameter as it is: its own number, in the units of the message."""
    number = ranges[name]
    curve = "exponential" if number.curve == "log" else "linear"
    ends = {"low": number.low, "high": number.high}
    return {"from": f"{UNIT}{name}", "control": control.name, "curve": curve, **ends}
