"""Memory of `ghostnote train` by the length of the take: ``python -m bench.memory_train``.

Our drummer plays minutes with seeds of their own in a row. Each length is trained on in its own process, whose peak of
of resident memory is read when it has ended. The number of epochs changes nothing about memory, so there are few. The
table stands in docs/notes/training.md.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from scipy.io import wavfile

from bench.report import asked, head, heading, line
from synth.drummer.perform import perform

RATE, DRUM = 48_000, "tight"


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
        for minutes in map(float, chosen.minutes.split(",")):
            take = Path(folder) / "take.wav"
            write_take(take, minutes)
            print_row(take, minutes, chosen.epochs, chosen.loss)


def write_take(path: Path, minutes: float) -> None:
    """Write that many minutes of drumming, 16 bit, a minute of it in memory at a time."""
    samples = round(60 * minutes * RATE)
    # A header with the length first: scipy writes a file only whole.
    wavfile.write(path, RATE, np.zeros(0, np.int16))
    written, seed = 0, 0
    with path.open("r+b") as file:
        file.seek(0, os.SEEK_END)
        while written < samples:
            audio = perform("minute", DRUM, seed, RATE).audio[: samples - written, 0]
            file.write((np.clip(audio, -1.0, 1.0) * 32_767).astype("<i2").tobytes())
            written, seed = written + len(audio), seed + 1
        size = file.tell()
        for place, value in ((4, size - 8), (size - 2 * samples - 4, 2 * samples)):
            file.seek(place)
            file.write(value.to_bytes(4, "little"))


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
