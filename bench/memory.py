"""Peak memory of commands over takes of any length: ``python -m bench.memory``, shorter with ``--minutes 1``.

Our drummer plays a minute, or ``--different`` ones in turn, repeated with other levels: soft and loud as a player is
over an hour. Each command runs in a process of its own, whose largest resident size the system counts.
"""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
from collections.abc import Sequence
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.process import measured
from bench.report import asked, head, heading, line
from bridge.audio.wav import WavFile
from synth.drummer.perform import perform

RATE = 48_000
LEVELS_DB = (0.0, -6.0, -3.0, -9.0)
"""Of one minute after the other."""

KIT = 8
"""Channels of the large take."""

DRUM = """
[[drum]]
name = "drum-{channel}"
channel = {channel}
play = [{{ target = "808" }}, {{ target = "osc" }}, {{ target = "midi", note = {note} }}]
"""
TARGETS = """
[[target]]
name = "808"
type = "voice"
[[target]]
name = "osc"
type = "osc"
port = 9000
[[target]]
name = "midi"
type = "midi"
"""

COMMANDS = {
    # No result depends on the length of a block, and long ones cost less.
    "render": ["render", "{take}", "--rig", "{rig}", "--out", "{out}", "--block", "4096"],
    "detect": ["detect", "{take}", "--rig", "{rig}", "--out", "{out}"],
    "calibrate": ["calibrate", "--recording", "{take}", "--rig", "{rig}", "--dry-run"],
    # The number of epochs changes nothing about memory.
    "train": ["train", "{take}", "--preset", "snare-1", "--epochs", "1", "--out", "{out}.safetensors"],
}


def minute(seed: int) -> NDArray[np.float32]:
    """Return a minute of our drummer: (samples,) float32."""
    audio = perform("minute", seed=seed, sample_rate=RATE).audio[: 60 * RATE, 0]
    return np.pad(audio, (0, 60 * RATE - len(audio)))


def write_take(path: Path, played: Sequence[NDArray[np.float32]], minutes: float, channels: int) -> None:
    """Write a take of so many of the minutes in turn; each further channel is struck a little later."""
    samples = round(60 * minutes * RATE)
    with WavFile(path, RATE, channels, samples) as file:
        for number in count():
            audio = played[number % len(played)]
            gains = [10 ** (LEVELS_DB[(number + channel) % len(LEVELS_DB)] / 20) for channel in range(channels)]
            wide = np.stack([np.roll(audio * gain, 6000 * channel) for channel, gain in enumerate(gains)], axis=1)
            file.write(wide[: samples - file.samples].astype(np.float32))
            if file.samples == samples:
                return


def write_rig(path: Path, channels: int) -> None:
    """Write a rig with a drum on every channel, each of which plays a voice, OSC and MIDI."""
    drums = (DRUM.format(channel=channel, note=35 + channel) for channel in range(1, channels + 1))
    path.write_text(TARGETS + "".join(drums), encoding="utf-8")


def strokes_in(said: dict[str, Any]) -> int:
    """Return how many strokes a command's output counts: those that `train` learned from, those the others heard."""
    return int(said["strokes"] if "strokes" in said else sum(one["strokes"] for one in said["channels"]))


def main(words: Sequence[str] | None = None) -> None:
    """Print a line for each command, number of channels and length."""
    options = asked(
        __doc__,
        words,
        minutes=("5,20,60", "lengths, commas between"),
        channels=(f"1,{KIT}", "numbers of channels, commas between"),
        different=(1, "how many minutes the drummer plays before they are repeated"),
        commands=("render,detect", f"of {', '.join(COMMANDS)}; commas between"),
        folder=("", "where the takes are written; 60 minutes of 8 channels are 5.5 GB"),
        seed=(1, "of the drummer's first minute; each further one has the next"),
    )
    print(heading(options.seed))
    played = [minute(options.seed + number) for number in range(options.different)]
    head("command", "channels", "minutes", "take, MB", "strokes", "exit", "seconds", "x real time", "peak, MB")
    for channels in map(int, options.channels.split(",")):
        for minutes in map(float, options.minutes.split(",")):
            with tempfile.TemporaryDirectory(dir=options.folder or None) as name:
                folder = Path(name)
                take, rig, out = folder / "take.wav", folder / "rig.toml", folder / "out"
                write_take(take, played, minutes, channels)
                write_rig(rig, channels)
                for command in options.commands.split(","):
                    asked_for = [word.format(take=take, rig=rig, out=out) for word in COMMANDS[command]]
                    done = measured([sys.executable, "-m", "bridge.cli.main", *asked_for, "--json"])
                    size_mb = f"{take.stat().st_size / 1e6:.0f}"
                    strokes = strokes_in(json.loads(done.said)) if done.code == 0 else ""
                    cells = f"{done.seconds:.0f}", f"{60 * minutes / done.seconds:.1f}", f"{done.peak_mb:.0f}"
                    line(command, channels, f"{minutes:g}", size_mb, strokes, done.code, *cells)
                    shutil.rmtree(out, ignore_errors=True)


if __name__ == "__main__":
    main()
