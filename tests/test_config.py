"""Every file that ships in config/ loads, and a misspelt key in it would be named."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bench.scenes import RATE, kit_scene
from bridge.audio.files import Recording
from bridge.engine.build import build_chain
from bridge.mapping.load import rig_mappings
from bridge.rig.rig import RIGS, load_rig
from bridge.session.offline import perform
from synth.drummer.perform import perform as drummed
from synth.dsp.levels import decibels
from synth.errors import InputError
from synth.voices.presets import load_preset, preset_names

FILES = [RIGS.find(name) for name in RIGS.names()]


def test_the_promised_rigs_and_presets_ship() -> None:
    assert {"demo", "808", "hardware-midi", "max-pd-osc", "everything"} <= set(RIGS.names())
    assert set(preset_names()) >= {"snare-1", "snare-2", "snare-3", "noisy", "open", "tom", "kick"}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_building_the_chain_of_a_shipped_rig_does_not_raise(path: Path) -> None:
    rig = load_rig(str(path))
    build_chain(rig, 48_000, rig_mappings(rig))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_misspelt_key_is_named(path: Path, tmp_path: Path) -> None:
    wrong = tmp_path / path.name
    wrong.write_text(re.sub(r"^channel = ", "chanel = ", path.read_text(), count=1, flags=re.MULTILINE))
    with pytest.raises(InputError, match="chanel"):
        load_rig(str(wrong))


@pytest.mark.parametrize("name", preset_names())
def test_a_shipped_preset_lies_in_the_table(name: str) -> None:
    patch = load_preset(name)
    assert ((patch.unit >= 0) & (patch.unit <= 1)).all()


@pytest.mark.parametrize("name", [name for name in RIGS.names() if load_rig(name).voices])
def test_a_shipped_rig_leaves_six_decibels_over_the_loudest_stroke(name: str) -> None:
    rig = load_rig(name)
    audio = drummed("graded", "maple", seed=1).audio if rig.channels == 1 else kit_scene(rig, "maple").audio
    played = perform(rig, Recording(audio, RATE, Path("take")), 4096)
    assert played.clipped == 0
    assert -12.0 < decibels(played.output_peak) <= -6.0
