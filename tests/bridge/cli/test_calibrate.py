"""``ghostnote calibrate``: as a person types it, and step by step at a card."""

from __future__ import annotations

import json
import struct
import threading
import time
import tracemalloc
import wave
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

from bridge.audio.files import write_wav
from bridge.calibration.measure import Step
from bridge.cli import calibrate
from tests.bridge.cli.typing_words import Type
from tests.bridge.portaudio import CardStream, plug_in
from tests.bridge.rigs import RATE, rig_from, short_take

RIG = '[[drum]]\nname = "snare"\n\n[[drum]]\nname = "tom"\nchannel = 2\n'
STEPS = (Step("silence", 0.01, "Silence"), Step("hard", 0.02, "Hard strokes"))


class PlayedCard(CardStream):
    """Gives blocks for as long as it is open, each louder than the one before."""

    def start(self) -> None:
        self._open = True
        threading.Thread(target=self._play, daemon=True).start()

    def _play(self) -> None:
        number = 0
        while self._open:
            self.call(number := number + 1)
            time.sleep(0)

    def close(self) -> None:
        self._open = False


def test_each_step_is_asked_and_recorded_and_silence_once(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    plug_in(monkeypatch, PlayedCard)
    monkeypatch.setattr(calibrate, "STEPS", STEPS)
    monkeypatch.setattr(calibrate, "READING_S", 0.01)
    audio = calibrate.listen(rig_from(RIG), Console(highlight=False))
    assert capsys.readouterr().out.splitlines() == ["Silence", "snare: Hard strokes", "tom: Hard strokes"]
    assert audio.shape == (480 + 2 * 960, 2)
    assert np.all(np.diff(audio[:, 0]) >= 0)


def test_calibrate_hears_the_channels_that_the_rig_plays(folder: Path, ghostnote: Type) -> None:
    drum = np.concatenate([short_take(1.5).audio] * 4)
    write_wav(folder / "stereo.wav", np.concatenate([0.8 * np.roll(drum, 3, axis=0), drum], axis=1), RATE)
    done = ghostnote("calibrate", "--recording", "stereo.wav", "--rig", "808", "--json")
    found = json.loads(done.stdout)
    assert (found["drums"], len(found["channels"])) == (["snare"], 1)
    assert "stereo.wav has 2 channels" in done.stderr


def long_file(path: Path, minutes: int, channels: int) -> Path:
    """Write the header of a long WAV of 16 bits and as much silence, which takes no room on the disk."""
    samples = minutes * 60 * RATE
    with wave.open(str(path), "wb") as file:
        file.setparams((channels, 2, RATE, samples, "NONE", ""))
        file.writeframesraw(bytes(2 * channels))
    with path.open("r+b") as bare:
        header = bytearray(bare.read(44))
        size = 2 * channels * samples
        header[4:8], header[40:44] = struct.pack("<I", 36 + size), struct.pack("<I", size)
        bare.seek(0)
        bare.write(header)
        bare.truncate(44 + size)
    return path


@pytest.mark.parametrize(("rig", "minutes", "allowed"), [("808", 25, 20), ("kit.toml", 10, 9)])
def test_a_recording_that_is_too_long_is_refused_without_being_kept(
    rig: str, minutes: int, allowed: int, folder: Path, ghostnote: Type
) -> None:
    drums = "".join(f'[[drum]]\nname = "d{number}"\nchannel = {number}\n' for number in range(1, 5))
    (folder / "kit.toml").write_text(drums)
    path = long_file(folder / "long.wav", minutes, 4 if rig == "kit.toml" else 1)
    tracemalloc.start()
    try:
        done = ghostnote("calibrate", "--recording", path.name, "--rig", rig, "--dry-run")
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert (done.code, done.stdout) == (2, "")
    assert " ".join(done.stderr.split()) == (
        f"long.wav: lasts {minutes} minutes, and calibrate keeps {'a channel' if rig == '808' else '4 channels'} "
        f"in memory; allowed are {allowed} minutes: give it a part that holds soft and hard strokes of each drum"
    )
    assert peak < 64e6
