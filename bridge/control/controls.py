"""Every live control and every number of the live state, as one table: OSC, MIDI, OSCQuery and the docs read it.

An address says what a control is (``/ghostnote/drum/snare/amount``); `LiveControl.take` accepts whatever arrives there.
A number of ``[[drum]]`` or ``[drum.features.NAME]`` is live where `Controls` has its field, as is every plain setting
of the detector: the rig's own fields give range, unit and meaning.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache, partial
from typing import Any, Literal

from bridge.control.loading import LARGEST_MODEL_BYTES, LARGEST_PRESET_BYTES, require_own
from bridge.control.surface import Surface, state_numbers
from bridge.engine.changes import (
    SetBlend,
    SetBypass,
    SetControl,
    SetDetector,
    SetEffect,
    SetEnabled,
    SetMapping,
    SetPreset,
)
from bridge.events import PlayKey
from bridge.mapping.load import DRUM_CONTROLS, load_bundle, require_fit, require_tables
from bridge.mapping.mapping import DrumMapping
from bridge.rig.detector import SETTINGS
from bridge.rig.effects import EffectPlace
from bridge.rig.rig import Drum, FeatureKnob
from bridge.rig.settings import Number, Settings
from models.features.tables import ONSET_FEATURES
from models.mapping.bundle import MODELS
from synth.errors import InputError
from synth.spec import Curve
from synth.voices.presets import PRESETS, load_preset, preset_names

ROOT = "/ghostnote"
STATE = f"{ROOT}/state"

APART_DB = 1.0
"""Softest and loudest level stay this far apart: velocity divides by what lies between them."""

Kind = Literal["number", "switch", "text", "trigger", "state"]
Value = float | bool | str | int


def _refuse(_value: Any) -> None:
    raise InputError("it is only read")


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveControl:
    """One control, or one number of the live state.

    Parameters
    ----------
    address : str
        OSC address.
    kind : {"number", "switch", "text", "trigger", "state"}
        ``state`` is only read.
    low, high : float
        Range of a number.
    curve : {"linear", "log"}
        How the way of a MIDI controller covers the range.
    unit, meaning : str
        For displays.
    choices : tuple of str
        What a text may be.
    whole : bool
        Whether a number counts something: an integer in a message.
    loads : bool
        Whether setting it reads or writes a file, which may take any time.
    get : callable
        Returns the present value; a trigger's is False.
    set : callable
        Takes a value that is already of its kind and within its range; `InputError` where it does not fit.
    """

    address: str
    kind: Kind = "number"
    low: float = 0.0
    high: float = 1.0
    curve: Curve = "linear"
    unit: str = ""
    meaning: str = ""
    choices: tuple[str, ...] = ()
    whole: bool = False
    loads: bool = False
    get: Callable[[], Value] = field(default=lambda: False, repr=False, compare=False)
    set: Callable[[Any], None] = field(default=_refuse, repr=False, compare=False)

    def tag(self, value: Value) -> str:
        """Return the OSC type of a value of this control, as it is sent and described."""
        if self.kind == "switch":
            return "T" if value else "F"
        number = "i" if self.whole else "f"
        return {"number": number, "state": number, "text": "s", "trigger": "N"}[self.kind]

    def read(self) -> Value:
        """Return the present value, of its type and within its range."""
        return self.shown(self.get())

    def shown(self, value: Value) -> Value:
        """Return a value as it is sent and described: of its type and within its range."""
        if self.kind == "text":
            return str(value)
        if self.kind not in ("number", "state"):
            return bool(value)
        number = min(max(float(value), self.low), self.high)
        return round(number) if self.whole else number

    def take(self, arguments: list[Any]) -> bool:
        """Set the control from an OSC message's arguments; False when they make no sense here."""
        first = arguments[0] if arguments else None
        while isinstance(first, list):  # an array: what it begins with
            first = first[0] if first else None
        if self.kind == "trigger":
            if first not in (0, False):
                self.set(True)
            return True
        if self.kind == "text":
            return isinstance(first, str) and self._set(first)
        if not isinstance(first, (int, float)) or not -math.inf < first < math.inf:
            return False
        if self.kind == "switch":
            return self._set(bool(first))
        return self.kind == "number" and self._set(float(min(max(first, self.low), self.high)))

    def take_unit(self, unit: float) -> bool:
        """Set the control from a place in its range, 0..1, as a MIDI controller has it."""
        if self.kind == "switch":
            return self._set(unit >= 0.5)
        if self.kind == "trigger":
            return self.take([unit >= 0.5])
        if self.kind == "text" and self.choices:
            return self._set(self.choices[min(int(unit * len(self.choices)), len(self.choices) - 1)])
        if self.curve == "log":
            return self._set(self.low * (self.high / self.low) ** unit)
        return self.kind == "number" and self._set(self.low + (self.high - self.low) * unit)

    def place(self) -> float:
        """Return where in its range a number is, 0..1."""
        if self.curve == "log":
            return math.log(float(self.get()) / self.low) / math.log(self.high / self.low)
        return (float(self.get()) - self.low) / (self.high - self.low)

    def _set(self, value: Value) -> bool:
        try:
            self.set(value)
        except (InputError, ValueError):
            return False
        return True


