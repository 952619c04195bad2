"""Commands as a person types them, right and wrong."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile

from bridge.audio.files import write_wav
from bridge.cli.main import COMMANDS
from bridge.cli.screen import ENDING
from bridge.rig.rig import RIGS
from tests.bridge.cli.typing_words import Type
from tests.bridge.rigs import RATE


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a file that is always full")
def test_words_that_find_no_room_are_one_sentence() -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "bridge.cli.main", "check", "808"], stdout=full, stderr=subprocess.PIPE, text=True
        )
    assert (done.returncode, done.stderr) == (2, "cannot be written: No space left on device\n")


def test_a_command_that_is_told_to_end_unwinds(ghostnote: Type) -> None:
    before = {number: signal.getsignal(number) for number in ENDING}
    try:
        ghostnote("--version")
        with pytest.raises(SystemExit) as end:
            signal.raise_signal(signal.SIGTERM)
        assert end.value.code == 143
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


LONG = "x" * 300

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
        "--model: there is no model 'nowhere'; give a .safetensors file or one of bass-drum-5",
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
    (["experiment", "small", "--out", "text.wav/new"], "text.wav is a file, not a folder)"),
    (
        ["play", "--model", "nowhere"],
        "--model: there is no model 'nowhere'; give a .safetensors file or one of bass-drum-5",
    ),
    (["train", "take.wav", "--preset", "snare-1", "--seed", "-1"], "--seed is '-1'; allowed is 0 or more"),
    (
        ["train", "take.wav", "--preset", "kick", "--epochs", "1000000"],
        "--epochs is '1000000'; allowed is up to 100000",
    ),
    (["play", "--seconds", "x"], "--seconds is 'x'; a number is needed"),
    (["latency", "--strokes", "1.5"], "--strokes is '1.5'; a whole number is needed"),
    (["train"], "RECORDING is missing; ghostnote train --help says what there is"),
    (["play", "--secnds", "3"], "there is no option '--secnds'; did you mean '--seconds'?"),
    (["plya"], "there is no command 'plya'; did you mean 'play'?"),
    (["play", "extra"], "got unexpected extra argument"),
    (
        ["evaluate", "nowhere", "take.wav"],
        "MODEL: there is no model 'nowhere'; give a .safetensors file or one of",
    ),
    (["check", "x" * 5000], "there is no rig 'xxx"),
    (["check", "two\nlines"], r"there is no rig 'two\nlines'; give"),
    (["check", "wide.toml"], "wide.toml: target '808': outputs holds 3; allowed is 1 to 2"),
    (["render", "take.wav", "--rig", "ears.toml"], "ears.toml: drums 'a' and 'b' share input channel 1 and its ear"),
    (["check", "bad.toml"], "bad.toml: 'input.blok' is no key here; did you mean 'block'?"),
    (["train", "take.wav", "--preset", "kick", "--rig", ""], "--rig is empty; give it a value, or leave it out"),
    (["train", "take.wav", "--preset="], "--preset is empty; give it a value, or leave it out"),
    (["render", ""], "an argument is empty; give it a value, or leave it out"),
    (["check", "fifo"], "'fifo' is a pipe, not a rig; give a .toml file or one of 808, demo"),
    (["check", "folder"], "'folder' is a folder, not a rig; give a .toml file or one of 808, demo"),
    (["check", "/dev/zero"], "'/dev/zero' is a device, not a rig; give a .toml file or one of 808, demo"),
    (["check", "learned.toml"], "/dev/zero: is a device, not a file"),
    (["check", "piped.toml"], "fifo: is a pipe, not a file"),
    (["check", "wide-model.toml"], "model: 'fifo' is a pipe, not a model; give a .safetensors file or one of"),
    (["check", "preset.toml"], "preset: 'folder' is a folder, not a preset; give a .toml file or one of"),
    (["check", "profile.toml"], "'fifo' is a pipe, not a profile; give a .toml file or one of"),
    (["check", "large.toml"], "large.toml: is too large for a settings file: the most is 4 MiB"),
    (["check", "key.toml"], "key.toml: is not valid TOML: it is nested too deeply"),
    (["experiment", "fifo"], "'fifo' is a pipe, not an experiment"),
    (["render", "fifo"], "fifo: is a pipe; give a recording"),
    (["render", "/dev/null"], "/dev/null: is a device; give a recording"),
    (["detect", "fifo"], "fifo: is a pipe; give a recording"),
    (["calibrate", "--recording", "fifo"], "fifo: is a pipe; give a recording"),
    (["train", "fifo", "--preset", "kick"], "fifo: is a pipe; give a recording"),
    (["evaluate", "kick", "fifo"], "fifo: is a pipe; give a recording"),
    (["evaluate", "kick", "/dev/zero"], "/dev/zero: is a device; give a recording"),
    (["train", "take.wav", "--preset", "kick", "--from", "fifo"], "fifo: is a pipe, not a file"),
    (["render", "take.wav", "--model", "large.safetensors"], "large.safetensors: is too large for a bundle"),
    (["detect", "take.wav", "--truth", "fifo"], "fifo: is a pipe, not a file"),
    (["detect", "take.wav", "--truth", "loud.wav"], "loud.wav: is no table: its bytes are no text in UTF-8 or UTF-16"),
    (["import-chart", "fifo"], "fifo: is a pipe, not a file"),
    (["import-chart", "loud.wav"], "loud.wav: is no table: its bytes are no text in UTF-8 or UTF-16"),
    (["render", "take.wav", "--out", LONG], "cannot be written (File name too long)"),
    (["detect", "take.wav", "--out", LONG], "cannot be written (File name too long)"),
    (["demo", "--out", LONG], "cannot be written (File name too long)"),
    (["experiment", "small", "--out", LONG], "cannot be written (File name too long)"),
    (["latency", "--out", f"{LONG}.png"], "cannot be written (File name too long)"),
    (["import-chart", "chart.csv", "--out", f"{LONG}.toml"], "cannot be written (File name too long)"),
    (["record", f"{LONG}.wav"], "cannot be written (File name too long)"),
    (["learn", "--out", f"{LONG}.safetensors"], "cannot be written (File name too long)"),
    (
        ["train", "take.wav", "--preset", "kick", "--out", f"{LONG}.safetensors"],
        "cannot be written (File name too long)",
    ),
    (["render", "take.wav", "--out", f"new/{LONG}/x"], "cannot be written (File name too long)"),
    (["render", f"{LONG}.wav"], "there is no such file"),
    (["render", "take.wav", "--out", "/dev/null/x"], "/dev/null/x: cannot be written (/dev/null is a device, not a"),
    (["detect", "take.wav", "--out", "/dev/null"], "/dev/null: cannot be written (/dev/null is a device, not a folder"),
    (["record", "/dev/null/x.wav"], "/dev/null/x.wav: cannot be written (/dev/null is a device, not a folder)"),
    (["import-chart", "chart.csv", "--out", "/dev/null"], "/dev/null: cannot be written (it is a device)"),
    (["render", "two\nlines\x1b[31m.wav"], r"two\nlines\x1b[31m.wav: there is no such file"),
]


TARGET = '[[target]]\nname = "t"\ntype = "midi"\nport = "ghostnote"\n'
FILES = {
    "learned.toml": '[control]\nlearned = "/dev/zero"\n[[drum]]\n',
    "piped.toml": '[control]\nlearned = "fifo"\n[[drum]]\n',
    "wide-model.toml": '[[drum]]\nmodel = "fifo"\n',
    "preset.toml": '[[drum]]\npreset = "folder"\n',
    "profile.toml": TARGET + '[[drum]]\nplay = [{ target = "t", note = "snare", profile = "fifo" }]\n',
    "large.toml": "#" * (4 << 20) + "\n",
    "key.toml": "a" + ".a" * 20_000 + " = 1\n",
    "chart.csv": "manufacturer,device,parameter_name,cc_msb\nMaker,Box,tone,20\n",
}


@pytest.mark.timeout(60)  # a pipe without a writer would be waited for
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
    os.mkfifo(folder / "fifo")
    (folder / "folder").mkdir()
    for name, text in FILES.items():
        (folder / name).write_text(text)
    (folder / "large.safetensors").touch()
    os.truncate(folder / "large.safetensors", 2**30)
    before = set(folder.rglob("*"))
    done = ghostnote(*words)
    assert (done.code, done.stdout) == (2, "")
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr
    assert set(folder.rglob("*")) == before


def test_the_help_lists_every_command_and_starts_as_a_process() -> None:
    command = [sys.executable, "-m", "bridge.cli.main", "--help"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert all(name in done.stdout for name in COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_explains_itself(name: str, ghostnote: Type) -> None:
    done = ghostnote(name, "--help")
    assert done.code == 0
    assert f"ghostnote {name}" in done.stdout
