"""A voice is added by one registration: `tests.bell` plays, learns, is mapped, checked and documented."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from bridge.audio.files import read_recording, write_wav
from bridge.cli.main import run
from bridge.cli.reference import PAGES
from bridge.engine.build import build_chain
from bridge.mapping.load import rig_mappings
from bridge.rig.rig import load_rig
from models.mapping.bundle import Bundle
from synth.voices.registry import register, unregister
from tests.bell import KIND, PRESET, RIG, SPACE
from tests.takes import once


@pytest.fixture(autouse=True, scope="module")
def registered() -> Iterator[None]:
    register(KIND)
    yield
    unregister(KIND.name)


def ghostnote(*words: str | Path) -> int:
    sys.argv = ["ghostnote", *map(str, words)]
    with pytest.raises(SystemExit) as ended:
        run()
    return int(ended.value.code or 0)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, registered: None) -> Path:
    """Return a folder with a take, a preset, a bundle that was trained on them, and a rig that plays it."""
    folder = tmp_path_factory.mktemp("bell")
    take = once("singles", "tight", seed=0)
    write_wav(folder / "drum.wav", take.audio[: 15 * take.sample_rate, :1], take.sample_rate)
    (folder / "bell.toml").write_text(PRESET)
    (folder / "rig.toml").write_text(RIG)
    words = ("--preset", folder / "bell.toml", "--epochs", "2", "--out", folder / "bell.safetensors")
    assert ghostnote("train", folder / "drum.wav", *words) == 0
    return folder


def test_the_voice_learns_and_its_bundle_knows_its_roles(folder: Path) -> None:
    bundle = Bundle.load(folder / "bell.safetensors")
    assert bundle.space == SPACE
    assert bundle.preset.values.tolist() == [800.0, 200.0]
    assert ghostnote("evaluate", folder / "bell.safetensors", folder / "drum.wav") == 0


def test_a_recording_plays_the_voice_and_sends_its_parameters(folder: Path) -> None:
    assert ghostnote("render", folder / "drum.wav", "--rig", folder / "rig.toml", "--out", folder / "out") == 0
    entries = [json.loads(line) for line in (folder / "out" / "messages.jsonl").read_text().splitlines()]
    addresses = {entry.get("address") for entry in entries}
    assert {"/synth/pitch", "/synth/decay", "/drum/snare/hit"} <= addresses
    assert any(entry["target"] == "midi" for entry in entries)
    assert np.abs(read_recording(folder / "out" / "synth.wav").audio).max() > 0.1
    assert (folder / "out" / "hits.csv").read_text().splitlines()[0].count("decay") > 0


def test_the_chain_of_the_player_plays_the_voice(folder: Path) -> None:
    rig = load_rig(str(folder / "rig.toml"))
    chain, audio = build_chain(rig, 48_000, rig_mappings(rig)), read_recording(folder / "drum.wav").audio
    out = np.zeros((len(audio), 2), np.float32)
    for start in range(0, len(audio), 64):
        chain.engine.process(audio[start : start + 64], out[start : start + 64])
    assert chain.engine.strips[0].voice.space is SPACE
    assert np.abs(out).max() > 0.1


def test_its_rig_is_checked(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert ghostnote("check", folder / "rig.toml", "--json") == 0
    assert json.loads(capsys.readouterr().out)["wire"]


def test_a_model_of_another_voice_is_refused(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "wrong.toml").write_text(RIG.replace("bell.safetensors", "snare-1"))
    assert ghostnote("check", folder / "wrong.toml") == 2
    assert "the built-in voice 'built-in' plays only this bell" in capsys.readouterr().err


def test_it_is_documented() -> None:
    page = PAGES["parameters.md"]()
    assert "## Voice `bell`" in page
    assert "| `decay` | 20 | 1000 | ms | log | 200 | decay | its ring, to -60 dB |" in page
