"""`ghostnote learn` at a real JACK server: record, check, train, load, play, in one command."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from bench import jack_rigs as rigs
from bench.jack_harness import Stage
from bench.jack_server import RATE, ROOT, JackServer, wait_until
from bench.pace import stretched
from bridge.audio.files import read_recording
from models.mapping.bundle import Bundle

pytestmark = pytest.mark.live

SECONDS = 14.0


def test_learn_records_trains_and_plays(
    server: JackServer, tmp_path: Path, demo_take: tuple[NDArray[np.float32], list[float]]
) -> None:
    take = demo_take[0][: round(SECONDS * RATE)]
    rig = tmp_path / "rig.toml"
    rig.write_text(
        rigs.head(server.period) + rigs.VOICE + rigs.drum(rigs.model(tmp_path), rigs.play_voice()), encoding="utf-8"
    )
    out = tmp_path / "learned.safetensors"
    words = ["learn", "--rig", str(rig), "--seconds", str(SECONDS + 2), "--epochs", "3", "--out", str(out)]
    stage = Stage(server, tmp_path, take, SECONDS)
    process = subprocess.Popen(
        [sys.executable, "-m", "bridge.cli.main", *words, "--play-seconds", "1"],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        cwd=ROOT,
        env=server.environment,
    )
    try:
        wait_until(lambda: server.connections("stage:drum_1"), 60, "a recording")
        stage.play()
        said, _ = process.communicate(timeout=stretched(120))
    finally:
        process.kill()
        stage.close()
    assert process.returncode == 0, said
    assert "held-out error" in said
    assert "Playing" in said
    assert f'model = "{out.name}"' in said, "the path as the rig's folder sees it"
    assert "after the last stroke" in said
    assert Bundle.load(out).card["strokes"] >= 8
    recorded = read_recording(out.with_suffix(".wav")).audio[:, 0]
    # What was recorded is what was played, from somewhere on.
    loudest = int(np.argmax(np.abs(take)))
    start = int(np.argmax(np.abs(recorded))) - loudest
    assert (
        np.abs(recorded[start + loudest - 500 : start + loudest + 500] - take[loudest - 500 : loudest + 500, 0]).max()
        < 1e-3
    )
