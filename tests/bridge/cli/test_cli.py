"""Commands as a person types them, right and wrong."""

from __future__ import annotations

import json
import resource
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from warnings import catch_warnings, simplefilter

import numpy as np
import pytest
import soundfile
from mido import MidiFile

from bridge.audio.files import read_recording, write_wav
from bridge.audio.recorder import Taken
from bridge.cli import record
from bridge.cli.main import COMMANDS, run
from bridge.rig.rig import RIGS
from tests.bridge.rigs import RATE, short_take, snare_bundle


@dataclass(frozen=True)
class Done:
    code: int
    stdout: str
    stderr: str


Type = Callable[..., Done]


@pytest.fixture
def ghostnote(folder: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Type:
    """Return a function that types a command in ``folder``."""

    def type_words(*words: str) -> Done:
        monkeypatch.chdir(folder)
        monkeypatch.setattr(sys, "argv", ["ghostnote", *words])
        with pytest.raises(SystemExit) as end:
            run()
        return Done(int(end.value.code or 0), *capfd.readouterr())

    return type_words


@contextmanager
def largest_file(size: int) -> Iterator[None]:
    """Make every write beyond ``size`` fail as on a full disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("made")
    write_wav(folder / "take.wav", short_take(1.5).audio, RATE)
    snare_bundle().save(folder / "model.safetensors")
    return folder


@pytest.fixture
def folder(made: Path, tmp_path: Path) -> Path:
    shutil.copytree(made, tmp_path, dirs_exist_ok=True)
    return tmp_path


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


@pytest.mark.parametrize("name", ["drum.wav", "mix.wav"])
def test_the_demo_writes_over_nothing_but_an_earlier_demo(name: str, ghostnote: Type, folder: Path) -> None:
    (folder / name).write_text("mine")
    done = ghostnote("demo", "--quiet", "--out", ".")
    assert (done.code, done.stdout) == (2, "")
    assert f"{name}: is there already, and not from a demo; give --out another folder" in done.stderr
    assert (folder / name).read_text() == "mine"


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


def test_a_second_take_of_a_name_is_numbered(ghostnote: Type, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(record, "recorded", lambda rig, seconds: Taken(read_recording(folder / "take.wav"), 0, 0.0))
    before = (folder / "take.wav").read_bytes()
    assert json.loads(ghostnote("record", "take.wav", "--json").stdout)["file"] == "take-2.wav"
    assert "Wrote take-3.wav" in ghostnote("record", "take.wav").stdout
    assert (folder / "take.wav").read_bytes() == before


def test_a_recording_whose_input_stopped_is_kept_and_said_to_be_short(
    ghostnote: Type, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken = Taken(read_recording(folder / "take.wav"), 0, 0.0, cut=True)
    monkeypatch.setattr(record, "recorded", lambda rig, seconds: taken)
    done = ghostnote("record", "new.wav")
    assert (done.code, "Note: the input stopped after 1.5 s; what came before is kept." in done.stdout) == (0, True)
    assert (folder / "new.wav").is_file()


def test_check_refuses_a_file_of_learned_controls_that_play_refuses(ghostnote: Type, folder: Path) -> None:
    (folder / "learned.json").write_text("{")
    (folder / "rig.toml").write_text("[control]\nlearned = 'learned.json'\n[[drum]]\nmodel = 'model.safetensors'\n")
    done = ghostnote("check", "rig.toml")
    assert (done.code, done.stdout) == (2, "")
    assert "learned.json: is not what `[control] learned` writes" in done.stderr


def test_a_channel_that_the_rig_does_not_hear_is_not_scored(ghostnote: Type, folder: Path) -> None:
    write_wav(folder / "two.wav", np.repeat(short_take(1.5).audio, 2, axis=1), RATE)
    (folder / "true.csv").write_text("onset_s,channel\n0.5,1\n0.5,2\n")
    done = ghostnote("detect", "two.wav", "--truth", "true.csv", "--rig", "808", "--json")
    assert done.code == 0, done.stderr
    assert [row["strokes"] for row in json.loads(done.stdout)["score"]] == [1]


def test_what_a_rig_does_not_use_is_noted(ghostnote: Type, folder: Path) -> None:
    (folder / "idle.toml").write_text("[[target]]\nname = 't'\ntype = 'tape'\n[[drum]]\nname = 'd'\n")
    said = ghostnote("check", "idle.toml")
    assert (said.code, said.stdout.count("Note: ")) == (0, 2)
    assert "drum 'd' plays nothing" in said.stdout
    assert "no drum plays target 't'" in said.stdout


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a file that is always full")
def test_words_that_find_no_room_are_one_sentence() -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "bridge.cli.main", "check", "808"], stdout=full, stderr=subprocess.PIPE, text=True
        )
    assert (done.returncode, done.stderr) == (2, "cannot be written: No space left on device\n")


def test_a_command_that_is_told_to_end_unwinds(ghostnote: Type) -> None:
    before = signal.getsignal(signal.SIGTERM)
    try:
        ghostnote("--version")
        with pytest.raises(SystemExit) as end:
            signal.raise_signal(signal.SIGTERM)
        assert end.value.code == 143
    finally:
        signal.signal(signal.SIGTERM, before)


def test_the_rigs_that_ship_are_listed_with_what_they_are(ghostnote: Type) -> None:
    done = ghostnote("rig")
    assert (done.code, [line.split()[0] for line in done.stdout.splitlines()]) == (0, list(RIGS.names()))
    assert "808             A snare on input 1 plays the built-in 808, live: ghostnote play --rig 808" in done.stdout


@pytest.mark.parametrize("name", RIGS.names())
def test_a_rig_is_printed_as_it_ships_beside_the_empty_file_that_it_goes_to(
    name: str, ghostnote: Type, folder: Path
) -> None:
    (folder / name).touch()
    done = ghostnote("rig", name)
    assert (done.code, done.stdout.encode()) == (0, (RIGS.folder / f"{name}.toml").read_bytes())


WRONG = [
    (["rig", "nonsense"], "no rig ships as 'nonsense'; there are 808, demo"),
    (["rig", str(RIGS.folder / "808.toml")], "808.toml'; there are 808, demo"),
    (["rig", "dmo"], "did you mean 'demo'?"),
    (["render", "nowhere.wav"], "nowhere.wav: there is no such file"),
    (["render", "."], ".: is a folder; give a recording in it"),
    (["detect", "."], ".: is a folder; give a recording in it"),
    (["check", "latin.toml"], "latin.toml: is no text in UTF-8, as TOML must be (byte 3)"),
    (["render", "loud.wav", "--gain-db", "60"], "loud.wav: 60 dB more is too loud for any file; lower --gain-db"),
    (["render", "text.wav"], "text.wav: not readable as audio"),
    (["render", "empty.wav"], "empty.wav: the recording is empty"),
    (["render", "nan.wav"], "nan.wav: 3 of its samples are not finite numbers"),
    (["render", "take.wav", "--rig", "nowhere"], "there is no rig 'nowhere'; give a .toml file or one of 808, demo"),
    (
        ["render", "take.wav", "--model", "nowhere"],
        "--model: there is no model 'nowhere'; give a .safetensors file or one of kick",
    ),
    (["render", "take.wav", "--model", "text.wav"], "text.wav: not a readable bundle"),
    (["render", "take.wav", "--out", "text.wav"], "text.wav: is a file; --out names a folder"),
    (["render", "take.wav", "--out", "text.wav/new"], "text.wav/new: cannot be written"),
    (["render", "take.wav", "nowhere.wav"], "nowhere.wav: there is no such file"),
    (["render", "take.wav", "./take.wav"], "two recordings have one stem"),
    (["detect", "take.wav", "--out", "text.wav"], "text.wav: is a file; --out names a folder"),
    (["detect", "take.wav", "empty.wav", "--out", "text.wav"], "text.wav: is a file; --out names a folder"),
    (["latency", "--out", "text.wav/x.png"], "text.wav/x.png: cannot be written"),
    (["latency", "--out", "x.foo"], "x.foo: is no picture; its name must end in .png, .pdf or .svg"),
    (["latency", "--out", "x"], "x: is no picture; its name must end in .png, .pdf or .svg"),
    (["experiment", "small", "--out", "text.wav"], "text.wav: is a file; --out names a folder"),
    (["experiment", "small", "--out", "text.wav/new"], "cannot be written (Not a directory)"),
    (["play", "--model", "nowhere"], "--model: there is no model 'nowhere'; give a .safetensors file or one of kick"),
    (["train", "take.wav", "--preset", "snare-1", "--seed", "-1"], "greater than or equal to 0"),
    (
        ["evaluate", "nowhere", "take.wav"],
        "MODEL: there is no model 'nowhere'; give a .safetensors file or one of",
    ),
    (["check", "x" * 5000], "there is no rig 'xxx"),
    (["check", "two\nlines"], r"there is no rig 'two\nlines'; give"),
    (["check", "wide.toml"], "wide.toml: target '808': outputs holds 3; allowed is 1 to 2"),
    (["render", "take.wav", "--rig", "ears.toml"], "ears.toml: drums 'a' and 'b' share input channel 1 and its ear"),
    (["check", "bad.toml"], "bad.toml: 'input.blok' is no key here; did you mean 'block'?"),
]


@pytest.mark.parametrize(("words", "sentence"), WRONG, ids=[ascii(" ".join(words))[:50] for words, _ in WRONG])
def test_bad_input_gets_one_sentence_code_2_and_no_file(
    words: list[str], sentence: str, ghostnote: Type, folder: Path
) -> None:
    (folder / "text.wav").write_text("this is no audio")
    write_wav(folder / "loud.wav", np.full(4800, 1e37), RATE)
    (folder / "latin.toml").write_bytes(b"# \xe4")
    soundfile.write(folder / "empty.wav", np.zeros(0), RATE)
    nan = np.zeros(480, dtype=np.float32)
    nan[:3] = np.nan
    soundfile.write(folder / "nan.wav", nan, RATE, subtype="FLOAT")
    (folder / "bad.toml").write_text('[input]\nblok = 64\n[[drum]]\nname = "snare"\n')
    (folder / "wide.toml").write_text('[[target]]\nname = "808"\ntype = "voice"\noutputs = [3]\n[[drum]]\n')
    (folder / "ears.toml").write_text('[[drum]]\nname = "a"\n[[drum]]\nname = "b"\ndetector.sensitivity = 0.7\n')
    before = set(folder.rglob("*"))
    done = ghostnote(*words)
    assert (done.code, done.stdout) == (2, "")
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr
    assert set(folder.rglob("*")) == before


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


def test_a_target_may_have_a_name_in_any_script(ghostnote: Type, folder: Path) -> None:
    target = "[[target]]\nname = '太鼓'\ntype = 'midi'\n"
    drum = "[[drum]]\nname = 'd'\nplay = [{ target = '太鼓', note = 38 }]\n"
    (folder / "rig.toml").write_text(target + drum, encoding="utf-8")
    done = ghostnote("render", "take.wav", "--rig", "rig.toml")
    assert done.code == 0, done.stderr
    [_, track] = MidiFile(folder / "out" / "performance.mid", charset="utf-8").tracks
    assert track.name == "太鼓"


def test_signs_that_the_pictures_font_lacks_cost_no_words(ghostnote: Type, folder: Path) -> None:
    (folder / "take.wav").rename(folder / "太鼓 $^$.wav")
    with catch_warnings():
        simplefilter("error")
        done = ghostnote("detect", "太鼓 $^$.wav", "--out", "heard")
    assert (done.code, done.stderr) == (0, "")
    assert (folder / "heard" / "detection.png").is_file()


def test_a_device_whose_name_has_brackets_is_named_as_it_is(ghostnote: Type, folder: Path) -> None:
    (folder / "box.csv").write_text("manufacturer,device,parameter_name,cc_msb\n[/red]Maker,[red]Box,tone,20\n")
    done = ghostnote("import-chart", "box.csv")
    assert (done.code, done.stderr) == (0, "[/red]Maker [red]Box: 1 controls, 0 sounds.\n")


def test_calibrate_hears_the_channels_that_the_rig_plays(folder: Path, ghostnote: Type) -> None:
    drum = np.concatenate([short_take(1.5).audio] * 4)
    write_wav(folder / "stereo.wav", np.concatenate([0.8 * np.roll(drum, 3, axis=0), drum], axis=1), RATE)
    done = ghostnote("calibrate", "--recording", "stereo.wav", "--rig", "808", "--json")
    found = json.loads(done.stdout)
    assert (found["drums"], len(found["channels"])) == (["snare"], 1)
    assert "stereo.wav has 2 channels" in done.stderr


def test_the_help_lists_every_command_and_starts_as_a_process() -> None:
    command = [sys.executable, "-m", "bridge.cli.main", "--help"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert all(name in done.stdout for name in COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_explains_itself(name: str, ghostnote: Type) -> None:
    done = ghostnote(name, "--help")
    assert done.code == 0
    assert f"ghostnote {name}" in done.stdout
