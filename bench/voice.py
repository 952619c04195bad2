"""What a stroke costs: ``python -m bench.voice`` prints the tables of docs/notes/voice.md, for any ``--voice``.

Learning: forward, and forward with backward, in ms for each stroke of a batch, float32, one thread. A stroke is
rendered only while it sounds, so the table runs from the shortest preset to one that sounds for as long as it can.
Playing: one compiled call for a block of 64 frames with 1, 8 and 16 strokes ringing. Best and median of many runs.
``--voice all`` has every voice in one table: its default stroke, strokes from anywhere in its table, and playing.
Beside it stands torchsynth without gradients where it is installed: ``pip install --no-deps torchsynth tqdm
'setuptools<80'``.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from bench.report import asked, head, heading, line, percentiles
from bench.scenes import RATE
from synth.dsp.noise import white_noise
from synth.voices.presets import load_preset, preset_names
from synth.voices.registry import DEFAULT_VOICE, VoiceKind, voice_kind, voice_kinds
from synth.voices.voice import LearnableVoice

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


def anywhere(kind: VoiceKind, batch: int) -> NDArray[np.float64]:
    """Return strokes from anywhere in a voice's table."""
    return np.asarray(kind.space.from_unit(np.random.default_rng(SEED).random((batch, len(kind.space)))))


def longest(kind: VoiceKind) -> NDArray[np.float64]:
    """Return a voice's defaults, with all decays at their longest."""
    return np.array([param.high if param.role == "decay" else param.default for param in kind.space], dtype=np.float64)


def patches(kind: VoiceKind, batch: int) -> Iterator[tuple[str, NDArray[np.float64]]]:
    """Yield (name, values of a batch): each preset, strokes from anywhere in the table, and the longest there are."""
    for name in preset_names(kind.space):
        yield name, np.tile(load_preset(name, kind.space).values, (batch, 1))
    yield "random", anywhere(kind, batch)
    yield "longest decays", np.tile(longest(kind), (batch, 1))


def descend(learnable: LearnableVoice, values: Tensor, noise: Tensor, sample_rate: int, wanted: Tensor) -> Tensor:
    """Return the gradient of a second of the voice: forward and backward."""
    return torch.autograd.grad(learnable.render(values, noise, sample_rate, sample_rate), values, wanted)[0]


def learning_cells(kind: VoiceKind, rows: NDArray[np.float64], sample_rate: int, runs: int) -> list[str]:
    """Return how long strokes sound within a second, and the cost of each, forward and with backward."""
    learnable, batch = kind.learnable(), len(rows)
    noise = torch.from_numpy(white_noise(SEED, 0, sample_rate)).float()[None]
    wanted = torch.randn(batch, sample_rate, generator=torch.Generator().manual_seed(SEED))
    values = torch.tensor(rows, dtype=torch.float32)
    lengths = learnable.lengths(values, sample_rate) if learnable.lengths else np.full(batch, sample_rate)
    asked = values.clone().requires_grad_()
    forward = spent_ms(partial(learnable.render, values, noise, sample_rate, sample_rate), runs)
    both = spent_ms(partial(descend, learnable, asked, noise, sample_rate, wanted), runs)
    cells = [f"{best / batch:.3f} / {median / batch:.3f}" for best, median in (forward, both)]
    return [f"{np.minimum(lengths / sample_rate, 1).mean():.2f} s", *cells]


def learning(kind: VoiceKind, batch: int, sample_rate: int, runs: int) -> None:
    """Print the cost of learning through a second of a voice."""
    print(f"\n{kind.name}, per stroke of 1 s, batch {batch}, {sample_rate} Hz, float32, 1 thread; ms, best / median\n")
    head("strokes", "sounds for", "forward", "forward + backward")
    for name, rows in patches(kind, batch):
        line(name, *learning_cells(kind, rows, sample_rate, runs))


