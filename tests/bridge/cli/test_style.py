"""``ghostnote style`` as a person types it."""

from __future__ import annotations

import json
import os
import tomllib
from pathlib import Path

import numpy as np
import pytest
import soundfile

from bridge.audio.files import write_wav
from bridge.learning.style_sound import run_chain
from bridge.rig.rig import rig_from_table
from synth.drummer.perform import perform
from synth.effects.chain import chain_named
from tests.bridge.cli.typing_words import Type

RATE = 44_100
CHAIN = chain_named("eq,compressor")


@pytest.fixture(scope="module")
def loop() -> np.ndarray:
    """Return five seconds of our drummer's kit, one channel."""
    take = perform("kit", "maple", 77, RATE, n_channels=5, room_db=-20.0)
    mix = take.audio[: 5 * RATE].sum(1).astype(np.float64)
    return np.asarray(0.3 * mix / np.abs(mix).max())


@pytest.fixture(scope="module")
def other() -> np.ndarray:
    """Return four seconds of another kit, one channel."""
    mix = perform("kit", "tight", 78, RATE, n_channels=5, room_db=-20.0).audio[: 4 * RATE].sum(1).astype(np.float64)
    return np.asarray(0.3 * mix / np.abs(mix).max())


@pytest.fixture
def sounds(folder: Path, loop: np.ndarray, other: np.ndarray) -> Path:
    """Return the folder with a take, and a reference that is brighter, flatter and louder, of another rate."""
    values = CHAIN.space.defaults
    for name, value in {
        "eq.high_shelf.gain": 9.0,
        "eq.low_shelf.gain": -6.0,
        "compressor.threshold": -35.0,
        "compressor.ratio": 5.0,
        "compressor.makeup": 12.0,
    }.items():
        values[CHAIN.space.index(name)] = value
    write_wav(folder / "plain.wav", np.stack([loop, 0.8 * loop], 1), RATE)
    write_wav(folder / "bright.wav", run_chain(CHAIN, values, other[None], RATE)[0], RATE)
    write_wav(folder / "dark.wav", other, RATE)
    return folder


def test_a_take_becomes_more_like_its_reference(ghostnote: Type, sounds: Path) -> None:
    done = ghostnote("style", "plain.wav", "--like", "bright.wav", "--out", "strip.toml", "--json")
    assert (done.code, done.stderr) == (0, "")
    told = json.loads(done.stdout)
    assert told["improves"]
    assert told["after"]["spectrum_db"] < 0.8 * told["before"]["spectrum_db"]
    assert told["values"]["eq.high_shelf.gain"] > 0.0
    read = tomllib.loads((sounds / "strip.toml").read_text())
    assert [effect["kind"] for effect in read["effect"]] == ["eq", "compressor"]
    audio, rate = soundfile.read(sounds / "strip.wav")
    assert (audio.shape, rate) == ((5 * RATE, 2), RATE)
    np.testing.assert_allclose(audio[:, 1], 0.8 * audio[:, 0], rtol=1e-4, atol=1e-6)
    assert (sounds / "strip.png").stat().st_size > 10_000


def test_what_it_writes_stands_in_a_rig(ghostnote: Type, sounds: Path) -> None:
    ghostnote("style", "plain.wav", "--like", "dark.wav", "--like", "bright.wav", "--mix", "0.75", "--out", "two.toml")
    rig = rig_from_table({"drum": [{}], "bus": {"strip": "two.toml"}}, str(sounds / "rig.toml"))
    assert [effect.blend for effect in rig.bus.effects] == [0.75, 0.75]
    assert rig.bus.effects[0].towards != rig.bus.effects[0].values


def test_a_take_like_itself_is_declined(ghostnote: Type, sounds: Path) -> None:
    (sounds / "same.wav").write_bytes((sounds / "plain.wav").read_bytes())
    done = ghostnote("style", "plain.wav", "--like", "same.wav", "--json")
    assert done.code == 1
    assert "brings it no nearer to same.wav; nothing is written" in done.stderr
    assert not json.loads(done.stdout)["improves"]
    assert not list(sounds.glob("plain-style*"))


def test_any_chain_can_be_searched_for(ghostnote: Type, sounds: Path) -> None:
    words = (
        "--chain",
        "amp,eq",
        "--search",
        "--out",
        "amp.toml",
        "--json",
    )
    done = ghostnote("style", "plain.wav", "--like", "bright.wav", *words)
    assert (done.code, done.stderr) == (0, "")
    told = json.loads(done.stdout)
    assert told["after"]["spectrum_db"] < 0.7 * told["before"]["spectrum_db"]


def test_any_name_of_a_file_may_stand_in_what_is_written(ghostnote: Type, sounds: Path) -> None:
    names = [os.fsdecode(b"re\xff.wav"), "re\x01f\n.wav"]
    for name in names:
        (sounds / name).write_bytes((sounds / "bright.wav").read_bytes())
        assert ghostnote("style", "plain.wav", "--like", name, "--out", "odd.toml").code == 0
        assert len(tomllib.loads((sounds / "odd.toml").read_text())["effect"]) == 2


def test_a_person_is_told_what_a_recording_lacks(ghostnote: Type, sounds: Path) -> None:
    whole = (sounds / "bright.wav").read_bytes()
    (sounds / "cut.wav").write_bytes(whole[: len(whole) // 2])
    done = ghostnote("style", "plain.wav", "--like", "cut.wav", "--out", "strip.toml")
    assert done.code == 0
    assert "cut.wav is cut short" in done.stderr


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--chain", "eq,chorus"), "there is no effect 'chorus'; there are eq, compressor, amp, room"),
        (("--chain", "amp"), "--chain is amp; trained is eq,compressor; add --search for it"),
        (("--chain", ","), "a chain has 0 effects; allowed are 1 to 8"),
        (("--out", "strip.wav"), "--out is strip.wav; its name ends with .toml"),
        (("--like", "dark.wav", "--like", "dark.wav"), "--like is given 3 times; allowed are one or two references"),
        (("--like", "dark.wav", "--mix", "2"), "--mix is 2; allowed is 0 to 1"),
        (("--like", "dark.wav", "--mix", "nan"), "--mix is nan; allowed is 0 to 1"),
        (("--mix", "0.3"), "--mix goes between two references; give --like twice"),
        (("--out", "rig.toml"), "rig.toml: it is there and is no file of effects; give --out another name"),
        (("--out", "take.toml"), "take.wav: it is there, would be written over, and has no take.toml"),
        (("--like", "short.wav"), "short.wav: it lasts 0.50 s; a style is heard from 1 s on"),
        (("--like", "silent.wav"), "silent.wav: it is silent"),
        (("--like", "missing.wav"), "missing.wav"),
    ],
)
def test_what_it_cannot_use_is_refused_in_one_sentence(
    words: tuple[str, ...], sentence: str, ghostnote: Type, sounds: Path
) -> None:
    write_wav(sounds / "short.wav", 0.1 * np.random.default_rng(0).standard_normal(RATE // 2), RATE)
    write_wav(sounds / "silent.wav", np.zeros(2 * RATE), RATE)
    (sounds / "rig.toml").write_text("[input]\nblock = 64\n")
    write_wav(sounds / "take.wav", np.zeros(RATE), RATE)
    done = ghostnote("style", "plain.wav", "--like", "bright.wav", *words)
    assert done.code == 2
    assert sentence in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert not list(sounds.glob("plain-style*"))
