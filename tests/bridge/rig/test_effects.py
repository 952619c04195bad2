"""Effects in a rig file: what they say, and what is refused in one sentence."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bridge.engine.build import build_chain
from bridge.mapping.load import rig_mappings
from bridge.rig.rig import Rig, rig_from_table
from synth.errors import InputError

EQ = {"kind": "eq", "values": {"low_shelf.gain": 6, "peak1.freq": 300.0}}


def rig(strip: list[dict[str, Any]] | None = None, bus: list[dict[str, Any]] | None = None, **output: Any) -> Rig:
    table: dict[str, Any] = {
        "target": [{"type": "voice", "name": "808", "effect": strip or []}],
        "drum": [{"name": "snare", "play": [{"target": "808"}]}, {"name": "tom", "channel": 2}],
        "bus": {"effect": bus or []},
        "output": output,
    }
    return rig_from_table(table, "rig.toml")


def test_values_stand_in_real_units_and_the_others_at_their_defaults() -> None:
    effect = rig([EQ]).voice_targets["808"].effects[0]
    space = effect.effect.space
    values = dict(zip(space.names, effect.all_values, strict=True))
    assert (values["low_shelf.gain"], values["peak1.freq"]) == (6.0, 300.0)
    assert values["peak2.freq"] == space.defaults[space.index("peak2.freq")]


def test_a_rig_plays_through_its_effects() -> None:
    sounds = []
    for strip, bus in (([], []), ([EQ], []), ([], [{"kind": "compressor", "values": {"threshold": -50}}])):
        asked = rig(strip, bus)
        engine = build_chain(asked, 48_000, rig_mappings(asked)).engine
        rng, out = np.random.default_rng(0), np.zeros((4800, 2), dtype=np.float32)
        block = np.zeros((4800, 2), dtype=np.float32)
        block[2400:2500, 0] = 0.5 * rng.standard_normal(100)
        engine.process(block, out)
        sounds.append(out)
        assert np.abs(out).max() > 0.0
    assert not np.array_equal(sounds[0], sounds[1])
    assert not np.array_equal(sounds[0], sounds[2])


@pytest.mark.parametrize("outputs", [1, 2, 3])
def test_a_room_on_the_bus_plays_on_any_number_of_outputs(outputs: int) -> None:
    asked = rig(bus=[{"kind": "room", "values": {"mix": 0.5}}], channels=outputs)
    engine = build_chain(asked, 48_000, rig_mappings(asked)).engine
    rng, out = np.random.default_rng(0), np.zeros((4800, outputs), dtype=np.float32)
    block = np.zeros((4800, 2), dtype=np.float32)
    block[2400:2500, 0] = 0.5 * rng.standard_normal(100)
    engine.process(block, out)
    assert (np.abs(out).max(0) > 0.0).all()


@pytest.mark.parametrize(
    ("strip", "bus", "sentence"),
    [
        ([{**EQ, "blend": 0.5}], [], "blend goes from values to towards, which is empty"),
        ([{"kind": "chorus"}], [], "effect[1].kind: it is 'chorus'; allowed are eq, compressor, amp, room"),
        ([{"kind": "eq", "values": {"peak1.gain": 30}}], [], "peak1.gain is 30; allowed is -24 to 24 dB"),
        ([{"kind": "eq", "values": {"peak9.gain": 3}}], [], "'peak9.gain' is no parameter of eq"),
        ([{"kind": "eq", "values": {"peak1.gain": "3"}}], [], "allowed is a number"),
        ([{"kind": "eq", "gain": 3}], [], "target[1]: 'effect[1].gain' is no key here"),
        ([{"kind": "room", "key": "tom"}], [], "room listens to nothing else; compressor takes a key"),
        ([{"kind": "compressor", "key": "kick"}], [], "key is 'kick', which is no drum; drums are snare, tom"),
        ([], [{"kind": "compressor", "key": "kick"}], "bus: effect[1]: key is 'kick', which is no drum"),
        ([], [{"kind": "amp"}] * 9, "bus.effect"),
        ([{"values": {}}], [], "kind' is missing"),
    ],
)
def test_what_no_effect_is_is_refused_in_one_sentence(strip: list[Any], bus: list[Any], sentence: str) -> None:
    with pytest.raises(InputError) as raised:
        rig(strip, bus)
    assert sentence in str(raised.value)
    assert str(raised.value).startswith("rig.toml")
    assert "\n" not in str(raised.value)


def test_effects_may_come_from_a_file_beside_the_rig(tmp_path: Path) -> None:
    (tmp_path / "strip.toml").write_text('[[effect]]\nkind = "compressor"\n[effect.values]\n"ratio" = 8.0\n')
    table: dict[str, Any] = {"drum": [{}], "bus": {"strip": "strip.toml", "effect": [EQ]}}
    bus = rig_from_table(table, str(tmp_path / "rig.toml")).bus
    assert [effect.kind for effect in bus.effects] == ["compressor", "eq"]
    assert bus.effects[0].values == {"ratio": 8.0}


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (None, "strip.toml: there is no such settings file"),
        ('[[effect]]\nkind = "chorus"\n', "strip.toml: effect[1].kind: it is 'chorus'"),
        ('[[effect]]\nkind = "eq"\n' * 8, "there are 9 with those of strip; allowed are 8"),
    ],
)
def test_a_file_of_effects_that_is_none_is_refused(text: str | None, sentence: str, tmp_path: Path) -> None:
    if text is not None:
        (tmp_path / "strip.toml").write_text(text)
    with pytest.raises(InputError) as raised:
        rig_from_table({"drum": [{}], "bus": {"strip": "strip.toml", "effect": [EQ]}}, str(tmp_path / "rig.toml"))
    assert sentence in str(raised.value)
    assert str(raised.value).startswith(f"{tmp_path / 'rig.toml'}: bus: ")


def test_an_effect_goes_between_two_references() -> None:
    two = {"kind": "compressor", "values": {"ratio": 2.0}, "towards": {"ratio": 8.0, "threshold": -40.0}}
    at = [rig([{**two, "blend": blend}]).voice_targets["808"].effects[0] for blend in (0.0, 0.5, 1.0)]
    ratios = [effect.all_values[1] for effect in at]
    np.testing.assert_allclose(ratios, [2.0, 4.0, 8.0])
    np.testing.assert_allclose([effect.all_values[0] for effect in at], [-18.0, -29.0, -40.0])
    assert at[1].with_value("ratio", 3.0).all_values[1] == pytest.approx(3.0)


def test_names_become_addresses_and_two_of_one_are_refused() -> None:
    def targets(*names: str) -> dict[str, Any]:
        return {"target": [{"type": "voice", "name": name, "effect": [EQ]} for name in names], "drum": [{}]}

    assert [place.address for place in rig_from_table(targets("snare drum"), "rig.toml").effects] == [
        "target/snare_drum/effect/1"
    ]
    with pytest.raises(InputError, match="targets 'a b' and 'a_b' have effects with one address"):
        rig_from_table(targets("a b", "a_b"), "rig.toml")
