import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from bridge.audio.files import read_recording
from bridge.cli.main import run
from bridge.learning.provenance import preset_hash, sound_hash, trained_on
from models.mapping.bundle import MODELS, Bundle
from synth.voices.presets import load_preset
from tests.takes import once

SHORT = ("--epochs", "1", "--arch", "linear")


def said(capsys: pytest.CaptureFixture[str], *words: str | Path) -> dict[str, Any]:
    capsys.readouterr()
    sys.argv = ["ghostnote", *map(str, words), "--json"]
    with pytest.raises(SystemExit) as ended:
        run()
    assert not ended.value.code
    result: dict[str, Any] = json.loads(capsys.readouterr().out)
    return result


@pytest.fixture(scope="module")
def drum(tmp_path_factory: pytest.TempPathFactory) -> Path:
    take = once("singles", "tight", seed=0)
    path = tmp_path_factory.mktemp("origin") / "drum.wav"
    soundfile.write(path, take.audio[: 18 * take.sample_rate, 0], take.sample_rate, subtype="PCM_16")
    return path


def test_a_recording_is_known_as_another_lossless_file(drum: Path, tmp_path: Path) -> None:
    sound = sound_hash(read_recording(drum))
    audio, rate = soundfile.read(drum, dtype="float32")
    for name, subtype in (("new.flac", "PCM_16"), ("deep.wav", "FLOAT"), ("deep.aiff", "PCM_24")):
        soundfile.write(tmp_path / name, audio, rate, subtype=subtype)
        assert sound_hash(read_recording(tmp_path / name)) == sound
    soundfile.write(tmp_path / "softer.wav", audio / 2, rate, subtype="FLOAT")
    soundfile.write(tmp_path / "slower.wav", audio, rate // 2, subtype="PCM_16")
    for name in ("softer.wav", "slower.wav"):
        assert sound_hash(read_recording(tmp_path / name)) != sound


def test_evaluation_on_what_a_bundle_was_trained_on_says_so(
    drum: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out, renamed, other = tmp_path / "m.safetensors", tmp_path / "mine.flac", tmp_path / "other.wav"
    said(capsys, "train", drum, "--preset", "snare-1", "--out", out, *SHORT)
    audio, rate = soundfile.read(drum, dtype="float32")
    soundfile.write(renamed, audio, rate, subtype="PCM_16")
    soundfile.write(other, once("singles", "tight", seed=1).audio[: 18 * rate, 0], rate, subtype="PCM_16")
    for recording, words in ((drum, "trained on this recording"), (renamed, "'drum.wav', which holds the same sound")):
        found = said(capsys, "evaluate", out, recording)
        assert found["training_recording"]
        assert any(words in warning for warning in found["warnings"])
    found = said(capsys, "evaluate", out, other)
    assert not found["training_recording"]
    assert not any("trained on" in warning for warning in found["warnings"])


def test_a_card_says_where_a_bundle_comes_from(drum: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "m.safetensors"
    words = ("train", drum, "--preset", "snare-1", "--out", out, *SHORT, "--seed", "3", "--split-seed", "4")
    said(
        capsys,
        *words,
        "--recipe",
        "published",
        "--lr",
        "0.01",
        "--batch",
        "8",
        "--window-ms",
        "10",
        "--loss",
        "balanced",
    )
    bundle = Bundle.load(out)
    card = bundle.card
    assert card["made"]["command"].startswith(f"ghostnote train {drum}")
    assert card["made"]["recordings"] == [{"name": "drum.wav", "sha256": sound_hash(read_recording(drum))}]
    assert card["made"]["preset"]["sha256"] == preset_hash(load_preset("snare-1"))
    assert {"version", "commit", "libraries"} <= card["made"].keys()
    assert "torch" in card["made"]["libraries"]
    settings = {"arch": "linear", "loss": "balanced", "epochs": 1, "seed": 3, "split_seed": 4, "batch": 8}
    settings |= {"recipe": "published", "learning_rate": 0.01, "weights": {}}
    assert card["settings"] == settings
    assert bundle.window_s == 0.01
    assert card["groups"] == card["strokes"]
    low, high = card["interval"]["reference"]
    assert low <= card["relative_error"]["reference"] <= high


def test_shipped_bundles_know_no_recordings(drum: Path) -> None:
    recording = read_recording(drum)
    for path in sorted(MODELS.folder.glob("*.safetensors")):
        assert trained_on(Bundle.load(path).card, recording) == ""


@pytest.mark.parametrize("made", [None, 3, {}, {"recordings": 3}, {"recordings": [3, {"name": "a"}]}])
def test_a_strangers_card_does_no_harm(made: object, drum: Path) -> None:
    assert trained_on({"made": made}, read_recording(drum)) == ""


def test_a_preset_is_known_by_its_content() -> None:
    first, other = load_preset("snare-1"), load_preset("snare-2")
    assert preset_hash(first) == preset_hash(load_preset("snare-1")) != preset_hash(other)
    assert len({preset_hash(patch) for patch in (first, other)}) == len(np.unique([first.name, other.name]))