def blocks_us(kind: VoiceKind, values: NDArray[np.float64], strokes: int, runs: int) -> list[float]:
    """Return what blocks cost in which some strokes ring."""
    voice, out = kind.streaming(RATE, SEED), np.zeros(BLOCK)
    for _ in range(strokes):
        voice.trigger(values)
    times = []
    for _ in range(35 * runs):
        start = time.perf_counter()
        voice.render(out)
        times.append((time.perf_counter() - start) * 1e6)
    return times


def playing(kind: VoiceKind, runs: int) -> None:
    """Print the cost of a block of the streaming voice."""
    period_us, values = BLOCK / RATE * 1e6, longest(kind)
    print(f"\n{kind.name}, streaming, block {BLOCK} at {RATE} Hz ({period_us:.0f} us); us\n")
    head("strokes ringing", "best", "median", "p99", "p99 of the period")
    for strokes in (1, 8, 16):
        times = blocks_us(kind, values, strokes, runs)
        line(strokes, *percentiles(times, (0, 50, 99), ".1f"), f"{np.percentile(times, 99) / period_us:.1%}")
    voice = kind.streaming(RATE, SEED)
    best_ms, median_ms = spent_ms(lambda: voice.trigger(values), 10 * runs)
    print(f"\ntrigger: {best_ms * 1e3:.1f} us best, {median_ms * 1e3:.1f} us median")


def every_voice(runs: int, batch: int) -> None:
    """Print a line for each voice."""
    print(f"\nlearning: per stroke of 1 s, batch {batch}, {RATE} Hz, float32, 1 thread; ms, best / median")
    print(f"streaming: a block of {BLOCK} at {RATE} Hz with strokes of the longest decays; us, median\n")
    columns = ("sounds for", "forward", "forward + backward")
    head("voice", *columns, *(f"random: {name}" for name in columns), "streaming, 1 stroke", "16 strokes")
    for kind in voice_kinds():
        default = learning_cells(kind, np.tile(kind.space.defaults, (batch, 1)), RATE, runs)
        rings = [f"{np.median(blocks_us(kind, longest(kind), strokes, runs)):.1f}" for strokes in (1, 16)]
        line(kind.name, *default, *learning_cells(kind, anywhere(kind, batch), RATE, runs), *rings)


def torchsynth(runs: int) -> None:
    """Print what another synth costs that renders batches: torchsynth's voice of two oscillators and noise."""
    if find_spec("torchsynth") is None:
        print("\ntorchsynth is not installed")
        return
    # It needs a release of Lightning that no longer installs, and uses of it only a base class that knows its device.
    lightning = ModuleType("pytorch_lightning.core.lightning")
    vars(lightning)["LightningModule"] = type("LightningModule", (torch.nn.Module,), {"device": torch.device("cpu")})
    sys.modules[lightning.__name__] = lightning
    for name in ("pytorch_lightning", "pytorch_lightning.core"):
        sys.modules[name] = ModuleType(name)
    config = import_module("torchsynth.config").SynthConfig(
        batch_size=32, sample_rate=RATE, buffer_size_seconds=1.0, reproducible=False
    )
    voice = import_module("torchsynth.synth").Voice(config)
    with torch.no_grad():
        best, median = spent_ms(partial(voice, 0), runs)
    print(f"\ntorchsynth, forward, without gradients: {best / 32:.3f} / {median / 32:.3f} ms")


def main(words: Sequence[str] | None = None) -> None:
    """Print all tables."""
    options = asked(
        __doc__,
        words,
        runs=(20, "of each piece of learning; 35 times as many blocks"),
        batch=(32, "strokes that are learned at once"),
        voice=(DEFAULT_VOICE, "the voice that is measured; all: every one, in one table"),
    )
    torch.set_num_threads(1)
    print(heading(SEED))
    if options.voice == "all":
        every_voice(options.runs, options.batch)
        torchsynth(options.runs)
        return
    kind = voice_kind(options.voice)
    for batch, sample_rate in ((options.batch, 44_100), (options.batch, 48_000), (1, 48_000)):
        learning(kind, batch, sample_rate, options.runs)
    playing(kind, options.runs)


if __name__ == "__main__":
    main()
