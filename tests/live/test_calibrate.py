"""`ghostnote calibrate` at a real JACK server, guided: what is asked, what is found, what is written."""

from __future__ import annotations

import json
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
from bridge.calibration.measure import STEPS
from bridge.rig.rig import load_rig
from synth.drummer.perform import perform

pytestmark = pytest.mark.live

GAIN_DB = -12.0
LONGEST_S = sum(step.seconds + 1.0 for step in STEPS) + 60.0
"""Of the take: with time to spare for a machine that is slow between the steps."""


def playing() -> NDArray[np.float32]:
    """Return single strokes of all levels, softly recorded, for as long as anybody may listen."""
    take = perform("graded", "tight", seed=3, sample_rate=RATE).audio[:, :1]
    repeats = int(np.ceil(LONGEST_S * RATE / len(take)))
    return np.asarray(np.tile(take, (repeats, 1))[: round(LONGEST_S * RATE)] * np.float32(10 ** (GAIN_DB / 20)))


def test_calibrate_asks_listens_and_writes(server: JackServer, tmp_path: Path) -> None:
    rig = tmp_path / "rig.toml"
    text = rigs.head(server.period) + rigs.VOICE + rigs.drum(rigs.model(tmp_path), rigs.play_voice())
    rig.write_text("# kept\n" + text, encoding="utf-8")
    stage = Stage(server, tmp_path, playing(), LONGEST_S)
    process = subprocess.Popen(
        [sys.executable, "-m", "bridge.cli.main", "calibrate", "--rig", str(rig), "--json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env=server.environment,
    )
    try:
        wait_until(lambda: server.connections("stage:drum_1"), 60, "listening")
        stage.ask("go")
        found, asked = process.communicate(timeout=stretched(180))
    finally:
        process.kill()
        stage.close()
    assert process.returncode == 0, asked
    assert all(step.instruction in asked for step in STEPS)
    (channel,) = json.loads(found)["channels"]
    assert channel["strokes"] > 40
    assert channel["peak_dbfs"] == pytest.approx(-1.5 + GAIN_DB, abs=1.5)
    assert load_rig(str(rig)).drum[0].detector.gain_db == channel["settings"]["gain_db"]
    assert rig.read_text().startswith("# kept")
