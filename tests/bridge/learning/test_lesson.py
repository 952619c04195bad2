import io
import json
import shutil
import sys
import tomllib
from collections.abc import Iterator
from contextlib import nullcontext, redirect_stdout
from errno import ENOSPC
from pathlib import Path
from typing import Any
from warnings import catch_warnings, simplefilter

import numpy as np
import pytest

from bridge.audio.files import read_recording, write_wav
from bridge.cli.learn import free_place, rig_lines, teacher_for
from bridge.cli.main import run
from bridge.mapping.load import with_lesson
from bridge.rig.rig import rig_from_table
from bridge.session.detect import detect_strokes
from models.mapping.bundle import Bundle
from synth.errors import InputError
from synth.voices.registry import register, unregister
from tests.bell import KIND
from tests.takes import once


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("learning")
    take = once("singles", "tight", seed=0)
    write_wav(folder / "drum.wav", take.audio[: 18 * take.sample_rate, :1], take.sample_rate)
    return folder


def ghostnote(*words: str | Path) -> int:
    sys.argv = ["ghostnote", *map(str, words)]
    with pytest.raises(SystemExit) as ended:
        run()
    return int(ended.value.code or 0)


@pytest.fixture(scope="module")
def learned(folder: Path) -> tuple[Path, str]:
    """Return a bundle that `train` wrote, and what it printed for programs."""
    out, said = folder / "learned.safetensors", io.StringIO()
    words = ("--preset", "snare-1", "--epochs", "2", "--arch", "linear", "--out", out, "--json")
    with redirect_stdout(said):
        assert ghostnote("train", folder / "drum.wav", *words) == 0
    return out, said.getvalue()


def test_train_leaves_a_bundle_and_what_lies_beside_it(learned: tuple[Path, str]) -> None:
    out, said = learned[0], json.loads(learned[1])
    assert {"seconds", "epochs", "strokes", "relative_error", "features"} <= said.keys()
    assert list(said["features"]) == ["L_T", "L_S", "SC_T", "SC_S", "SF_T", "SF_S", "TC"]
    assert Bundle.load(out).card["recordings"] == ["drum.wav"]
    assert all(out.with_suffix(end).is_file() for end in (".card.json", ".card.md", ".png", ".listen.wav"))


