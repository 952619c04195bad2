"""Memory of `ghostnote train` by the length of the take: ``python -m bench.memory_train``.

Our drummer plays ten different minutes in turn. Each length is trained on in its own process, whose peak of resident
memory is read when it has ended. The number of epochs changes nothing about memory, so there are few. The table stands
in docs/notes/training.md.
"""

from __future__ import annotations

import itertools
import json
import math
import os
import subprocess
import sys
import tempfile
import wave
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from bench.report import asked, head, heading, line
from synth.drummer.perform import perform

RATE, DRUM, MINUTES = 48_000, "tight", 10


def main(words: Sequence[str] | None = None) -> None:
    """Print a row for each length."""
    chosen = asked(
        __doc__,
        words,
        minutes=("5,20,60", "lengths of the takes, separated by commas"),
        epochs=(2, "of each training"),
        loss=("default", "which loss"),
    )
    print(heading(seed=0))
    head("minutes", "strokes heard", "learned from", "peak, MB", "s")
    with tempfile.TemporaryDirectory() as folder:
        played = [Path(folder) / f"{seed}.i2" for seed in range(MINUTES)]
        longest = max(map(float, chosen.minutes.split(",")))
        for seed, path in enumerate(played[: math.ceil(longest)]):
            audio = perform("minute", DRUM, seed, RATE).audio[:, 0]
            path.write_bytes((np.clip(audio, -1.0, 1.0) * 32_767).astype("<i2").tobytes())
        for minutes in map(float, chosen.minutes.split(",")):
            take = Path(folder) / "take.wav"
            write_take(take, round(60 * minutes * RATE), [path for path in played if path.exists()])
            print_row(take, minutes, chosen.epochs, chosen.loss)


def write_take(path: Path, samples: int, played: Sequence[Path]) -> None:
    """Write a take of so many samples, 16 bit, a minute of it in memory at a time."""
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, RATE, samples, "NONE", ""))
        left = 2 * samples
        for part in itertools.cycle(played):
            file.writeframesraw(part.read_bytes()[:left])
            left -= min(part.stat().st_size, left)
            if not left:
                return


def print_row(take: Path, minutes: float, epochs: int, loss: str) -> None:
    """Train on a take and print what that took."""
    command = [sys.executable, "-m", "bridge.cli.main", "train", str(take), "--preset", "snare-1", "--json"]
    command += ["--epochs", str(epochs), "--loss", loss, "--out", str(take.with_suffix(".safetensors"))]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout
    said = json.loads(process.stdout.read())
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    heard = [warning.split()[0] for warning in said["warnings"] if "strokes were heard" in warning]
    peak_mb = usage.ru_maxrss / 1024
    line(
        f"{minutes:g}",
        heard[0] if heard else said["strokes"],
        said["strokes"],
        f"{peak_mb:.0f}",
        f"{said['seconds']:.0f}",
    )


if __name__ == "__main__":
    main()
