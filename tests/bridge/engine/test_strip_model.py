"""A mapping that moves a voice and the effects of its strip together: learned, and played."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bridge.engine.build import build_chain
from bridge.mapping.load import rig_mappings
from bridge.rig.rig import Rig, rig_from_table
from models.mapping.bundle import Bundle, untrained_bundle
from models.mapping.mapper import Mapper
from synth.effects.strips import strip_kind
from synth.errors import InputError
from synth.voices.presets import Patch, load_preset
from synth.voices.registry import voice_kind, voice_of
from tests.bridge.rigs import RATE

STRIP = "snare808+amp"
PRESET = """
voice = "snare808+amp"
[amp.gain]
value = 4.0
depth = 0.4
[osc1.freq]
value = 180.0
depth = 0.1
"""


def patch() -> Patch:
    space = voice_kind(STRIP).space
    return Patch("strip", space, space.defaults, np.full(len(space), 0.3))


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    """Return a file of a mapping that moves voice and amp a little."""
    path = tmp_path / "strip.safetensors"
    untrained_bundle(patch()).save(path)
    return path


def rig(model: str, effects: list[dict[str, Any]], **play: Any) -> Rig:
    table = {
        "target": [{"type": "voice", "name": "808", "effect": effects}],
        "drum": [{"name": "snare", "model": model, "play": [{"target": "808", **play}]}],
    }
    return rig_from_table(table, "rig.toml")


def test_a_voice_with_effects_is_a_voice_of_both_tables() -> None:
    kind = voice_kind(STRIP)
    assert kind is strip_kind(STRIP)
    assert kind.space.names[:14] == voice_kind("snare808").space.names
    assert kind.space.names[14:] == ("amp.gain", "amp.bass", "amp.middle", "amp.treble", "amp.master")
    assert voice_of(kind.space) is kind


@pytest.mark.parametrize("name", ["snare808+", "snare808+chorus", "nothing+amp"])
def test_a_voice_with_effects_that_do_not_exist_is_refused(name: str) -> None:
    with pytest.raises(InputError):
        voice_kind(name)


def test_a_preset_says_where_effects_stand_and_how_far_they_move(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(PRESET)
    preset = load_preset(tmp_path / "mine.toml")
    column = preset.space.index("amp.gain")
    assert (preset.values[column], preset.depths[column]) == (4.0, 0.4)


def test_strokes_move_the_amp_at_their_own_sample(bundle: Path) -> None:
    asked = rig(str(bundle), [{"kind": "eq"}, {"kind": "amp", "modulate": True}])
    sounds = []
    for block in (64, 480, 1000):
        chain = build_chain(asked, RATE, rig_mappings(asked))
        rng, out = np.random.default_rng(0), np.zeros((24_000, 2), dtype=np.float32)
        heard = (1e-4 * rng.standard_normal((24_000, 1))).astype(np.float32)
        for onset, level in ((6000, 0.1), (15_000, 0.6)):
            heard[onset : onset + 400, 0] += level * rng.standard_normal(400).astype(np.float32)
        for start in range(0, 24_000, block):
            chain.engine.process(heard[start : start + block], out[start : start + block])
        strip = chain.engine.strips[0]
        moved = strip.inserts.chain[1].effect.values
        assert not np.array_equal(moved, voice_kind(STRIP).space.defaults[14:])
        sounds.append(out)
    assert np.abs(sounds[0]).max() > 1e-3
    assert all(np.array_equal(sounds[0], other) for other in sounds[1:])


def test_a_model_of_the_voice_alone_does_not_fit_a_strip_that_strokes_move(bundle: Path) -> None:
    for model, effects in (("snare-1", [{"kind": "amp", "modulate": True}]), (str(bundle), [{"kind": "amp"}])):
        asked = rig(model, effects)
        with pytest.raises(InputError, match=r"drives snare808.*; the built-in voice '808' plays only this snare808"):
            build_chain(asked, RATE, rig_mappings(asked))


def test_the_bus_is_moved_by_no_stroke() -> None:
    with pytest.raises(InputError, match="modulate is of effects of a target's strip"):
        rig_from_table({"drum": [{}], "bus": {"effect": [{"kind": "amp", "modulate": True}]}}, "rig.toml")


def test_a_bundle_of_a_strip_is_read_again(bundle: Path) -> None:
    read = Bundle.load(bundle)
    assert read.space.ranges == voice_kind(STRIP).space.ranges
    assert len(Mapper(read)(np.array([-10.0, 100.0, -15.0]))) == len(read.space)
