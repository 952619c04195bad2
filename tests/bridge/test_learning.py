import json
import sys
from pathlib import Path

import numpy as np
import pytest

from bridge.cli.main import run
from bridge.recording import Recording, write_wav
from bridge.taking import Tape, drum_channel
from models.bundle import Bundle
from synth.drummer import perform


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("learning")
    take = perform("singles", "tight", seed=0)
    write_wav(folder / "drum.wav", take.audio[:, :1], take.sample_rate)
    return folder


def ghostnote(*words: str | Path) -> int:
    sys.argv = ["ghostnote", *map(str, words)]
    with pytest.raises(SystemExit) as ended:
        run()
    return int(ended.value.code or 0)


def test_train_leaves_a_bundle_and_what_lies_beside_it(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = folder / "learned.safetensors"
    words = ("--preset", "snare-1", "--epochs", "2", "--arch", "linear", "--out", out, "--json")
    assert ghostnote("train", folder / "drum.wav", *words) == 0
    said = json.loads(capsys.readouterr().out)
    assert {"seconds", "epochs", "strokes", "relative_error", "features"} <= said.keys()
    assert list(said["features"]) == ["L_T", "L_S", "SC_T", "SC_S", "SF_T", "SF_S", "TC"]
    assert Bundle.load(out).card["recordings"] == ["drum.wav"]
    assert all(out.with_suffix(end).is_file() for end in (".card.json", ".card.md", ".png", ".listen.wav"))


def test_a_bundle_can_be_evaluated(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = folder / "evaluated.safetensors"
    words = ("--preset", "snare-1", "--epochs", "1", "--arch", "linear", "--out", out, "--json")
    assert ghostnote("train", folder / "drum.wav", *words) == 0
    capsys.readouterr()
    assert ghostnote("evaluate", out, folder / "drum.wav", "--json") == 0
    assert json.loads(capsys.readouterr().out)["strokes"] > 8


def test_wrong_words_end_with_code_2(folder: Path) -> None:
    drum = folder / "drum.wav"
    assert ghostnote("train", drum, "--preset", "snare-1", "--arch", "forest") == 2
    assert ghostnote("train", drum, "--preset", "snare-1", "--loss", "hinge") == 2
    assert ghostnote("train", drum, "--preset", "snare-99") == 2
    assert ghostnote("train", folder / "none.wav", "--preset", "snare-1") == 2
    assert ghostnote("evaluate", drum, drum) == 2
    assert ghostnote("record", folder / "take.mp3") == 2


def test_a_tape_keeps_blocks_and_plays_silence() -> None:
    tape = Tape(np.zeros((100, 1), np.float32))
    out = np.ones((64, 2), np.float32)
    tape.process(np.full((64, 1), 0.25, np.float32), out)
    assert not tape.full.is_set()
    tape.process(np.full((64, 1), 0.5, np.float32), out)
    assert tape.full.is_set()
    assert tape.filled == 100
    assert not out.any()
    assert np.array_equal(tape.audio[:, 0], np.repeat([0.25, 0.5], [64, 36]).astype(np.float32))


def test_a_drum_is_heard_behind_the_rigs_gain() -> None:
    both = Recording(np.array([[0.1, 0.2]], np.float32), 48_000, Path("take"))
    assert np.allclose(drum_channel(both, 2, 20.0).audio, 2.0)
