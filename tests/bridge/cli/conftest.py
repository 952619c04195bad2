"""A folder with a take and a model, and a person who types commands there."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import numpy as np
import pytest

from bridge.audio.files import write_wav
from bridge.cli.main import run
from tests.bridge.cli.typing_words import Done, Type
from tests.bridge.rigs import RATE, short_take, snare_bundle


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


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("made")
    write_wav(folder / "take.wav", short_take(1.5).audio, RATE)
    snare_bundle().save(folder / "model.safetensors")
    return folder


@pytest.fixture(scope="session")
def ten_minutes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a recording of silence, 115 MB of it, that keeps any command at work; tests link to it."""
    path = tmp_path_factory.mktemp("long") / "long.wav"
    write_wav(path, np.zeros(600 * RATE), RATE)
    return path


@pytest.fixture
def folder(made: Path, tmp_path: Path) -> Path:
    shutil.copytree(made, tmp_path, dirs_exist_ok=True)
    return tmp_path
