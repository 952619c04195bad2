from __future__ import annotations

from pathlib import Path

import pytest

from bridge.rig import find_rig, load_rig
from bridge.routes import MidiPlaySettings, OscPlaySettings, VoicePlaySettings
from synth.errors import InputError
from tests.bridge.rigs import WHOLE_RIG, rig_from

BAD: list[tuple[str, str]] = [
    ("[input]\nblok = 64\n", r"my\.toml: 'input\.blok' is no key here; did you mean 'block'\?"),
    ("[input]\nblock = 99999\n", r"my\.toml: input\.block is 99999; allowed is a whole number from 0 to 4096"),
    ("[input]\nsample_rate = 8000\n", r"input\.sample_rate is 8000; allowed is a whole number from 44100 to 96000"),
    ("[inptu]\n", r"'inptu' is no key here; did you mean 'input'\?"),
    ("[output]\nchannels = 0\n", r"output\.channels is 0; allowed is a whole number from 1 to 64"),
]

BAD_DRUMS: list[tuple[str, str]] = [
    ("amount = 9", r"drum\[1\]\.amount is 9; allowed is a number from 0 to 4"),
    ("amounts = { drive = -1 }", r"drum\[1\]\.amounts\.drive is -1; allowed is a number from 0 to 4"),
    ("softest_db = -3", r"softest_db is -3; it must be below loudest_db, -8"),
    ("features = { brightness = {} }", r"'brightness' is not heard; allowed are level, centroid, flatness"),
    ("detector = { sensitivity = 3 }", r"drum\.detector: sensitivity is 3; allowed is 0 to 1"),
    ("detector = { sensitivty = 1 }", r"drum\.detector: 'sensitivty' is not known"),
    ("play = [{ target = 'nowhere' }]", r"drum 'x' play\[1\]: target is 'nowhere', which no \[\[target\]\] is named"),
]


def test_a_whole_rig_is_read_with_a_play_of_each_kind() -> None:
    kinds = [type(play) for play in rig_from(WHOLE_RIG).drum[0].plays]
    assert kinds == [VoicePlaySettings, OscPlaySettings, MidiPlaySettings]


@pytest.mark.parametrize(("text", "complaint"), BAD)
def test_a_wrong_key_or_value_is_named_with_what_is_allowed(text: str, complaint: str) -> None:
    with pytest.raises(InputError, match=complaint):
        rig_from(text + '[[drum]]\nname = "x"\n')


@pytest.mark.parametrize(("text", "complaint"), BAD_DRUMS)
def test_a_wrong_drum_is_named_with_what_is_allowed(text: str, complaint: str) -> None:
    with pytest.raises(InputError, match=complaint):
        rig_from(f'[[drum]]\nname = "x"\n{text}\n')


@pytest.mark.parametrize("key", ["name", "channel"])
def test_drums_may_not_share_a_name_or_a_channel(key: str) -> None:
    value = {"name": '"a"', "channel": "1"}[key]
    other = {"name": "channel = 1", "channel": 'name = "a"'}[key]
    second = {"name": "channel = 2", "channel": 'name = "b"'}[key]
    with pytest.raises(InputError, match=rf"{key} .* is used by 2 \[\[drum\]\] tables"):
        rig_from(f"[[drum]]\n{key} = {value}\n{other}\n[[drum]]\n{key} = {value}\n{second}\n")


def test_a_rig_that_is_not_toml_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "broken.toml"
    path.write_text("[input\n")
    with pytest.raises(InputError, match=r"broken\.toml: is not valid TOML"):
        load_rig(str(path))


def test_an_unknown_rig_lists_those_that_ship() -> None:
    with pytest.raises(InputError, match=r"no-such-rig: .* shipped rigs are 808, demo, everything"):
        find_rig("no-such-rig")
