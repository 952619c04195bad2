"""``ghostnote detect`` as a person types it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from warnings import catch_warnings, simplefilter

import numpy as np

from bridge.audio.files import write_wav
from tests.bridge.cli.typing_words import Type
from tests.bridge.rigs import RATE, short_take


def test_a_score_of_another_recording_does_not_stay(ghostnote: Type, folder: Path) -> None:
    (folder / "true.csv").write_text("onset_s\n0.5\n")
    assert ghostnote("detect", "take.wav", "--truth", "true.csv", "--out", "heard").code == 0
    assert (folder / "heard" / "score.json").is_file()
    assert ghostnote("detect", "take.wav", "--out", "heard").code == 0
    assert sorted(path.name for path in (folder / "heard").iterdir()) == ["detection.png", "hits.csv"]


def test_a_recording_is_scored_where_no_stroke_was_played(ghostnote: Type, folder: Path) -> None:
    (folder / "true.csv").write_text("onset_s,level_dbfs,kind\n")
    done = ghostnote("detect", "take.wav", "--truth", "true.csv", "--json")
    assert done.code == 0, done.stderr
    (score,) = json.loads(done.stdout)["score"]
    assert (score["strokes"], score["false"]) == (0, json.loads(done.stdout)["strokes"])


def test_a_channel_that_the_rig_does_not_hear_is_not_scored(ghostnote: Type, folder: Path) -> None:
    write_wav(folder / "two.wav", np.repeat(short_take(1.5).audio, 2, axis=1), RATE)
    (folder / "true.csv").write_text("onset_s,channel\n0.5,1\n0.5,2\n")
    done = ghostnote("detect", "two.wav", "--truth", "true.csv", "--rig", "808", "--json")
    assert done.code == 0, done.stderr
    assert [row["strokes"] for row in json.loads(done.stdout)["score"]] == [1]


def test_the_ear_says_names_with_markup_as_they_are(ghostnote: Type, folder: Path) -> None:
    (folder / "a[").mkdir()
    shutil.copy(folder / "take.wav", folder / "a[" / "b].wav")
    shutil.copy(folder / "take.wav", folder / "[bold]$^$\udcff.wav")
    done = ghostnote("detect", "[bold]$^$\udcff.wav", "a[/b].wav", "--out", "heard")
    assert (done.code, done.stderr) == (0, "")
    assert "[bold]$^$" in done.stdout
    assert "a[/b].wav: " in done.stdout
    take = short_take(1.5).audio
    write_wav(folder / "a[" / "b].wav", np.concatenate([take] * 4), RATE)
    done = ghostnote("calibrate", "--recording", "a[/b].wav", "--rig", "808")
    assert done.code == 0, done.stderr
    assert "808.toml: snare" in done.stdout


def test_signs_that_the_pictures_font_lacks_cost_no_words(ghostnote: Type, folder: Path) -> None:
    (folder / "take.wav").rename(folder / "太鼓 $^$.wav")
    with catch_warnings():
        simplefilter("error")
        done = ghostnote("detect", "太鼓 $^$.wav", "--out", "heard")
    assert (done.code, done.stderr) == (0, "")
    assert (folder / "heard" / "detection.png").is_file()
