"""Measure when a patch of Pd sounds, by how Pd is started: ``python -m bench.receivers``.

Strokes are played to ``ghostnote play --rig max-pd-osc`` through JACK's dummy driver at 64-frame periods, and Pd plays
the patch that ships. The delay is from a stroke's first sample to the first sample that sounds, in JACK's frames.
"""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bench import jack_rigs as rigs
from bench.jack_harness import Capture, Play, Stage, listens
from bench.jack_server import RATE, missing_programs, running_server, wait_until
from bench.report import asked, head, heading, line, percentiles
from synth.files import config_dir

SEED = 5
PATCH = config_dir() / "patches" / "ghostnote-snare.pd"
OPTIONS = ((), ("-audiobuf", "10"), ("-audiobuf", "4"), ("-callback",))
APART_S = 0.5
LATEST_S = 0.2
"""A sound that begins later belongs to no stroke."""


def strokes(count: int) -> tuple[NDArray[np.float32], list[int]]:
    """Return bursts of noise and the sample at which each begins."""
    rng = np.random.default_rng(SEED)
    starts = [round(RATE * APART_S * (1 + index) + rng.integers(0, 640)) for index in range(count)]
    audio = np.zeros(starts[-1] + RATE, np.float32)
    burst = 0.6 * rng.standard_normal(RATE // 8) * np.exp(-np.arange(RATE // 8) / 1200.0)
    for start in starts:
        audio[start : start + len(burst)] += np.clip(burst, -1, 1).astype(np.float32)
    return audio, starts


def played(folder: Path, take: NDArray[np.float32], options: Sequence[str]) -> Capture:
    """Play a take to a Pd that was started with some options; return what was heard of it."""
    rig = (config_dir() / "rigs" / "max-pd-osc.toml").read_text(encoding="utf-8")
    rig = rig.replace("block = 64", 'block = 64\nconnect = "stage:drum_1"')
    rig = rig.replace('model = "snare-1"', f'model = "{rigs.model(folder)}"')
    with running_server(folder) as server:
        command = ["pd", "-nogui", "-noprefs", "-jack", "-r", str(RATE), "-nomidi", *options, str(PATCH)]
        pd = subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.DEVNULL, env=server.environment)
        stage = Stage(server, folder, take[:, None], len(take) / RATE)
        play = Play(server, folder, rig)
        try:
            wait_until(lambda: listens(9000), 20.0, "the patch's port")
            wait_until(lambda: any("output" in port for port in _ports_of_pd(server.ports())), 20.0, "Pd's output")
            server.connect(next(port for port in _ports_of_pd(server.ports()) if "output" in port), "stage:in_1")
            return stage.play()
        finally:
            play.close()
            stage.close()
            pd.kill()
            pd.wait()


def delays_ms(capture: Capture, starts: Sequence[int]) -> NDArray[np.float64]:
    """Return from each stroke to its sound, where JACK lost nothing between."""
    found = []
    for start in starts:
        sound = np.abs(capture.audio[start : start + round(LATEST_S * RATE), 0])
        if len(sound) and sound.max() > 1e-3 and not capture.disturbed(start):
            found.append(1000.0 * float(np.argmax(sound > 0.1 * sound.max())) / RATE)
    return np.array(found)


def main(words: Sequence[str] | None = None) -> None:
    """Measure each way to start Pd and print the table."""
    count = asked(__doc__, words, strokes=(60, "how many")).strokes
    if missing := missing_programs("jackd", "jack_lsp", "jack_connect", "pd"):
        raise SystemExit(f"needs {', '.join(missing)}")
    take, starts = strokes(count)
    print(heading(SEED))
    head("Pd started with", "strokes heard", "median, ms", "5 %", "95 %", "most")
    for options in OPTIONS:
        with tempfile.TemporaryDirectory() as folder:
            found = delays_ms(played(Path(folder), take, options), starts)
        name = " ".join(options) or "nothing"
        line(f"`{name}`", f"{len(found)} of {count}", *percentiles(found, (50, 5, 95, 100), ".1f"))


def _ports_of_pd(ports: Sequence[str]) -> list[str]:
    return [port for port in sorted(ports) if port.startswith("pure_data")]


if __name__ == "__main__":
    main()
