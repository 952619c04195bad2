"""A voice that only the parent of the player has registered is heard all the same: the job carries its kind."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from bench import jack_rigs as rigs
from bench.jack_harness import LOOP_PERIODS, Stage
from bench.jack_server import RATE, JackServer
from bridge.rig.rig import Rig, load_rig
from bridge.session.session import Session
from models.mapping.bundle import untrained_bundle
from synth.voices.presets import load_preset
from synth.voices.registry import register, unregister
from tests.bell import KIND, PRESET, SPACE
from tests.live.test_deaths import steady_onsets, steady_take

pytestmark = pytest.mark.live

PITCH_HZ = 800.0
"""Of the preset: the drum's amount is 0, so every stroke has it."""

SECONDS = 3.0

TARGET = """
[[target]]
name = "bell"
type = "voice"
voice = "bell"
"""


@pytest.fixture
def rig(waiting_server: JackServer, tmp_path: Path) -> Iterator[Rig]:
    """Return a rig that plays the bell, which this process alone knows."""
    register(KIND)
    (tmp_path / "bell.toml").write_text(PRESET)
    untrained_bundle(load_preset(str(tmp_path / "bell.toml"), SPACE)).save(tmp_path / "bell.safetensors")
    drum = '\n[[drum]]\nmodel = "bell.safetensors"\namount = 0\n[[drum.play]]\ntarget = "bell"\n'
    (tmp_path / "rig.toml").write_text(rigs.head(waiting_server.period) + TARGET + drum)
    yield load_rig(str(tmp_path / "rig.toml"))
    unregister(KIND.name)


def test_a_voice_that_the_parent_alone_knows_sounds_in_the_player(
    waiting_server: JackServer, rig: Rig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in waiting_server.environment.items():
        monkeypatch.setenv(name, value)
    stage = Stage(waiting_server, tmp_path, steady_take(SECONDS), SECONDS)
    try:
        with closing(Session(rig, "rig.toml")) as session:
            session.start()
            waiting_server.connect("PortAudio:out_0", "stage:in_1")
            capture = stage.play()
    finally:
        stage.close()
    assert capture.skipped == 0
    for onset in steady_onsets(SECONDS):
        start = onset + RATE // 50 + LOOP_PERIODS * capture.period
        ring = capture.audio[start : start + RATE // 10, 0]
        assert np.abs(ring).max() > 0.01
        assert np.argmax(np.abs(np.fft.rfft(ring, RATE))) == pytest.approx(PITCH_HZ, abs=5)
