"""The player's set-up, without a sound card."""

from pathlib import Path

from bridge.audio import AudioSettings
from bridge.player import audio_settings, let_go_of_the_compiler
from bridge.rig import rig_from_table


def test_a_rig_says_what_is_opened() -> None:
    table = {
        "input": {"device": "Scarlett", "sample_rate": 44_100, "block": 128, "connect": "a:1,b:2"},
        "output": {"channels": 4},
        "drum": [{"channel": 3}],
    }
    expected = AudioSettings("Scarlett", "Scarlett", 3, 4, 44_100, 128, "a:1,b:2", "")
    assert audio_settings(rig_from_table(table, "test")) == expected


def test_an_output_may_be_another_device() -> None:
    rig = rig_from_table({"output": {"device": "HDMI"}, "drum": [{}]}, "test")
    assert audio_settings(rig).output_device == "HDMI"


def test_a_system_without_maps_keeps_its_compiler(tmp_path: Path) -> None:
    assert let_go_of_the_compiler(tmp_path / "none") == 0
