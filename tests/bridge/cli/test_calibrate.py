"""``ghostnote calibrate``: as a person types it, and step by step at a card."""

from __future__ import annotations

import json
import threading
import time
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
