"""``ghostnote render`` as a person types it."""

from __future__ import annotations

import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from mido import MidiFile

from bridge.audio.files import write_wav
from bridge.cli.screen import ENDING
from tests.bridge.cli.typing_words import Type
from tests.bridge.rigs import RATE
from tests.structure import ROOT


@contextmanager
def largest_file(size: int) -> Iterator[None]:
    """Make every write beyond ``size`` fail as on a full disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_render_writes_every_file_and_a_summary_for_programs(ghostnote: Type, folder: Path) -> None:
    done = ghostnote("render", "take.wav", "--model", "model.safetensors", "--json")
    assert done.code == 0, done.stderr
    assert json.loads(done.stdout)["strokes"] > 2
    written = {path.name for path in (folder / "out").iterdir()}
    assert written == {"hits.csv", "synth.wav", "performance.mid", "messages.jsonl", "report.png"}


def test_several_inputs_get_a_folder_each(ghostnote: Type, folder: Path) -> None:
    write_wav(folder / "other.wav", np.zeros(4800), RATE)
    done = ghostnote("render", "take.wav", "other.wav", "--model", "model.safetensors", "--out", "all")
    assert done.code == 0, done.stderr
    assert (folder / "all" / "take" / "hits.csv").is_file()
    assert (folder / "all" / "other" / "hits.csv").is_file()


def test_a_recording_that_was_cut_short_is_rendered_with_a_note(ghostnote: Type, folder: Path) -> None:
    (folder / "take.wav").write_bytes((folder / "take.wav").read_bytes()[:200_000])
    done = ghostnote("render", "take.wav", "--model", "model.safetensors")
    assert (done.code, done.stdout.count("Note: take.wav is cut short: it announces 1.50 s")) == (0, 1)
    assert "Note: take.wav is cut short" in ghostnote("detect", "take.wav").stdout


def test_where_no_voice_plays_there_is_no_synth_to_hear(ghostnote: Type, folder: Path) -> None:
    (folder / "out").mkdir()
    (folder / "out" / "synth.wav").touch()
    done = ghostnote("render", "take.wav", "--rig", "max-pd-osc")
    assert done.code == 0, done.stderr
    assert not (folder / "out" / "synth.wav").exists()
    assert "no synth.wav: no drum of this rig plays a built-in voice" in done.stdout


@pytest.mark.parametrize("rig", ["demo", "max-pd-osc"])
@pytest.mark.parametrize("name", ["synth.wav", "link.wav"])
def test_render_never_writes_over_or_removes_its_input(rig: str, name: str, ghostnote: Type, folder: Path) -> None:
    shutil.copy(folder / "take.wav", folder / "synth.wav")
    (folder / "link.wav").symlink_to("synth.wav")
    before = (folder / "synth.wav").read_bytes()
    done = ghostnote("render", name, "--rig", rig, "--out", ".")
    assert done.code == 2
    assert f"{name}: would be written over by synth.wav; give --out another folder" in done.stderr
    assert (folder / "synth.wav").read_bytes() == before
    assert not (folder / "hits.csv").exists()


def test_a_full_disk_leaves_what_was_there_before(ghostnote: Type, folder: Path) -> None:
    (folder / "out").mkdir()
    (folder / "out" / "hits.csv").write_text("from before")
    with largest_file(100_000):
        done = ghostnote("render", "take.wav", "--model", "model.safetensors")
    assert done.code == 2
    assert "out: cannot be written (File too large); nothing was changed" in done.stderr
    assert [path.name for path in (folder / "out").iterdir()] == ["hits.csv"]
    assert (folder / "out" / "hits.csv").read_text() == "from before"


def test_names_with_markup_mathematics_and_stray_bytes_stay_as_they_are(ghostnote: Type, folder: Path) -> None:
    shutil.copy(folder / "take.wav", folder / "[red]$^$\udcff.wav")
    done = ghostnote("render", "[red]$^$\udcff.wav", "--model", "model.safetensors", "--out", "[bold]out")
    assert done.code == 0, done.stderr
    assert "[red]$^$" in done.stdout
    assert "[bold]out/: hits.csv" in done.stdout
    assert (folder / "[bold]out" / "report.png").is_file()


def test_a_target_may_have_a_name_in_any_script(ghostnote: Type, folder: Path) -> None:
    target = "[[target]]\nname = '太鼓'\ntype = 'midi'\n"
    drum = "[[drum]]\nname = 'd'\nplay = [{ target = '太鼓', note = 38 }]\n"
    (folder / "rig.toml").write_text(target + drum, encoding="utf-8")
    done = ghostnote("render", "take.wav", "--rig", "rig.toml")
    assert done.code == 0, done.stderr
    [_, track] = MidiFile(folder / "out" / "performance.mid", charset="utf-8").tracks
    assert track.name == "太鼓"


LOUD = "[output]\ngain_db = 12\n[[target]]\nname = 'v'\ntype = 'voice'\n[[drum]]\nmodel = 'model.safetensors'\n"


@pytest.mark.parametrize(("gain_db", "said"), [(12, True), (-20, False)])
def test_the_peak_of_the_output_is_said_and_whether_it_clipped(
    gain_db: int, said: bool, ghostnote: Type, folder: Path
) -> None:
    rig = LOUD.replace("= 12", f"= {gain_db}") + "play = [{ target = 'v', gain_db = 12 }]\n"
    (folder / "rig.toml").write_text(rig)
    done = ghostnote("render", "take.wav", "--rig", "rig.toml")
    assert "output   peaks at " in done.stdout
    assert ("beyond full scale were bent and distort: lower [output] gain_db" in done.stdout) == said
    summary = json.loads(ghostnote("render", "take.wav", "--rig", "rig.toml", "--json").stdout)
    assert (summary["output_peak_db"] > 0) == (summary["output_clipped"] > 0) == said


def test_strokes_that_no_play_takes_are_said(ghostnote: Type, folder: Path) -> None:
    rig = LOUD + "play = [{ target = 'v', when = { centroid = [139, 140] } }]\n"
    (folder / "rig.toml").write_text(rig)
    summary = json.loads(ghostnote("render", "take.wav", "--rig", "rig.toml", "--json").stdout)
    assert summary["unplayed"] == summary["strokes"] > 2
    assert summary["synth_peak"] == 0.0
    said = ghostnote("render", "take.wav", "--rig", "rig.toml").stdout
    assert f"strokes  {summary['strokes']}, {summary['strokes']} of them unplayed: no when" in said


def test_a_when_that_names_no_number_ends_with_one_sentence(ghostnote: Type, folder: Path) -> None:
    rig = LOUD + "play = [{ target = 'v', when = { brightness = [1, 2] } }]\n"
    (folder / "rig.toml").write_text(rig)
    for words in (("check", "rig.toml"), ("render", "take.wav", "--rig", "rig.toml")):
        done = ghostnote(*words)
        assert done.code == 2
        assert "rig.toml: drum 'snare' play[1].when: 'brightness' is no number of a stroke; there are" in done.stderr


@pytest.mark.parametrize("number", ENDING, ids=lambda number: number.name)
def test_a_render_that_is_told_to_end_leaves_nothing(number: int, folder: Path, ten_minutes: Path) -> None:
    (folder / "long.wav").hardlink_to(ten_minutes)
    before = set(folder.rglob("*"))
    command = [sys.executable, "-m", "bridge.cli.main", "render", "long.wav", "--out", "out"]
    # The tests themselves may have been started with nohup or in the background, whose children ignore these signals.
    heed = partial(signal.signal, number, signal.SIG_DFL)
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    with subprocess.Popen(command, cwd=folder, env=environment, preexec_fn=heed) as render:
        while set(folder.rglob("*")) == before and render.poll() is None:
            time.sleep(0.01)
        render.send_signal(number)
    # Python ends itself by the signal where that comes while it starts or ends.
    assert render.returncode in (128 + number, -number)
    assert set(folder.rglob("*")) == before


def test_what_a_terminal_would_obey_in_a_name_is_spelt_out(ghostnote: Type, folder: Path) -> None:
    shutil.copy(folder / "take.wav", folder / "a\x1b[31m\nb.wav")
    done = ghostnote("render", "a\x1b[31m\nb.wav", "--model", "model.safetensors", "--out", "out\x1b[2J")
    assert done.code == 0, done.stderr
    assert "\x1b" not in done.stdout + done.stderr
    assert r"input    a\x1b[31m\nb.wav (1.5 s)" in done.stdout
    assert r"files    out\x1b[2J/: hits.csv" in done.stdout
