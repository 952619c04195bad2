"""Every live control and every number of the live state, as one table: OSC, MIDI, OSCQuery and the docs read it.

An address says what a control is (``/ghostnote/drum/snare/amount``); `LiveControl.take` accepts whatever arrives there.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any, Literal

from bridge.control.surface import STATE, Stage
from bridge.events import PlayKey
from bridge.mapping.load import drum_mapping, require_fit, shipped_models
from bridge.mapping.mapping import HIGHEST_AMOUNT, DrumMapping
from bridge.rig.detector import SETTINGS
from bridge.rig.rig import Drum
from models.features.tables import ONSET_FEATURES
from synth.errors import InputError
from synth.presets import load_preset, preset_names

ROOT = "/ghostnote"

Kind = Literal["number", "switch", "text", "trigger", "state"]
Value = float | bool | str | int


@dataclass(frozen=True, slots=True)
class LiveControl:
    """One control, or one number of the live state.

    Parameters
    ----------
    address : str
        OSC address.
    kind : {"number", "switch", "text", "trigger", "state"}
        ``state`` is only read.
    get : callable
        Returns the present value; a trigger's is False.
    set : callable
        Takes a value that is already of its kind and within its range.
    low, high : float
        Range of a number.
    unit, meaning : str
        For displays.
    choices : tuple of str
        What a text may be; empty: anything that can be loaded.
    """

    address: str
    kind: Kind
    get: Callable[[], Value]
    set: Callable[[Any], None]
    low: float = 0.0
    high: float = 1.0
    unit: str = ""
    meaning: str = ""
    choices: tuple[str, ...] = ()

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


_NUMBERS = (
    ("amount", HIGHEST_AMOUNT, 0.0, "", "how far the model moves the parameters; 0 is the preset"),
    ("follow_level", 1.0, 0.0, "", "how far loudness follows the drum directly"),
    ("follow_decay", 1.0, 0.0, "", "how far decay times follow the drum directly"),
    ("softest_db", -1.0, -100.0, "dB", "window level of velocity 0"),
    ("loudest_db", 0.0, -99.0, "dB", "window level of velocity 1"),
)


def live_controls(stage: Stage, drums: tuple[Drum, ...]) -> dict[str, LiveControl]:
    """Return every control and state of a stage by address."""
    table = [*_global_controls(stage), *(control for drum in drums for control in _drum_controls(stage, drum))]
    return {control.address: control for control in table}


def _global_controls(stage: Stage) -> Iterator[LiveControl]:
    yield LiveControl(f"{ROOT}/panic", "trigger", lambda: False, lambda _: stage.panic(), meaning="silence everything")
    meaning = "send MIDI program changes and all values again, for a synth that came late"
    yield LiveControl(f"{ROOT}/resend", "trigger", lambda: False, lambda _: stage.resend(), meaning=meaning)
    yield LiveControl(
        f"{ROOT}/enabled",
        "switch",
        lambda: stage.enabled,
        lambda value: _enable(stage, value),
        meaning="strokes play; off: all falls silent and the bridge only listens",
    )
    for number in STATE:
        yield LiveControl(
            f"{ROOT}/state/{number.name}",
            "state",
            lambda name=number.name: stage.state()[name],  # type: ignore[misc]
            lambda _: None,
            number.low,
            number.high,
            number.unit,
            number.meaning,
        )


def _enable(stage: Stage, value: bool) -> None:
    was, stage.enabled = stage.enabled, value
    if was and not value:
        # Whoever stops a performance means what rings as well: a note may be a minute long.
        stage.panic()


def _drum_controls(stage: Stage, drum: Drum) -> Iterator[LiveControl]:
    base = f"{ROOT}/drum/{drum.name}"
    for name, high, low, unit, meaning in _NUMBERS:
        get, put = _attribute(stage, drum.name, name)
        yield LiveControl(f"{base}/{name}", "number", get, put, low, high, unit, meaning)
    yield from _parameter_controls(stage, drum.name, base)
    yield from _feature_controls(stage, drum.name, base)
    yield from _detector_controls(stage, drum.name, base)
    yield from _choices(stage, drum, base)
    yield from _stroke_state(stage, drum.name, base)


def _attribute(stage: Stage, drum: str, name: str) -> tuple[Callable[[], Value], Callable[[Any], None]]:
    def put(value: float) -> None:
        controls = stage.mappings[PlayKey(drum)].controls
        setattr(controls, name, value)
        # Velocity divides by the span between the two: it stays open whichever end moves.
        if name == "softest_db":
            controls.loudest_db = max(controls.loudest_db, value + 1.0)
        if name == "loudest_db":
            controls.softest_db = min(controls.softest_db, value - 1.0)

    return lambda: getattr(stage.mappings[PlayKey(drum)].controls, name), put


def _column(
    stage: Stage, drum: str, array: str, index: int, to_value: type
) -> tuple[Callable[[], Value], Callable[[Any], None]]:
    def put(value: Any) -> None:
        getattr(stage.mappings[PlayKey(drum)].controls, array)[index] = value

    return lambda: to_value(getattr(stage.mappings[PlayKey(drum)].controls, array)[index]), put


def _parameter_controls(stage: Stage, drum: str, base: str) -> Iterator[LiveControl]:
    for index, param in enumerate(stage.mappings[PlayKey(drum)].space):
        get, put = _column(stage, drum, "parameter_amount", index, float)
        yield LiveControl(
            f"{base}/parameter/{param.name}/amount",
            "number",
            get,
            put,
            0.0,
            HIGHEST_AMOUNT,
            "",
            "reach of its modulation",
        )
        get, put = _column(stage, drum, "locked", index, bool)
        yield LiveControl(f"{base}/parameter/{param.name}/lock", "switch", get, put, meaning="stays at the preset")


def _feature_controls(stage: Stage, drum: str, base: str) -> Iterator[LiveControl]:
    for index, feature in enumerate(ONSET_FEATURES):
        at = f"{base}/feature/{feature.name}"
        get, put = _column(stage, drum, "feature_offset", index, float)
        yield LiveControl(f"{at}/offset", "number", get, put, -4.0, 4.0, "", "added to what is heard")
        get, put = _column(stage, drum, "feature_scale", index, float)
        yield LiveControl(f"{at}/scale", "number", get, put, 0.0, 4.0, "", "multiplies what is heard")
        get, put = _column(stage, drum, "feature_invert", index, bool)
        yield LiveControl(f"{at}/invert", "switch", get, put, meaning="more becomes less")


def _detector_controls(stage: Stage, drum: str, base: str) -> Iterator[LiveControl]:
    def put(key: str) -> Callable[[Any], None]:
        return lambda value: stage.detectors.update({drum: replace(stage.detectors[drum], **{key: value})})

    for setting in SETTINGS:
        if setting.lengths:
            continue
        yield LiveControl(
            f"{base}/detector/{setting.key}",
            "number",
            lambda key=setting.key: getattr(stage.detectors[drum], key),  # type: ignore[misc]
            put(setting.key),
            setting.low,
            setting.high,
            setting.unit,
            setting.meaning,
        )


def _stroke_state(stage: Stage, drum: str, base: str) -> Iterator[LiveControl]:
    """Yield what the latest stroke was: its velocity, and each value in 0..1."""

    def velocity() -> float:
        strike = stage.last(drum)
        return 0.0 if strike is None else strike.velocity

    def value(index: int) -> Callable[[], float]:
        def get() -> float:
            strike = stage.last(drum)
            param = stage.mappings[PlayKey(drum)].space.params[index]
            return param.to_unit(param.default if strike is None else float(strike.values[index]))

        return get

    yield LiveControl(f"{base}/stroke/velocity", "state", velocity, lambda _: None, meaning="of the latest stroke")
    for index, name in enumerate(stage.mappings[PlayKey(drum)].space.names):
        meaning = "value of the latest stroke, 0 to 1 of its range"
        yield LiveControl(f"{base}/stroke/{name}", "state", value(index), lambda _: None, meaning=meaning)


def _choices(stage: Stage, drum: Drum, base: str) -> Iterator[LiveControl]:
    chosen = {"model": drum.model}

    def put_model(name: str) -> None:
        # A model brings the preset it was trained on.
        asked = drum.model_copy(update={"model": name, "preset": ""})
        fresh, before = drum_mapping(asked), stage.mappings[PlayKey(drum.name)]
        require_fit(asked, fresh.bundle, before.bundle)
        fresh.controls = before.controls
        stage.end_notes()
        stage.mappings[PlayKey(drum.name)] = fresh
        chosen["model"] = name

    def put_preset(name: str) -> None:
        before = stage.mappings[PlayKey(drum.name)]
        bundle = replace(before.bundle, preset=load_preset(name, before.space, drum.folder))
        stage.end_notes()
        stage.mappings[PlayKey(drum.name)] = DrumMapping(before.key, bundle, before.controls)

    models, presets = tuple(shipped_models()), preset_names(stage.mappings[PlayKey(drum.name)].space)
    yield LiveControl(
        f"{base}/model", "text", lambda: chosen["model"], put_model, meaning="trained mapping", choices=models
    )
    yield LiveControl(
        f"{base}/preset",
        "text",
        lambda: stage.mappings[PlayKey(drum.name)].bundle.preset.name,
        put_preset,
        meaning="patch",
        choices=presets,
    )
