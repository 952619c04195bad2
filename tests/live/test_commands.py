"""The commands that look at a machine, on a machine with a JACK server."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from bench import jack_rigs as rigs
from bench.jack_harness import Play, memory_mb
from bench.jack_server import ROOT, JackServer
from bench.pace import stretched

pytestmark = pytest.mark.live

MOST_MB = 250
JACK_SHARED = "/dev/shm/jack"


def ask(server: JackServer, *words: str) -> Any:
    command = [sys.executable, "-m", "bridge.cli.main", *words, "--json"]
    done = subprocess.run(
        command, cwd=ROOT, env=server.environment, capture_output=True, text=True, timeout=stretched(60)
    )
    assert done.returncode in (0, 1), done.stderr
    return json.loads(done.stdout)


def test_devices_lists_the_server_and_its_ports(server: JackServer) -> None:
    listed = ask(server, "devices")
    assert [(device["host"], device["name"]) for device in listed["audio"]] == [("JACK", "system")]
    assert "system:capture_1" in listed["jack"]


def test_doctor_finds_the_rate_and_the_host_good(server: JackServer) -> None:
    good = {finding["what"]: finding["good"] for finding in ask(server, "doctor")}
    assert good["sample rate"]
    assert good["audio host"]


def test_latency_measures_every_stroke_of_its_loop(server: JackServer, tmp_path: Path) -> None:
    stages = ask(server, "latency", "--strokes", "12", "--out", str(tmp_path / "latency.png"))
    assert {stage["strokes"] for stage in stages.values()} == {12}
    assert stages["stroke to values known"]["median"] == pytest.approx(256 / 48, abs=0.5)
    assert stages["stroke to MIDI note written"]["how"] == "measured"
    assert stages["sound card and values known"]["how"] == "added up"
    assert (tmp_path / "latency.png").exists()


def test_a_session_stays_under_its_memory(server: JackServer, tmp_path: Path) -> None:
    text = rigs.head(server.period).replace("stage:drum_1", "system:capture_1") + rigs.VOICE + rigs.midi()
    play = Play(server, tmp_path, text + rigs.drum(rigs.model(tmp_path), rigs.play_voice(), rigs.play_midi()))
    try:
        resident = {pid: mb - jack_mb(pid) for pid, mb in memory_mb(play.process.pid).items()}
        print(f"ready after {play.ready_s:.2f} s; resident MB without JACK's shared memory: {resident}")
        assert sum(resident.values()) < MOST_MB
        assert play.stop() == 0
    finally:
        play.close()


def jack_mb(pid: int) -> float:
    """Return how much of a process's resident memory is the JACK server's, which maps it into every client."""
    kilobytes, ours = 0, False
    for line in Path(f"/proc/{pid}/smaps").read_text().splitlines():
        first = line.split()[0]
        if not first.endswith(":"):
            ours = JACK_SHARED in line
        elif first == "Rss:" and ours:
            kilobytes += int(line.split()[1])
    return kilobytes / 1000
