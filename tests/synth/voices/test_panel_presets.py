"""The presets of voices with a panel are what the panel says."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from synth.voices.panel import PANELS, load_panel
from synth.voices.panel_presets import depth_of, panel_presets, write_presets
from synth.voices.presets import PRESETS, load_preset, preset_names
from synth.voices.registry import voice_kind

MADE = panel_presets()


@pytest.mark.parametrize("name", MADE)
def test_a_shipped_preset_equals_its_panel(name: str) -> None:
    found = PRESETS.find(name).read_text(encoding="utf-8")
    assert found == MADE[name], "run: python -m synth.voices.panel_presets"


@pytest.mark.parametrize("voice", PANELS.names())
def test_a_voice_with_a_panel_ships_no_other_presets(voice: str) -> None:
    turned = [knob for knob in load_panel(voice).knobs if knob != "level"]
    names = {f"{voice}-{position}" for position in (0, 5, 10)} if turned else {voice}
    assert set(preset_names(voice_kind(voice).space)) == names


def test_a_preset_has_the_values_of_the_panel_with_all_knobs_at_its_number_and_the_level_full() -> None:
    panel = load_panel("bass-drum")
    wanted = panel.values({"tone": 10, "decay": 10})
    patch = load_preset("bass-drum-10")
    np.testing.assert_allclose(patch.values, wanted, rtol=1e-3, atol=1e-9)
    level = panel.space.index("level")
    assert patch.values[level] == pytest.approx(panel.values({"level": 10})[level])


def test_depths_follow_from_what_a_parameter_is() -> None:
    depths = {param.name: depth_of(param) for param in voice_kind("bass-drum").space}
    assert 0.02 <= depths["body.freq"] <= 0.1
    assert (depths["trigger"], depths["body.decay"], depths["body.phase"], depths["level"]) == (0.5, 0.3, 0, 0)


def test_a_full_modulation_moves_every_pitch_by_two_semitones() -> None:
    for name in MADE:
        patch = load_preset(name)
        for column, param in enumerate(patch.space):
            if param.role == "pitch":
                semitones = 12 * np.log2(param.high / param.low) * patch.depths[column]
                assert semitones == pytest.approx(2, abs=0.1)


def test_the_command_writes_every_preset(tmp_path: Path) -> None:
    write_presets(tmp_path)
    assert {path.stem: path.read_text(encoding="utf-8") for path in tmp_path.iterdir()} == MADE
