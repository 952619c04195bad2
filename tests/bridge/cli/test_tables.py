"""Tables of the wavetable voice from a recording to a preset, and from there to whatever plays or learns it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from bridge.audio.files import read_recording, write_wav
from bridge.mapping.load import require_tables
from bridge.rig.rig import rig_from_table
from models.mapping.bundle import Bundle, untrained_bundle
from synth.errors import InputError
from synth.voices.presets import load_preset, same_tables
from tests.bridge.cli.typing_words import Type

RATE = 48_000
PLUCK_HZ = 187.3
PRESET = """
voice = 'wavetable'
tables = 'row.npy'
freq = { value = 187.3, depth = 0 }
gain = { value = 0, depth = 0 }
noise.gain = { value = -60, depth = 0 }
"""
RIG = """
[[target]]
name = "v"
type = "voice"
voice = "wavetable"
[[drum]]
model = "mapped.safetensors"
[[drum.play]]
target = "v"
"""


@pytest.fixture
def taught(ghostnote: Type, folder: Path) -> Path:
    """Return a folder with a recording, the tables learned from it, and two presets: with them and without."""
    t, h = np.arange(RATE)[:, None] / RATE, np.arange(1, 25)
    pluck = (np.sin(2 * np.pi * PLUCK_HZ * h * t) * np.exp(-(0.5 + 0.8 * h) * t) / h).sum(axis=1)
    write_wav(folder / "pluck.wav", np.concatenate([np.zeros(1000), 0.2 * pluck]), RATE)
    done = ghostnote("voices", "tables", "pluck.wav", "--out", "row.npy")
    assert (done.code, done.stderr) == (0, "")
    assert "row.npy: 16 tables" in done.stdout
    (folder / "mine.toml").write_text(PRESET)
    (folder / "plain.toml").write_text(PRESET.replace("tables = 'row.npy'\n", ""))
    return folder


def heard(path: Path) -> NDArray[np.float32]:
    return read_recording(path).audio[:, 0]


def test_a_preset_plays_the_tables_that_it_names_from_its_own_folder(ghostnote: Type, taught: Path) -> None:
    (taught / "sub").mkdir()
    for name in ("mine.toml", "row.npy"):
        (taught / name).rename(taught / "sub" / name)
    for preset, out in (("sub/mine.toml", "mine.wav"), ("plain.toml", "plain.wav")):
        assert ghostnote("voices", "play", "wavetable", "--preset", preset, "--out", out).code == 0
    mine, plain = heard(taught / "mine.wav"), heard(taught / "plain.wav")
    assert np.abs(mine[:4000] - plain[:4000]).max() > 0.01


def test_a_rig_renders_and_a_model_keeps_the_tables_of_a_preset(ghostnote: Type, taught: Path) -> None:
    sounds = {}
    for name in ("mine", "plain"):
        untrained_bundle(load_preset(taught / f"{name}.toml")).save(taught / "mapped.safetensors")
        (taught / "rig.toml").write_text(RIG)
        done = ghostnote("render", "take.wav", "--rig", "rig.toml", "--out", name)
        assert done.code == 0, done.stderr
        [path] = (taught / name).glob("*.wav")
        sounds[name] = heard(path)
    assert np.abs(sounds["mine"] - sounds["plain"]).max() > 0.1 * np.abs(sounds["plain"]).max() > 0.0
    kept = Bundle.load(taught / "mapped.safetensors").preset
    assert kept.tables is None
    untrained_bundle(load_preset(taught / "mine.toml")).save(taught / "mapped.safetensors")
    kept = Bundle.load(taught / "mapped.safetensors").preset
    assert same_tables(kept, load_preset(taught / "mine.toml"))


def test_learning_hears_the_tables_of_a_preset(taught: Path) -> None:
    import torch

    from models.training.export import render_strokes

    still = torch.zeros(1, len(load_preset(taught / "mine.toml").space))
    mine, plain = (
        render_strokes(still, load_preset(taught / f"{name}.toml"), RATE, 4000) for name in ("mine", "plain")
    )
    assert np.abs(mine - plain).max() > 0.01


def test_a_bundle_with_tables_for_a_voice_that_plays_none_is_refused(taught: Path) -> None:
    tables = load_preset(taught / "mine.toml").tables
    untrained_bundle(replace(load_preset("fm-zap"), tables=tables)).save(taught / "odd.safetensors")
    with pytest.raises(InputError, match="its preset has tables, and fm plays none"):
        Bundle.load(taught / "odd.safetensors")


def test_a_preset_with_other_tables_waits_for_the_next_start(taught: Path) -> None:
    drum = rig_from_table({"target": [{"name": "t", "type": "tape"}], "drum": [{"name": "d"}]}, "test").drum[0]
    mine, plain = (load_preset(taught / name) for name in ("mine.toml", "plain.toml"))
    require_tables(drum, mine, load_preset(taught / "mine.toml"))
    with pytest.raises(InputError, match="preset plain names other tables; they are read at the next start"):
        require_tables(drum, plain, mine)


WRONG = [
    ("tables = 'absent.npy'", "mine.toml: tables: "),
    ("tables = 'pluck.wav'", "pluck.wav: no tables can be read from it; allowed is a .npy file"),
    ("tables = 3", "mine.toml: tables is 3; allowed is the name of a file of ghostnote voices tables"),
    ("voice = 'fm'\ntables = 'row.npy'", "mine.toml: tables is no key of a preset of fm; only wavetable plays tables"),
]


@pytest.mark.parametrize(("text", "sentence"), WRONG)
def test_tables_that_cannot_be_played_are_one_sentence(text: str, sentence: str, ghostnote: Type, taught: Path) -> None:
    voice = "fm" if "fm" in text else "wavetable"
    (taught / "mine.toml").write_text(text if "voice" in text else f"voice = 'wavetable'\n{text}\n")
    done = ghostnote("voices", "play", voice, "--preset", "mine.toml", "--out", "a.wav")
    assert (done.code, done.stdout) == (2, "")
    assert sentence in done.stderr
    assert done.stderr.count("\n") == 1


def test_two_plays_of_a_target_with_different_tables_are_refused(ghostnote: Type, taught: Path) -> None:
    untrained_bundle(load_preset(taught / "mine.toml")).save(taught / "mapped.safetensors")
    other = '[[drum]]\nname = "two"\nmodel = "mapped.safetensors"\npreset = "plain.toml"\n[[drum.play]]\ntarget = "v"\n'
    (taught / "rig.toml").write_text(RIG + other)
    done = ghostnote("render", "take.wav", "--rig", "rig.toml", "--out", "out")
    assert (done.code, done.stderr.count("\n")) == (2, 1)
    assert "target 'v': presets 'mine' of " in done.stderr
    assert "name different tables; give each its own target" in done.stderr


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["take.wav", "--out", "row.txt"], "row.txt: tables are written as .npy; give it that ending"),
        (["absent.wav", "--out", "row.npy"], "absent.wav"),
        (["silent.wav", "--out", "row.npy"], "silent.wav: tables are learned from a sound with a pitch; this one is"),
    ],
)
def test_a_recording_without_tables_is_one_sentence_and_no_file(
    words: list[str], sentence: str, ghostnote: Type, folder: Path
) -> None:
    write_wav(folder / "silent.wav", np.zeros(RATE), RATE)
    done = ghostnote("voices", "tables", *words)
    assert (done.code, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert sentence in done.stderr
    assert not (folder / "row.npy").exists()
