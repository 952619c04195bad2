"""Eight microphones play the whole 808 live: every stroke sounds at its voice, alone on an output of its own."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from bench.jack_harness import LOOP_PERIODS, Capture, Play, Stage
from bench.jack_server import PERIOD, RATE, JackServer, running_server
from bridge.rig.rig import RIGS, load_rig
from tests.kit import LONE, lone_take, onsets_of, struck
from tests.live.conftest import give_up, require

pytestmark = pytest.mark.live

NAME = "kit-808"
STROKES = LONE[NAME]

LONGER_PERIODS = (1024, 4096)
"""Where the machine stalled at 64 frames, blocks are charged with what others did; it is asked again at longer ones."""


@dataclass(frozen=True)
class Played:
    """What was heard of the take, each voice at its output, and what the player says of itself."""

    capture: Capture
    status: dict[str, Any]
    voices: list[str]

    @property
    def outputs(self) -> NDArray[np.float32]:
        """What each voice played, beside the samples of the take that made it: (samples, voices)."""
        return self.capture.audio[LOOP_PERIODS * self.capture.period :]


def wired(text: str, period: int, drums: int) -> str:
    """Return a rig's text that listens to the stage, in blocks of the server's period."""
    ports = ",".join(f"stage:drum_{number}" for number in range(1, drums + 1))
    return re.sub(r"^block = \d+.*$", f'block = {period}\nconnect = "{ports}"', text, count=1, flags=re.MULTILINE)


def played_at(folder: Path, period: int) -> Played:
    """Play the strokes in periods of so many frames, on a server that loses nothing of them."""
    rig = load_rig(NAME)
    ports = rig.channels, rig.output.channels
    with running_server(folder, period, waits=True, ports=ports) as server:
        return _played(server, folder, lone_take(rig, STROKES), list(rig.voice_targets))


def _played(server: JackServer, folder: Path, take: NDArray[np.float32], voices: list[str]) -> Played:
    stage = Stage(server, folder, take, len(take) / RATE, inputs=len(voices))
    play = Play(server, folder, wired(RIGS.find(NAME).read_text(), server.period, take.shape[1]))
    try:
        for number in range(len(voices)):
            server.connect(f"PortAudio:out_{number}", f"stage:in_{number + 1}")
        capture = stage.play()
        assert play.stop() == 0
    finally:
        play.close()
        stage.close()
    print(f"load {os.getloadavg()[0]:.1f}; server {server.xruns()}, player {play.status}")
    return Played(capture, play.status, voices)


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Played:
    """Return what is heard at 64 frames."""
    require("jackd", "jack_lsp", "jack_connect")
    return played_at(tmp_path_factory.mktemp("kit"), PERIOD)


@pytest.fixture
def undisturbed(played: Played, tmp_path: Path) -> dict[str, Any]:
    """Return the player's status after a take without an xrun."""
    if not played.status["xruns"]:
        return played.status
    for number, period in enumerate(LONGER_PERIODS):
        (folder := tmp_path / str(number)).mkdir()
        if not (status := played_at(folder, period).status)["xruns"]:
            return status
    give_up("this machine stalled the JACK server at every period")


def test_every_stroke_sounds_at_its_voice_and_at_no_other(played: Played) -> None:
    assert played.capture.skipped == 0
    heard = [[played.voices[i] for i in struck(played.outputs, onset)] for onset in onsets_of(STROKES)]
    assert heard == [[one.voice] for one in STROKES]


def test_no_stroke_is_heard_twice_or_lost(played: Played) -> None:
    assert played.status["strokes"] == len(STROKES)
    counts = ("failures", "lost_events", "unplayed", "dropped_strokes", "output_clipped")
    assert {name: played.status[name] for name in counts} == dict.fromkeys(counts, 0)


def test_no_block_cost_more_processor_time_than_it_lasts(undisturbed: dict[str, Any]) -> None:
    assert undisturbed["busy_blocks"] == 0


def test_the_closed_hat_ends_the_open_one(played: Played) -> None:
    opened = next(i for i, one in enumerate(STROKES) if one.voice == "open hat")
    closed, later = onsets_of(STROKES)[opened + 1 : opened + 3]
    open_hat = played.outputs[:, played.voices.index("open hat")]
    assert np.abs(open_hat[closed - RATE // 100 : closed]).max() > 1e-3
    assert not open_hat[closed + RATE // 50 : later].any()
