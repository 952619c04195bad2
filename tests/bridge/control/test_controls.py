"""Live controls come from the rig's own fields, and what they turn is a value that is told in order."""

from __future__ import annotations

import math
from typing import Any

import pytest

from bridge.control.controls import LiveControl, live_controls, readings
from bridge.control.surface import StillSurface
from bridge.engine.changes import LiveState, SetControl, SetDetector, SetEnabled, SetPreset
from bridge.events import PlayKey
from bridge.mapping.load import rig_mappings
from bridge.rig.effects import EffectPlace
from bridge.rig.rig import rig_from_table
from synth.errors import InputError
from tests.bridge.stages import DRUMS, QuietStage

KEY = PlayKey("snare")
BASE = "/ghostnote/drum/snare"


@pytest.fixture
def controls(stage: QuietStage) -> dict[str, LiveControl]:
    return live_controls(stage, DRUMS)


def in_a_rig(control: LiveControl, value: float) -> dict[str, Any]:
    """Return the table of a drum that holds a value where a control has it."""
    name = control.address.removeprefix(f"{BASE}/")
    if name.startswith("feature/"):
        _, feature, knob = name.split("/")
        return {"features": {feature: {knob: value}}}
    if name.startswith("parameter/"):
        return {"amounts": {name.split("/")[1]: value}}
    return {"softest_db": -100.0, "loudest_db": 0.0, name: value}


def test_a_number_has_the_same_range_live_as_in_a_rig(controls: dict[str, LiveControl]) -> None:
    for control in controls.values():
        if control.kind == "number" and "/detector/" not in control.address:
            for end, beyond in ((control.low, -0.5), (control.high, 0.5)):
                rig_from_table({"drum": [in_a_rig(control, end)]}, "test")
                with pytest.raises(InputError, match=r"allowed is|must be below"):
                    rig_from_table({"drum": [in_a_rig(control, end + beyond)]}, "test")


def test_every_switch_of_a_feature_and_number_of_a_drum_is_live(controls: dict[str, LiveControl]) -> None:
    told = {address.removeprefix(f"{BASE}/") for address in controls}
    assert {"amount", "follow_level", "follow_decay", "softest_db", "loudest_db"} <= told
    assert {f"feature/centroid/{name}" for name in ("offset", "scale", "invert")} <= told


@pytest.mark.parametrize(
    ("address", "value", "change"),
    [
        ("amount", 2.0, SetControl(KEY, "amount", 2.0)),
        ("parameter/drive/lock", 1, SetControl(KEY, "locked", True, 13)),
        ("feature/level/offset", -1.0, SetControl(KEY, "feature_offset", -1.0, 0)),
        ("detector/floor_db", -60.0, SetDetector(0, "floor_db", -60.0)),
    ],
)
def test_what_is_turned_is_told_as_one_value(
    stage: QuietStage, controls: dict[str, LiveControl], address: str, value: Any, change: Any
) -> None:
    assert controls[f"{BASE}/{address}"].take([value])
    assert stage.changes == [change]


def test_the_other_level_makes_room_before_one_moves(stage: QuietStage, controls: dict[str, LiveControl]) -> None:
    assert controls[f"{BASE}/softest_db"].take([-5.0])
    assert stage.changes == [SetControl(KEY, "loudest_db", -4.0), SetControl(KEY, "softest_db", -5.0)]


def test_what_is_switched_off_is_told_before_the_silence_that_follows(
    stage: QuietStage, controls: dict[str, LiveControl], monkeypatch: pytest.MonkeyPatch
) -> None:
    heard: list[bool] = []
    monkeypatch.setattr(stage, "panic", lambda: heard.append(stage.enabled))
    assert controls["/ghostnote/enabled"].take([0])
    assert (stage.changes, heard) == ([SetEnabled(False)], [False])


