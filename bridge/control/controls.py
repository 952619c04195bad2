"""Every live control and every number of the live state, as one table: OSC, MIDI, OSCQuery and the docs read it.

An address says what a control is (``/ghostnote/drum/snare/amount``); `LiveControl.take` accepts whatever arrives there.
A number of ``[[drum]]`` or ``[drum.features.NAME]`` is live where `Controls` has its field, as is every plain setting
of the detector: the rig's own fields give range, unit and meaning.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache, partial
from typing import Any, Literal

from bridge.control.surface import StateNumber, Surface, state_numbers
from bridge.engine.changes import SetControl, SetDetector, SetEnabled, SetMapping, SetPreset
from bridge.events import PlayKey
from bridge.mapping.load import DRUM_CONTROLS, load_bundle, require_fit
from bridge.mapping.mapping import DrumMapping
from bridge.rig.detector import SETTINGS
from bridge.rig.rig import Drum, FeatureKnob
from bridge.rig.settings import Number, Settings
from models.features.tables import ONSET_FEATURES
from models.mapping.bundle import MODELS
from synth.errors import InputError
from synth.presets import load_preset, preset_names

ROOT = "/ghostnote"

APART_DB = 1.0
"""Softest and loudest level stay this far apart: velocity divides by what lies between them."""

Kind = Literal["number", "switch", "text", "trigger", "state"]
Value = float | bool | str | int


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveControl:
    """One control, or one number of the live state.

    Parameters
    ----------
    surface : Surface
        What it acts upon.
    address : str
        OSC address.
    kind : {"number", "switch", "text", "trigger", "state"}
        ``state`` is only read.
    low, high : float
        Range of a number.
    unit, meaning : str
        For displays.
    choices : tuple of str
        What a text may be; empty: anything that can be loaded.
    """

    surface: Surface = field(repr=False, compare=False)
    address: str
    kind: Kind = "number"
    low: float = 0.0
    high: float = 1.0
    unit: str = ""
    meaning: str = ""
    choices: tuple[str, ...] = ()

    def get(self) -> Value:
        """Return the present value; a trigger's is False."""
        raise NotImplementedError

    def set(self, value: Any) -> None:
        """Take a value that is already of its kind and within its range."""
        raise NotImplementedError

    @property
    def tag(self) -> str:
        """OSC type of the value."""
        return {"number": "f", "switch": "T", "text": "s", "trigger": "N", "state": "f"}[self.kind]

    def take(self, arguments: list[Any]) -> bool:
        """Set the control from an OSC message's arguments; False when they make no sense here."""
        first = arguments[0] if arguments else None
        if self.kind == "trigger":
            if first not in (0, False):
                self.set(True)
            return True
        if self.kind == "text":
            return isinstance(first, str) and self._set(first)
        if not isinstance(first, (int, float)) or not math.isfinite(first):
            return False
        if self.kind == "switch":
            return self._set(bool(first))
        return self.kind == "number" and self._set(min(max(float(first), self.low), self.high))

    def take_unit(self, unit: float) -> bool:
        """Set the control from a place in its range, 0..1, as a MIDI controller has it."""
        if self.kind == "switch":
            return self._set(unit >= 0.5)
        if self.kind == "trigger":
            return self.take([unit >= 0.5])
        if self.kind == "text" and self.choices:
            return self._set(self.choices[min(int(unit * len(self.choices)), len(self.choices) - 1)])
        return self.kind == "number" and self._set(self.low + (self.high - self.low) * unit)

    def _set(self, value: Value) -> bool:
        try:
            self.set(value)
        except (InputError, ValueError):
            return False
        return True


@dataclass(frozen=True, slots=True, kw_only=True)
class MappingControl(LiveControl):
    """A field of a mapping's `Controls`, or one column of it."""

    key: PlayKey
    field: str
    index: int | None = None

    def get(self) -> Value:
        """Return what the mapping has."""
        value = getattr(self.surface.live.mappings[self.key].controls, self.field)
        return value if self.index is None else value[self.index].item()  # type: ignore[no-any-return]

    def set(self, value: Any) -> None:
        """Change it; of softest and loudest level the other one makes room first."""
        controls = self.surface.live.mappings[self.key].controls
        if self.field == "softest_db" and controls.loudest_db < value + APART_DB:
            self.surface.change(SetControl(self.key, "loudest_db", value + APART_DB))
        if self.field == "loudest_db" and controls.softest_db > value - APART_DB:
            self.surface.change(SetControl(self.key, "softest_db", value - APART_DB))
        self.surface.change(SetControl(self.key, self.field, value, self.index))


