"""Measure what a stroke costs on the audio thread: detect, window, features, mapping, voice.

``python -m bench.stroke`` plays our drummer's takes through a chain at 64 frames, as the player's callback does with
the stroke's record written to a pipe, and times each block. It prints percentiles of the blocks that hold a stroke and
of the others; a quarter of the 1.33 ms period is 333 microseconds.
"""

from __future__ import annotations

import os
import time
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from bench.report import asked, head, heading, line, percentiles
from bench.scenes import RATE, RECORDED, scene
from bridge.engine.build import build_chain, warm_up
from bridge.engine.messages import pack
from bridge.mapping.load import rig_mappings
from bridge.realtime.clock import StreamClock
from bridge.realtime.loop import frame
from bridge.realtime.priority import quiet_the_collector
from bridge.rig.rig import rig_from_table

BLOCK = 64
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


def main(words: Sequence[str] | None = None) -> None:
    """Print the table."""
    chosen = asked(__doc__, words, model=("snare-1", "bundle"), takes=RECORDED)
    print(heading(seed=1))
    head("us of processor time, blocks of 64 at 48 kHz", "blocks", "median", "p95", "p99", "max", "p99 to reach")
    for name in ("groove", "rolls", "kit"):
        times, strokes = block_times_us(scene(chosen.takes, name).audio, chosen.model)
        for which, some in (("with an onset or a stroke", times[strokes]), ("without", times[~strokes])):
            line(f"{name}: {which}", len(some), *percentiles(some, (50, 95, 99, 100), ".0f"), f"{QUARTER_US:.0f}")


if __name__ == "__main__":
    main()
