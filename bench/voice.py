"""What a stroke of the 808 costs: ``python -m bench.voice`` prints the tables of docs/notes/voice.md.

Learning: forward, and forward with backward, in ms for each stroke of a batch, float32, one thread. A stroke is
rendered only while it sounds, so the table runs from the shortest preset to one that sounds all through its second.
Playing: one compiled call for a block of 64 frames with 1, 8 and 16 strokes ringing. Best and median of many runs.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from bench.report import asked, head, heading, line, percentiles
from bench.scenes import RATE
from synth.dsp.noise import white_noise
from synth.voices.presets import load_preset, preset_names
from synth.voices.snare808.circuit import VOICE, prepare_rows
from synth.voices.snare808.differentiable import snare808
from synth.voices.snare808.streaming import Snare808Voice
from synth.voices.snare808.table import SNARE808

SEED = 0
BLOCK = 64


def spent_ms(work: Callable[[], object], runs: int) -> tuple[float, float]:
    """Return (best, median) wall time of a piece of work, after one run that is not counted."""
    work()
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        work()
        times.append((time.perf_counter() - start) * 1e3)
    return min(times), float(np.median(times))


def patches(batch: int) -> Iterator[tuple[str, NDArray[np.float64]]]:
    """Yield (name, values of a batch): each preset, strokes from anywhere in the table, and the longest there are."""
    for name in preset_names():
        yield name, np.tile(load_preset(name, SNARE808).values, (batch, 1))
    yield "random", SNARE808.from_unit(np.random.default_rng(SEED).random((batch, 14)))
    longest = load_preset("snare-1", SNARE808).values
    longest[[SNARE808.index(f"{part}.decay") for part in ("osc1_env", "osc2_env", "noise_env")]] = 2000
    yield "all parts for 1 s", np.tile(longest, (batch, 1))


def descend(values: Tensor, noise: Tensor, sample_rate: int, wanted: Tensor) -> Tensor:
    """Return the gradient of a second of the voice: forward and backward."""
    return torch.autograd.grad(snare808(values, noise, sample_rate, sample_rate), values, wanted)[0]


def learning(batch: int, sample_rate: int, runs: int) -> None:
    """Print the cost of learning through a second of the voice."""
    noise = torch.from_numpy(white_noise(SEED, 0, sample_rate)).float()[None]
    wanted = torch.randn(batch, sample_rate, generator=torch.Generator().manual_seed(SEED))
    print(f"\nper stroke of 1 s, batch {batch}, {sample_rate} Hz, float32, 1 thread; ms, best / median\n")
    head("strokes", "sounds for", "forward", "forward + backward")
    for name, rows in patches(batch):
        voices = np.zeros(batch, VOICE)
        prepare_rows(rows, float(sample_rate), voices)
        sounds_s = np.minimum(voices["end"] / sample_rate, 1).mean()
        values = torch.tensor(rows, dtype=torch.float32)
        asked = values.clone().requires_grad_()
        forward = spent_ms(partial(snare808, values, noise, sample_rate, sample_rate), runs)
        both = spent_ms(partial(descend, asked, noise, sample_rate, wanted), runs)
        cells = [f"{best / batch:.3f} / {median / batch:.3f}" for best, median in (forward, both)]
        line(name, f"{sounds_s:.2f} s", *cells)


def playing(runs: int) -> None:
    """Print the cost of a block of the streaming voice."""
    period_us = BLOCK / RATE * 1e6
    values = dict(patches(1))["all parts for 1 s"][0]
    print(f"\nstreaming, block {BLOCK} at {RATE} Hz ({period_us:.0f} us); us\n")
    head("strokes ringing", "best", "median", "p99", "p99 of the period")
    for strokes in (1, 8, 16):
        voice, out = Snare808Voice(RATE, SEED), np.zeros(BLOCK)
        for _ in range(strokes):
            voice.trigger(values)
        times = []
        for _ in range(35 * runs):
            start = time.perf_counter()
            voice.render(out)
            times.append((time.perf_counter() - start) * 1e6)
        line(strokes, *percentiles(times, (0, 50, 99), ".1f"), f"{np.percentile(times, 99) / period_us:.1%}")
    best_ms, median_ms = spent_ms(lambda: voice.trigger(values), 10 * runs)
    print(f"\ntrigger: {best_ms * 1e3:.1f} us best, {median_ms * 1e3:.1f} us median")


def main(words: Sequence[str] | None = None) -> None:
    """Print all tables."""
    runs = asked(__doc__, words, runs=(20, "of each piece of learning; 35 times as many blocks")).runs
    torch.set_num_threads(1)
    print(heading(SEED))
    for batch, sample_rate in ((32, 44_100), (32, 48_000), (1, 48_000)):
        learning(batch, sample_rate, runs)
    playing(runs)


if __name__ == "__main__":
    main()