def test_a_bundle_is_replaced_only_where_it_was_named(
    folder: Path, learned: tuple[Path, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)
    words = ("train", "drum.wav", "--preset", "snare-1", "--epochs", "1", "--arch", "linear")
    out, before = folder / "kept.safetensors", learned[0].read_bytes()
    out.write_bytes(before)
    assert ghostnote(*words, "--seed", "1", "--out", out) == 0
    assert out.read_bytes() != before
    assert [ghostnote(*words) for _ in range(2)] == [0, 0]
    assert {path.name for path in folder.glob("drum-*.safetensors")} == {
        "drum-snare-1.safetensors",
        "drum-snare-1-2.safetensors",
    }


def test_a_recording_may_have_any_name(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    name = "太鼓 $^$ \udcff"
    shutil.copy(folder / "drum.wav", folder / f"{name}.wav")
    words = ("--preset", "snare-1", "--epochs", "1", "--arch", "linear", "--out", folder / f"{name}.safetensors")
    with catch_warnings():
        simplefilter("error", UserWarning)
        assert ghostnote("train", folder / f"{name}.wav", *words) == 0
    assert capsys.readouterr().err == ""
    assert (folder / f"{name}.png").is_file()


def test_a_folder_in_the_place_of_a_card_is_named_before_anyone_waits(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "t.card.json").mkdir()
    assert ghostnote("train", folder / "drum.wav", "--preset", "snare-1", "--out", tmp_path / "t.safetensors") == 2
    assert "t.card.json: cannot be written (it is a folder)" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["t.card.json"]


def test_a_lesson_is_written_whole_or_not_at_all(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def full(*_: object) -> None:
        raise OSError(ENOSPC, "No space left on device")

    monkeypatch.setattr("bridge.learning.lesson.write_wav", full)
    words = ("--preset", "snare-1", "--epochs", "1", "--arch", "linear", "--out", tmp_path / "t.safetensors")
    assert ghostnote("train", folder / "drum.wav", *words) == 2
    assert "cannot be written (No space left on device); nothing was changed" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_a_shipped_bundle_is_evaluated_by_its_name(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert ghostnote("evaluate", "snare-1", folder / "drum.wav", "--json") == 0
    assert json.loads(capsys.readouterr().out)["strokes"] > 8


def test_a_bundle_can_be_evaluated(folder: Path, learned: tuple[Path, str], capsys: pytest.CaptureFixture[str]) -> None:
    assert ghostnote("evaluate", learned[0], folder / "drum.wav", "--json") == 0
    assert json.loads(capsys.readouterr().out)["strokes"] > 8


def test_wrong_words_end_with_code_2(folder: Path) -> None:
    drum = folder / "drum.wav"
    assert ghostnote("train", drum, "--preset", "snare-1", "--arch", "forest") == 2
    assert ghostnote("train", drum, "--preset", "snare-1", "--loss", "hinge") == 2
    assert ghostnote("train", drum, "--preset", "snare-99") == 2
    assert ghostnote("train", folder / "none.wav", "--preset", "snare-1") == 2
    assert ghostnote("evaluate", drum, drum) == 2
    assert ghostnote("record", folder / "take.mp3") == 2


def test_learn_finds_mistakes_before_anyone_plays(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert ghostnote("learn", "--arch", "forest", "--out", folder / "new.safetensors") == 2
    assert "no mapping model 'forest'" in capsys.readouterr().err
    assert ghostnote("learn", "--out", folder / "drum.wav" / "new.safetensors") == 2
    assert "new.safetensors: cannot be written" in capsys.readouterr().err
    assert ghostnote("record", folder / "drum.wav" / "new.wav") == 2
    assert "new.wav: cannot be written" in capsys.readouterr().err


def test_an_earlier_lesson_is_never_overwritten(tmp_path: Path) -> None:
    out = tmp_path / "learned.safetensors"
    assert free_place(out) == out
    out.with_suffix(".wav").touch()
    assert free_place(out).name == "learned-2.safetensors"
    (tmp_path / "learned-2.safetensors").touch()
    assert free_place(out).name == "learned-3.safetensors"


def test_a_lesson_changes_the_pupil_only() -> None:
    snare, kick = {"name": "snare"}, {"name": "kick", "channel": 2, "model": "kick", "preset": "tom"}
    before = rig_from_table({"drum": [snare, kick]}, "rig.toml")
    after = with_lesson(before, "kick", Path("learned.safetensors"))
    assert after.drum[0] == before.drum[0]
    assert (after.drum[1].model, after.drum[1].preset) == (str(Path("learned.safetensors").absolute()), "")


OURS = ("", "", None, None, "none")
"""What ``learn`` is given where nothing but the rig says what is learned for."""


def test_a_lesson_starts_from_the_drums_preset_or_else_from_its_models() -> None:
    table = {
        "drum": [{"name": "one", "model": "kick"}, {"name": "two", "channel": 2, "model": "kick", "preset": "tom"}]
    }
    rig = rig_from_table(table, "rig.toml")
    assert [teacher_for(rig, drum, *OURS).name for drum in rig.drum] == ["kick", "tom"]


@pytest.fixture
def bell_voice() -> Iterator[None]:
    register(KIND)
    yield
    unregister(KIND.name)


@pytest.mark.usefixtures("bell_voice")
@pytest.mark.parametrize(("own", "fits"), [({"model": "bell"}, True), ({"amount": 0.5}, False), ({}, False)])
def test_a_lesson_must_fit_the_voices_that_will_play_it_and_no_others(own: dict[str, Any], fits: bool) -> None:
    targets = [{"name": "808", "type": "voice"}, {"name": "bell", "type": "voice", "voice": "bell"}]
    plays = [{"target": "808"}, {"target": "bell", **own}]
    rig = rig_from_table({"target": targets, "drum": [{"name": "snare", "play": plays}]}, "rig.toml")
    with nullcontext() if fits else pytest.raises(InputError, match="the built-in voice 'bell' plays only this bell"):
        assert teacher_for(rig, rig.drum[0], *OURS).name == "snare-1"


def test_the_rig_is_told_what_was_learned_as_seen_from_its_folder(tmp_path: Path) -> None:
    bundle = tmp_path / 'a "b".safetensors'
    bundle.touch()
    lines = rig_lines(bundle, "kick", tmp_path / "rig.toml")
    assert tomllib.loads("\n".join(lines)) == {"model": 'a "b".safetensors', "preset": "kick"}
    [line] = rig_lines(bundle, "", tmp_path / "rigs" / "rig.toml")
    assert tomllib.loads(line) == {"model": str(bundle)}


def test_names_with_brackets_are_shown_as_they_are(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = folder / "a[" / "b].safetensors"
    words = ("--preset", "snare-1", "--epochs", "1", "--arch", "linear", "--out", out)
    assert ghostnote("train", folder / "drum.wav", *words) == 0
    assert f"Wrote {out}, and" in capsys.readouterr().out


def test_an_error_is_one_line_where_no_terminal_is(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert ghostnote("train", folder / "none.wav", "--preset", "snare-1") == 2
    said = capsys.readouterr()
    assert (said.out, said.err.count("\n")) == ("", 1)


KIT = """
[[drum]]
name = "snare"

[[drum]]
name = "tom"
channel = 2
"""


@pytest.fixture(scope="module")
def kit(folder: Path) -> Path:
    """Return a rig of two drums; beside it lies what `record` writes of it, in which only the second is played."""
    take = once("singles", "tight", seed=0)
    quiet = 1e-4 * np.random.default_rng(0).standard_normal((len(take.audio), 1)).astype(np.float32)
    write_wav(folder / "kit.wav", np.concatenate([quiet, take.audio[:, :1]], axis=1), take.sample_rate)
    (folder / "kit.toml").write_text(KIT, encoding="utf-8")
    return folder / "kit.toml"


def test_a_drum_of_a_kit_is_learned_from_what_record_wrote(kit: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = kit.with_name("tom.safetensors")
    words = ("--preset", "tom", "--epochs", "1", "--arch", "linear", "--out", out, "--json", "--rig", kit)
    assert ghostnote("train", kit.with_name("kit.wav"), *words, "--drum", "tom") == 0
    said = json.loads(capsys.readouterr().out)
    detected = [hit for hit in detect_strokes(read_recording(kit.with_name("kit.wav"))).hits if hit.channel == 1]
    (few,) = said["warnings"]
    assert said["strokes"] == len(detected)
    assert few.startswith("3 held-out strokes are few")
    assert ghostnote("train", kit.with_name("kit.wav"), *words) == 2
    assert "kit.wav: 0 strokes were heard" in capsys.readouterr().err, "the first drum was not played"


def test_wrong_drums_and_rigs_are_one_sentence(kit: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ("train", kit.with_name("kit.wav"), "--preset", "tom", "--out", kit.with_name("new.safetensors"))
    assert ghostnote(*words, "--drum", "tom") == 2
    assert "--drum is 'tom', and there is no --rig" in capsys.readouterr().err
    assert ghostnote(*words, "--rig", kit, "--drum", "gong") == 2
    assert "--drum is 'gong'; the rig has snare, tom" in capsys.readouterr().err
    assert ghostnote(*words, "--rig", "none") == 2
    assert "there is no rig 'none'" in capsys.readouterr().err
    assert ghostnote("train", kit.with_name("drum.wav"), *words[2:], "--rig", kit) == 2
    assert "drum.wav: has 1 channel; the rig's drums listen to channels up to 2" in capsys.readouterr().err
    assert not kit.with_name("new.safetensors").exists()
