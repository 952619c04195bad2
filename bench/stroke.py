"""Measure what a stroke costs on the audio thread: detect, window, features, mapping, voice.

``python -m bench.stroke`` plays our drummer's takes through a chain at 64 frames, as the player's callback does with
the stroke's record written to a pipe, and times each block. It prints percentiles of the blocks that hold a stroke and
of the others; a quarter of the 1.33 ms period is 333 microseconds.
"""

from __future__ import annotations

import argparse
import os
import time

import numpy as np
from numpy.typing import NDArray

from bench.machine import heading
from bridge.engine.build import build_chain, warm_up
from bridge.engine.messages import pack
from bridge.mapping.load import rig_mappings
from bridge.realtime.clock import StreamClock
from bridge.realtime.loop import frame
from bridge.realtime.priority import quiet_the_collector
from bridge.rig.rig import rig_from_table
from synth.drummer.perform import perform

RATE, BLOCK = 48_000, 64
QUARTER_US = 1e6 * BLOCK / RATE / 4


def rig_table(channels: int, model: str) -> dict[str, object]:
    """Return a rig of one 808 and a snare on each channel."""
    play = {"target": "808"}
    drums = [{"name": f"d{n}", "channel": n, "model": model, "play": [play]} for n in range(1, channels + 1)]
    return {"target": [{"name": "808", "type": "voice"}], "drum": drums}


def block_times_us(audio: NDArray[np.float32], model: str) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Return the processor time of every block, and which blocks held a stroke."""
    rig = rig_from_table(rig_table(audio.shape[1], model), "bench")
    chain = build_chain(rig, RATE, rig_mappings(rig))
    warm_up(chain, rig)
    reader, writer = os.pipe()
    os.set_blocking(reader, False)
    out = np.zeros((BLOCK, 2), np.float32)
    times, strokes = np.zeros(len(audio) // BLOCK), np.zeros(len(audio) // BLOCK, dtype=bool)
    clock = StreamClock(RATE)
    quiet_the_collector()
    for index in range(len(times)):
        block = audio[index * BLOCK : (index + 1) * BLOCK]
        began = time.thread_time_ns()
        chain.engine.process(block, out)
        while not chain.engine.outbox.empty():
            os.write(writer, frame(pack(chain.engine.outbox.get_nowait(), clock.line, clock.line)))
            strokes[index] = True
        times[index] = (time.thread_time_ns() - began) / 1000
        if strokes[index]:
            os.read(reader, 1 << 16)
    os.close(writer)
    os.close(reader)
    return times, strokes


def row(name: str, times_us: NDArray[np.float64]) -> str:
    """Return a line of the table."""
    figures = " | ".join(f"{value:.0f}" for value in (*np.percentile(times_us, [50, 95, 99]), times_us.max()))
    return f"| {name} | {len(times_us)} | {figures} | {QUARTER_US:.0f} |"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", default="snare-1", help="bundle")
    model = parser.parse_args().model
    print(heading(seed=1))
    print("| us of processor time, blocks of 64 at 48 kHz | blocks | median | p95 | p99 | max | p99 to reach |")
    print("|---|---|---|---|---|---|---|")
    for name in ("groove", "rolls", "kit"):
        times, strokes = block_times_us(perform(name, seed=1, sample_rate=RATE).audio, model)
        print(row(f"{name}: with an onset or a stroke", times[strokes]))
        print(row(f"{name}: without", times[~strokes]))


if __name__ == "__main__":
    main()
