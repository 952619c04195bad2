"""``ghostnote record`` as a person types it."""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
import tempfile
import threading
from pathlib import Path
from typing import Any

import pytest

from bridge.audio.files import read_recording
from bridge.audio.recorder import Taken
from bridge.cli import record
from bridge.cli.screen import ENDING
from tests.bridge.cli.typing_words import Type
from tests.bridge.portaudio import CardStream, plug_in


def test_a_second_take_of_a_name_is_numbered(ghostnote: Type, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(record, "take_recording", lambda *words: Taken(read_recording(folder / "take.wav"), 0, 0.0))
    before = (folder / "take.wav").read_bytes()
    assert json.loads(ghostnote("record", "take.wav", "--json").stdout)["file"] == "take-2.wav"
    assert "Wrote take-3.wav" in ghostnote("record", "take.wav").stdout
    assert (folder / "take.wav").read_bytes() == before


def test_a_recording_whose_input_stopped_is_kept_and_said_to_be_short(
    ghostnote: Type, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken = Taken(read_recording(folder / "take.wav"), 0, 0.0, cut=True)
    monkeypatch.setattr(record, "take_recording", lambda *words: taken)
    done = ghostnote("record", "new.wav")
    assert (done.code, "Note: the input stopped after 1.5 s; what came before is kept." in done.stdout) == (0, True)
    assert (folder / "new.wav").is_file()


def test_what_takes_the_name_of_a_recording_meanwhile_stays(
    ghostnote: Type, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def taken(*words: Any) -> Taken:
        (folder / "new.wav").write_text("precious")
        return Taken(read_recording(folder / "take.wav"), 0, 0.0)

    monkeypatch.setattr(record, "take_recording", taken)
    assert "Wrote new-2.wav" in ghostnote("record", "new.wav").stdout
    assert (folder / "new.wav").read_text() == "precious"
    assert read_recording(folder / "new-2.wav").seconds == read_recording(folder / "take.wav").seconds


def test_a_recording_that_cannot_be_written_in_its_place_is_kept_elsewhere_and_said(
    ghostnote: Type, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def taken(*words: Any) -> Taken:
        (folder / "takes").write_text("a file where the folder was to be")
        return Taken(read_recording(folder / "take.wav"), 0, 0.0)

    monkeypatch.setattr(record, "take_recording", taken)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    done = ghostnote("record", "takes/new.wav")
    words = rf"takes/new.wav: cannot be written \(.*\); the recording is kept as {tmp_path}/new.wav\n"
    assert (done.code, done.stdout, bool(re.fullmatch(words, done.stderr))) == (2, "", True)
    assert read_recording(tmp_path / "new.wav").seconds == read_recording(folder / "take.wav").seconds


def test_a_disk_without_room_is_told_before_anyone_plays(
    ghostnote: Type, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    full = shutil.disk_usage(folder)._replace(free=1_000_000)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: full)
    for command in (["record", "new.wav"], ["learn", "--out", "new.safetensors"]):
        done = ghostnote(*command, "--seconds", "15")
        words = "new.wav: cannot be written (it needs 2.9 MB and its disk has 1.0 MB left)\n"
        assert (done.code, done.stdout, done.stderr) == (2, "", words)


@pytest.mark.parametrize("number", ENDING, ids=lambda number: number.name)
def test_every_signal_that_ends_a_terminal_keeps_what_was_recorded(
    number: int, ghostnote: Type, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class EndedCard(CardStream):
        """Gives twelve blocks, after which the terminal is closed."""

        def start(self) -> None:
            def play() -> None:
                for _ in range(12):
                    self.call(0.25)
                os.kill(os.getpid(), number)

            threading.Thread(target=play, daemon=True).start()

    plug_in(monkeypatch, EndedCard)
    done = ghostnote("record", "new.wav")
    assert (done.code, "Wrote new.wav" in done.stdout) == (0, True)
    assert (read_recording(folder / "new.wav").audio == 0.25).sum() == 12 * 64


def test_a_player_is_asked_to_play_when_the_input_is_open(ghostnote: Type, folder: Path) -> None:
    (folder / "rig.toml").write_text('[input]\ndevice = "no such card"\n[[drum]]\n')
    done = ghostnote("learn", "--rig", "rig.toml")
    assert (done.code, done.stdout) == (2, "")
    assert "[input] device" in done.stderr


@pytest.mark.parametrize(
    "words", [["learn"], ["train", "take.wav", "--preset", "kick"], ["evaluate", "kick", "take.wav"], ["experiment"]]
)
def test_without_torch_a_command_says_at_once_how_to_get_it(
    words: list[str], ghostnote: Type, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)  # as where it is not installed
    done = ghostnote(*words)
    assert (done.code, done.stdout) == (2, "")
    assert f"install it with: {sys.executable} -m pip install 'torch>=" in done.stderr