@dataclass(frozen=True, slots=True, kw_only=True)
class DetectorControl(LiveControl):
    """A setting of a drum's detector, and so of every drum that shares its ear."""

    drum: str
    sharing: tuple[str, ...]
    field: str

    def get(self) -> Value:
        """Return what the detector has."""
        return float(getattr(self.surface.live.detectors[self.drum], self.field))

    def set(self, value: Any) -> None:
        """Change it for all of them."""
        for drum in self.sharing:
            self.surface.change(SetDetector(drum, self.field, value))


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelControl(LiveControl):
    """The model of a drum. A model brings the preset that it was trained on."""

    key: PlayKey
    drum: Drum

    def get(self) -> Value:
        """Return what was chosen, or else the rig's."""
        return self.surface.live.models.get(self.key, self.drum.model)

    def set(self, value: Any) -> None:
        """Load it; `InputError` where it does not fit."""
        asked = self.drum.model_copy(update={"model": value, "preset": ""})
        bundle, before = load_bundle(asked), self.surface.live.mappings[self.key]
        require_fit(asked, bundle, before.bundle)
        self.surface.end_notes()
        self.surface.change(SetMapping(DrumMapping(self.key, bundle, before.controls), value))


@dataclass(frozen=True, slots=True, kw_only=True)
class PresetControl(LiveControl):
    """The preset of a drum."""

    key: PlayKey
    drum: Drum

    def get(self) -> Value:
        """Return its name."""
        return self.surface.live.mappings[self.key].bundle.preset.name

    def set(self, value: Any) -> None:
        """Load it; `InputError` where there is none."""
        preset = load_preset(value, self.surface.live.mappings[self.key].space, self.drum.folder)
        self.surface.end_notes()
        self.surface.change(SetPreset(self.key, preset))


@dataclass(frozen=True, slots=True, kw_only=True)
class EnabledControl(LiveControl):
    """Whether strokes play."""

    def get(self) -> Value:
        """Return whether they do."""
        return self.surface.live.enabled

    def set(self, value: Any) -> None:
        """Let them, or not: whoever stops a performance means what rings as well, which may ring for a minute."""
        was = self.surface.live.enabled
        self.surface.change(SetEnabled(value))
        if was and not value:
            self.surface.panic()


@dataclass(frozen=True, slots=True, kw_only=True)
class TriggerControl(LiveControl):
    """Something that the surface does when it is told to; ``action`` is its method."""

    action: str

    def get(self) -> Value:
        """Return False."""
        return False

    def set(self, value: Any) -> None:
        """Do it."""
        getattr(self.surface, self.action)()


@dataclass(frozen=True, slots=True, kw_only=True)
class StateControl(LiveControl):
    """A number of the live state."""

    name: str

    def get(self) -> Value:
        """Return it."""
        return self.surface.numbers()[self.name]


@dataclass(frozen=True, slots=True, kw_only=True)
class StrokeControl(LiveControl):
    """Of a mapping's latest stroke: its velocity, or the parameter in a column, 0..1."""

    key: PlayKey
    index: int | None = None

    def get(self) -> Value:
        """Return it; before the first stroke the parameter's default."""
        strike = self.surface.last(self.key)
        if self.index is None:
            return 0.0 if strike is None else strike.velocity
        param = self.surface.live.mappings[self.key].space.params[self.index]
        return param.to_unit(param.default if strike is None else float(strike.values[self.index]))


def readings(surface: Surface, controls: Mapping[str, LiveControl]) -> dict[str, Value]:
    """Return every value that can be read, by address; the state is computed once."""
    state = surface.numbers()
    return {
        address: state[control.name] if isinstance(control, StateControl) else control.get()
        for address, control in controls.items()
        if control.kind != "trigger"
    }


