"""Which mappings a rig has: a drum's own, and those of its plays."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from bridge.events import PlayKey
from bridge.mapping.load import DRUM_CONTROLS, rig_mappings, with_model
from models.mapping.bundle import untrained_bundle
from synth.errors import InputError
from synth.presets import Patch
from synth.spec import Param, ParamSpace
from tests.bridge.rigs import rig_from, snare_bundle

RIG = """
[[target]]
name = "tape"
type = "tape"

[[drum]]
name = "snare"
amount = 2.0
preset = "snare-2"
locks = ["drive"]
play = [{}]
"""


def rig_of(*plays: str) -> str:
    return RIG.format(", ".join(f'{{ target = "tape", {play} }}' if play else '{ target = "tape" }' for play in plays))


def test_plays_that_say_nothing_of_their_own_share_the_drums_mapping() -> None:
    assert list(rig_mappings(rig_from(rig_of("", "")))) == [PlayKey("snare")]


def test_a_play_has_what_it_gives_and_else_what_its_drum_has() -> None:
    mappings = rig_mappings(rig_from(rig_of("amount = 0.5", "", 'preset = "kick"', 'model = "noisy"')))
    assert list(mappings) == [PlayKey("snare", play) for play in (0, 1, 3, 4)]
    found = {key.play: (one.controls.amount, one.bundle.preset.name) for key, one in mappings.items()}
    assert found == {0: (2.0, "snare-2"), 1: (0.5, "snare-2"), 3: (2.0, "kick"), 4: (2.0, "noisy")}


def test_the_drums_own_mapping_is_there_even_if_every_play_has_one() -> None:
    assert PlayKey("snare") in rig_mappings(rig_from(rig_of("amount = 0.5")))


def test_locks_of_the_drum_hold_where_a_plays_model_has_such_a_parameter(tmp_path: Path) -> None:
    space = ParamSpace("other", (Param("drive", 0, 1, "", "linear", 0.5), Param("tone", 0, 1, "", "linear", 0.5)))
    untrained_bundle(Patch("plain", space, space.defaults, np.ones(2))).save(tmp_path / "other.safetensors")
    locks = rig_of(f'model = "{tmp_path}/other.safetensors"').replace('["drive"]', '["drive", "osc1.freq"]')
    assert rig_mappings(rig_from(locks))[PlayKey("snare", 1)].controls.locked.tolist() == [True, False]


def test_a_play_with_a_wrong_model_is_named_by_its_place() -> None:
    with pytest.raises(InputError, match=r"^my\.toml: drum 'snare' play\[2\] model: there is no model 'nowhere'"):
        rig_mappings(rig_from(rig_of("", 'model = "nowhere"')))


@pytest.mark.parametrize("second", ["play", "drum"])
def test_all_mappings_of_a_channel_hear_one_window(second: str, tmp_path: Path) -> None:
    model = f'model = "{tmp_path}/longer.safetensors"'
    replace(snare_bundle(), window_s=0.01).save(tmp_path / "longer.safetensors")
    text = rig_of(model) if second == "play" else rig_of("") + f'[[drum]]\nname = "rim"\n{model}\n'
    with pytest.raises(InputError, match=r"a window of 10\.00 ms; .* 5\.33 ms for every model of input channel 1$"):
        rig_mappings(rig_from(text))


def test_the_option_for_a_model_replaces_that_of_plays_too() -> None:
    rig = with_model(rig_from(rig_of('model = "noisy"')), "kick")
    assert list(rig_mappings(rig)) == [PlayKey("snare")]
    assert rig.drum[0].model == "kick"


def test_every_number_of_a_drum_that_is_live_begins_as_the_rig_says() -> None:
    rig = rig_from(
        "[[drum]]\namount = 0.3\nfollow_level = 0.4\nfollow_decay = 0.5\nsoftest_db = -60\nloudest_db = -6\n"
    )
    (mapping,) = rig_mappings(rig).values()
    begun = {name: getattr(mapping.controls, name) for name in DRUM_CONTROLS}
    assert begun == {name: getattr(rig.drum[0], name) for name in DRUM_CONTROLS}
    assert begun["softest_db"] == -60
