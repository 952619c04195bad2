"""A kit's rig on a stage: every voice at an output of its own, and what is heard there of a take."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.jack_harness import LOOP_PERIODS, Capture, Play, Stage
from bench.jack_server import RATE, JackServer, running_server
from bridge.rig.rig import RIGS, load_rig
from tests.kit import LONE, lone_take
from tests.live.conftest import give_up

NAME = "kit-808"
STROKES = LONE[NAME]
KIT = RIGS.find(NAME).read_text()

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


def played_at(folder: Path, period: int, text: str = KIT) -> Played:
    """Play the strokes through a kit's rig in periods of so many frames, on a server that loses nothing of them."""
    (folder / "kit.toml").write_text(text)
    rig = load_rig(str(folder / "kit.toml"))
    ports = rig.channels, rig.output.channels
    with running_server(folder, period, waits=True, ports=ports) as server:
        return _played(server, folder, lone_take(rig, STROKES), list(rig.voice_targets), text)


def _played(server: JackServer, folder: Path, take: NDArray[np.float32], voices: list[str], text: str) -> Played:
    stage = Stage(server, folder, take, len(take) / RATE, inputs=len(voices))
    play = Play(server, folder, wired(text, server.period, take.shape[1]))
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


def undisturbed_status(played: Played, folder: Path, text: str = KIT) -> dict[str, Any]:
    """Return the player's status after a take without an xrun."""
    if not played.status["xruns"]:
        return played.status
    for number, period in enumerate(LONGER_PERIODS):
        (own := folder / str(number)).mkdir()
        if not (status := played_at(own, period, text).status)["xruns"]:
            return status
    give_up("this machine stalled the JACK server at every period")