def live_controls(surface: Surface, drums: Iterable[Drum]) -> dict[str, LiveControl]:
    """Return every control and state of a surface by address."""
    table, drums = [*_global_controls(surface)], tuple(drums)
    for drum in drums:
        for mapped in drum.mapped().values():
            table += _mapping_controls(surface, mapped)
        sharing = tuple(other.name for other in drums if other.channel == drum.channel)
        table += _detector_controls(surface, drum.name, sharing)
    return {control.address: control for control in table}


def _global_controls(surface: Surface) -> Iterator[LiveControl]:
    trigger = partial(TriggerControl, surface=surface, kind="trigger")
    yield trigger(address=f"{ROOT}/panic", action="panic", meaning="silence everything")
    meaning = "send MIDI program changes and all values again, for a synth that came late"
    yield trigger(address=f"{ROOT}/resend", action="resend", meaning=meaning)
    meaning = "strokes play; off: all falls silent and the bridge only listens"
    yield EnabledControl(surface=surface, address=f"{ROOT}/enabled", kind="switch", meaning=meaning)
    state = partial(StateControl, surface=surface, kind="state")
    for one in state_numbers():
        yield state(address=f"{ROOT}/state/{one.name}", name=one.name, **_shown(one))


def _mapping_controls(surface: Surface, drum: Drum) -> Iterator[LiveControl]:
    """Yield what turns one mapping: the drum's own, or that of a play."""
    key, names = drum.key, surface.live.mappings[drum.key].space.names
    base = f"{ROOT}/drum/{key.drum}" + (f"/play/{key.play}" if key.play else "")
    control = partial(MappingControl, surface=surface, key=key)
    for name in DRUM_CONTROLS:
        yield control(address=f"{base}/{name}", field=name, **_limits(Drum, name))
    for index, name in enumerate(names):
        at = f"{base}/parameter/{name}"
        yield control(address=f"{at}/amount", field="parameter_amount", index=index, **_limits(Drum, "amounts"))
        yield control(address=f"{at}/lock", field="locked", index=index, kind="switch", meaning="stays at the preset")
    for index, feature in enumerate(ONSET_FEATURES):
        for name in FeatureKnob.model_fields:
            address, limits = f"{base}/feature/{feature.name}/{name}", _limits(FeatureKnob, name)
            yield control(address=address, field=f"feature_{name}", index=index, **limits)
    text: dict[str, Any] = {"surface": surface, "kind": "text", "key": key, "drum": drum}
    presets = preset_names(surface.live.mappings[key].space)
    yield ModelControl(address=f"{base}/model", meaning="trained mapping", choices=MODELS.names(), **text)
    yield PresetControl(address=f"{base}/preset", meaning="patch", choices=presets, **text)
    stroke = partial(StrokeControl, surface=surface, kind="state", key=key)
    yield stroke(address=f"{base}/stroke/velocity", meaning="of the latest stroke")
    for index, name in enumerate(names):
        meaning = "value of the latest stroke, 0 to 1 of its range"
        yield stroke(address=f"{base}/stroke/{name}", meaning=meaning, index=index)


def _detector_controls(surface: Surface, drum: str, sharing: tuple[str, ...]) -> Iterator[LiveControl]:
    control = partial(DetectorControl, surface=surface, drum=drum, sharing=sharing)
    for one in SETTINGS:
        yield control(address=f"{ROOT}/drum/{drum}/detector/{one.key}", field=one.key, **_shown(one))


def _shown(one: StateNumber | Number) -> dict[str, Any]:
    return {"low": one.low, "high": one.high, "unit": one.unit, "meaning": one.meaning}


@cache
def _limits(table: type[Settings], key: str) -> dict[str, Any]:
    """Return kind, range, unit and meaning of a rig's number or switch, or of each number of its table."""
    schema = table.model_json_schema()["properties"][key]
    number, shown = schema.get("additionalProperties", schema), {"meaning": schema["description"]}
    if number["type"] == "boolean":
        return {**shown, "kind": "switch"}
    unit = "dB" if key.endswith("_db") else ""
    return {**shown, "low": float(number["minimum"]), "high": float(number["maximum"]), "unit": unit}