def readings(surface: Surface, controls: Mapping[str, LiveControl]) -> dict[str, Value]:
    """Return every value that can be read, by address; the state is computed once."""
    state = {f"{STATE}/{name}": value for name, value in surface.numbers().items()}
    return {
        address: control.shown(state[address] if address in state else control.get())
        for address, control in controls.items()
        if control.kind != "trigger"
    }


def live_controls(surface: Surface, drums: Iterable[Drum]) -> dict[str, LiveControl]:
    """Return every control and state of a surface by address."""
    table, drums = [*_global_controls(surface)], tuple(drums)
    for drum in drums:
        for mapped in drum.mapped().values():
            table += _mapping_controls(surface, mapped)
        table += _detector_controls(surface, drum)
    for place in surface.live.effects:
        table += _effect_controls(surface, place)
    return {control.address: control for control in table}


def _global_controls(surface: Surface) -> Iterator[LiveControl]:
    def enable(enabled: bool) -> None:
        """Let strokes play, or not: whoever stops means what rings as well, which may ring for a minute."""
        was = surface.live.enabled
        surface.change(SetEnabled(enabled))
        if was and not enabled:
            surface.panic()

    meaning = "silence everything"
    yield LiveControl(address=f"{ROOT}/panic", kind="trigger", set=lambda _: surface.panic(), meaning=meaning)
    meaning = "send MIDI program changes and all values again, for a synth that came late"
    yield LiveControl(address=f"{ROOT}/resend", kind="trigger", set=lambda _: surface.resend(), meaning=meaning)
    meaning = "strokes play; off: all falls silent and the bridge only listens"
    switch = partial(LiveControl, address=f"{ROOT}/enabled", kind="switch", meaning=meaning)
    yield switch(get=lambda: surface.live.enabled, set=enable)
    for one in state_numbers():
        get = partial(lambda name: surface.numbers()[name], one.key)
        yield LiveControl(address=f"{STATE}/{one.key}", kind="state", get=get, whole=one.whole, **_shown(one))


def _mapping_controls(surface: Surface, drum: Drum) -> Iterator[LiveControl]:
    """Yield what turns one mapping: the drum's own, or that of a play."""
    key, space = drum.key, surface.live.mappings[drum.key].space
    base = f"{ROOT}/drum/{key.drum}" + (f"/play/{key.play}" if key.play else "")
    control = partial(_mapping_control, surface, key)
    for name in DRUM_CONTROLS:
        yield control(name, address=f"{base}/{name}", **_limits(Drum, name))
    for index, name in enumerate(space.names):
        at = f"{base}/parameter/{name}"
        yield control("parameter_amount", index, address=f"{at}/amount", **_limits(Drum, "amounts"))
        yield control("locked", index, address=f"{at}/lock", kind="switch", meaning="stays at the preset")
    for index, feature in enumerate(ONSET_FEATURES):
        for name in FeatureKnob.model_fields:
            address = f"{base}/feature/{feature.name}/{name}"
            yield control(f"feature_{name}", index, address=address, **_limits(FeatureKnob, name))
    yield _model_control(surface, drum, f"{base}/model")
    yield _preset_control(surface, drum, f"{base}/preset")
    yield from _stroke_controls(surface, key, f"{base}/stroke")


def _mapping_control(surface: Surface, key: PlayKey, name: str, index: int | None = None, **shown: Any) -> LiveControl:
    """Return the control of a field of a mapping's `Controls`, or of one column of it."""

    def get() -> Value:
        field = getattr(surface.live.mappings[key].controls, name)
        value: Value = field if index is None else field[index].item()
        return value

    def turn(value: Any) -> None:
        """Change it; of softest and loudest level the other one makes room first."""
        controls = surface.live.mappings[key].controls
        if name == "softest_db" and controls.loudest_db < value + APART_DB:
            surface.change(SetControl(key, "loudest_db", value + APART_DB))
        if name == "loudest_db" and controls.softest_db > value - APART_DB:
            surface.change(SetControl(key, "softest_db", value - APART_DB))
        surface.change(SetControl(key, name, value, index))

    return LiveControl(get=get, set=turn, **shown)