def test_a_preset_is_told_without_the_model(stage: QuietStage, controls: dict[str, LiveControl]) -> None:
    assert controls[f"{BASE}/preset"].take(["tom"])
    (change,) = stage.changes
    assert isinstance(change, SetPreset)
    assert change.preset.name == "tom"


def test_every_drum_of_an_input_channel_shows_how_its_ear_is_tuned() -> None:
    drums = [{"name": "head"}, {"name": "rim"}, {"name": "kick", "channel": 2}]
    rig = rig_from_table({"drum": drums}, "test")
    controls = live_controls(StillSurface(LiveState.of(rig, rig_mappings(rig))), rig.drum)
    assert controls["/ghostnote/drum/rim/detector/floor_db"].take([-60.0])
    assert [controls[f"/ghostnote/drum/{drum.name}/detector/floor_db"].get() for drum in rig.drum] == [-60, -60, -100]


def test_the_state_is_computed_once_for_all_its_numbers(stage: QuietStage, controls: dict[str, LiveControl]) -> None:
    values = readings(stage, controls)
    assert stage.looks == 1
    assert {address for address, control in controls.items() if control.kind != "trigger"} == set(values)


def test_a_play_with_a_mapping_of_its_own_has_controls_of_its_own() -> None:
    plays = [{"target": "808"}, {"target": "808", "amount": 0.5}]
    target = {"name": "808", "type": "voice"}
    rig = rig_from_table({"target": [target], "drum": [{"name": "snare", "play": plays}]}, "test")
    surface = StillSurface(LiveState.of(rig, rig_mappings(rig)))
    controls = live_controls(surface, rig.drum)
    assert controls[f"{BASE}/play/2/amount"].get() == 0.5
    assert controls[f"{BASE}/play/2/feature/level/scale"].take([2.0])
    of_a_drum = {address.removeprefix(BASE) for address in live_controls(QuietStage(), DRUMS) if BASE in address}
    of_a_play = {address.removeprefix(f"{BASE}/play/2") for address in controls if "/play/2/" in address}
    assert of_a_play == {address for address in of_a_drum if not address.startswith("/detector/")}
    scales = [surface.live.mappings[PlayKey("snare", play)].controls.feature_scale[0] for play in (0, 2)]
    assert scales == [1.0, 2.0]
    assert controls[f"{BASE}/play/2/model"].take(["snare-1"])
    assert surface.live.models == {PlayKey("snare", 2): "snare-1"}


def effect_surface() -> StillSurface:
    table = {
        "target": [{"type": "voice", "name": "808", "effect": [{"kind": "eq"}, {"kind": "amp", "bypass": True}]}],
        "bus": {"effect": [{"kind": "compressor", "values": {"ratio": 2.0}}]},
        "drum": [{"name": "snare", "play": [{"target": "808"}]}],
    }
    rig = rig_from_table(table, "my.toml")
    return StillSurface(LiveState.of(rig, rig_mappings(rig)))


def test_every_parameter_of_an_effect_is_a_control_in_real_units() -> None:
    surface = effect_surface()
    controls = live_controls(surface, ())
    ratio = controls["/ghostnote/bus/effect/1/ratio"]
    assert (ratio.read(), ratio.low, ratio.high, ratio.unit) == (2.0, 1.0, 20.0, "ratio")
    assert ratio.take([100.0])
    assert surface.live.effects[EffectPlace("", 1)].values["ratio"] == 20.0
    freq = controls["/ghostnote/target/808/effect/1/peak2.freq"]
    assert freq.take_unit(0.5)
    assert freq.read() == pytest.approx(math.sqrt(freq.low * freq.high))
    assert freq.place() == pytest.approx(0.5)


def test_an_effect_is_bypassed_by_a_switch() -> None:
    surface = effect_surface()
    bypass = live_controls(surface, ())["/ghostnote/target/808/effect/2/bypass"]
    assert bypass.read() is True
    assert bypass.take([False])
    assert surface.live.effects[EffectPlace("808", 2)].bypass is False