def _model_control(surface: Surface, drum: Drum, address: str) -> LiveControl:
    """Return the choice of a mapping's model. A model brings the preset that it was trained on."""

    def load(model: str) -> None:
        require_own(model, MODELS, drum.folder, LARGEST_MODEL_BYTES)
        asked = drum.model_copy(update={"model": model, "preset": ""})
        bundle, before = load_bundle(asked), surface.live.mappings[drum.key]
        require_fit(asked, bundle, before.bundle)
        surface.end_notes()
        surface.change(SetMapping(DrumMapping(drum.key, bundle, before.controls), model))

    meaning = "trained mapping: one that ships, or a file in the rig's folder"
    control = partial(LiveControl, address=address, kind="text", meaning=meaning, choices=MODELS.names())
    return control(loads=True, get=lambda: surface.live.models.get(drum.key, drum.model), set=load)


def _preset_control(surface: Surface, drum: Drum, address: str) -> LiveControl:
    def load(name: str) -> None:
        require_own(name, PRESETS, drum.folder, LARGEST_PRESET_BYTES)
        before = surface.live.mappings[drum.key].bundle.preset
        preset = load_preset(name, before.space, drum.folder)
        require_tables(drum, preset, before)
        surface.end_notes()
        surface.change(SetPreset(drum.key, preset))

    choices = preset_names(surface.live.mappings[drum.key].space)
    meaning = "patch: one that ships, or a file in the rig's folder"
    control = partial(LiveControl, address=address, kind="text", meaning=meaning, choices=choices)
    return control(loads=True, get=lambda: surface.live.mappings[drum.key].bundle.preset.name, set=load)


def _stroke_controls(surface: Surface, key: PlayKey, base: str) -> Iterator[LiveControl]:
    """Yield what a mapping's latest stroke was: its velocity, then each parameter, its default before the first."""

    def velocity() -> float:
        strike = surface.last(key)
        return 0.0 if strike is None else strike.velocity

    def unit(index: int) -> float:
        strike, space = surface.last(key), surface.live.mappings[key].space
        return float(space.to_unit(space.defaults if strike is None else strike.values)[index])

    state = partial(LiveControl, kind="state")
    yield state(address=f"{base}/velocity", get=velocity, meaning="of the latest stroke")
    meaning = "value of the latest stroke, 0 to 1 of its range"
    for index, name in enumerate(surface.live.mappings[key].space.names):
        yield state(address=f"{base}/{name}", get=partial(unit, index), meaning=meaning)


def _detector_controls(surface: Surface, drum: Drum) -> Iterator[LiveControl]:
    """Yield the settings of the ear that the drum shares with every drum of its channel."""
    channel = drum.channel - 1
    for one in SETTINGS:
        get = partial(lambda key: float(getattr(surface.live.detectors[channel], key)), one.key)
        tune = partial(lambda key, value: surface.change(SetDetector(channel, key, value)), one.key)
        address = f"{ROOT}/drum/{drum.name}/detector/{one.key}"
        yield LiveControl(address=address, get=get, set=tune, **_shown(one))


def _effect_controls(surface: Surface, place: EffectPlace) -> Iterator[LiveControl]:
    """Yield the parameters of an effect, and its bypass."""
    kind = surface.live.effects[place].effect
    base = f"{ROOT}/{place.address}"
    for column, param in enumerate(kind.space):
        get = partial(lambda index: float(surface.live.effects[place].all_values[index]), column)
        tune = partial(lambda name, value: surface.change(SetEffect(place, name, value)), param.name)
        limits: dict[str, Any] = {"low": param.low, "high": param.high, "curve": param.curve, "unit": param.unit}
        meaning = f"{kind.name}: {param.meaning}"
        yield LiveControl(address=f"{base}/{param.name}", get=get, set=tune, meaning=meaning, **limits)
    if surface.live.effects[place].towards:
        yield LiveControl(
            address=f"{base}/blend",
            meaning=f"{kind.name}: between its two references",
            get=lambda: surface.live.effects[place].blend,
            set=lambda blend: surface.change(SetBlend(place, blend)),
        )
    yield LiveControl(
        address=f"{base}/bypass",
        kind="switch",
        meaning=f"{kind.name}: the sound goes past it",
        get=lambda: surface.live.effects[place].bypass,
        set=lambda bypass: surface.change(SetBypass(place, bypass)),
    )


def _shown(one: Number) -> dict[str, Any]:
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
