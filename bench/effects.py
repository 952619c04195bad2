"""What effects cost and how true they are: ``python -m bench.effects`` prints the tables of docs/notes/effects.md.

Streaming is timed on two channels of strokes in blocks of 64 frames at 48 kHz: while values stand, while they glide,
and in silence. A training step is a batch of 16 sounds of a second through equaliser and compressor, forward and
backward, in one thread, beside the same by frequency sampling.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from bench.report import asked, head, heading, line, percentiles
from bench.scenes import RATE
from synth.effects.chain import chain_named
from synth.effects.differentiable import processed
from synth.effects.registry import EffectKind, effect_kinds
from synth.effects.running import RunningEffect
from synth.effects.sampled import sampled_compressor, sampled_eq

SEED, BLOCK = 0, 64
PERIOD_US = BLOCK / RATE * 1e6
RATES_HZ = (44_100, 48_000, 96_000)
BATCH = 16
SETS: tuple[tuple[str, ...], ...] = (("eq",), ("compressor",), ("eq", "compressor"), ("amp",), ("room",))
Sound = NDArray[np.float64]


def strokes(samples: int, rate_hz: int, channels: int = 2) -> Sound:
    """Return bursts of noise that die away, four a second."""
    step = rate_hz // 4
    envelope = np.exp(-(np.arange(samples) % step) / (0.02 * rate_hz))
    return 0.5 * np.random.default_rng(SEED).uniform(-1.0, 1.0, (channels, samples)) * envelope


def values_of(kind: EffectKind, count: int, corners: bool) -> Sound:
    """Return values anywhere in a table, or at the ends of its ranges."""
    rng = np.random.default_rng([SEED, corners])
    unit = rng.integers(0, 2, (count, len(kind.space))) if corners else rng.random((count, len(kind.space)))
    return np.asarray(kind.space.from_unit(unit.astype(np.float64)))


def difference(kind: EffectKind, values: Sound, rate_hz: int) -> float:
    """Return the greatest difference of the twins, over the loudest sample or full scale."""
    sound = strokes(rate_hz // 2, rate_hz)
    expected = processed(kind.effect, torch.from_numpy(values[None]), torch.from_numpy(sound[None]), rate_hz)[0].numpy()
    RunningEffect(kind.effect, values, rate_hz, 2).process(sound, sound.shape[1])
    return float(np.abs(sound - expected).max() / max(1.0, np.abs(expected).max()))


def twins(count: int) -> None:
    """Print how far streaming is from learning."""
    cases = f"{count} random values and {count} corners"
    print(f"\nstreaming beside differentiable, float64, {cases}: greatest difference\n")
    head("effect", *(f"{rate / 1000:g} kHz" for rate in RATES_HZ), "asked")
    for kind in effect_kinds():
        rows = np.concatenate([values_of(kind, count, False), values_of(kind, count, True)])
        worst = [max(difference(kind, values, rate) for values in rows) for rate in RATES_HZ]
        line(kind.name, *(f"{one:.0e}" for one in worst), "1e-6")


def streaming(blocks: int) -> None:
    """Print what a block costs."""
    print(f"\nstreaming, two channels, block {BLOCK} at {RATE} Hz ({PERIOD_US:.0f} us); us\n")
    head("effects", "best", "median", "p99", "p99 of the period", "gliding, median", "silence, median")
    for names in SETS:
        chain = chain_named(names)
        sound = strokes(blocks * BLOCK, RATE)
        still = timed([RunningEffect(kind.effect, kind.space.defaults, RATE, 2) for kind in chain.kinds], sound)
        gliding = timed([RunningEffect(kind.effect, kind.space.defaults, RATE, 2) for kind in chain.kinds], sound, True)
        silence = timed([RunningEffect(kind.effect, kind.space.defaults, RATE, 2) for kind in chain.kinds], 0.0 * sound)
        share = f"{np.percentile(still, 99) / PERIOD_US:.1%}"
        others = f"{np.median(gliding):.1f}", f"{np.median(silence):.1f}"
        line(" + ".join(names), *percentiles(still, (0, 50, 99), ".1f"), share, *others)


def timed(effects: list[RunningEffect], sound: Sound, glides: bool = False) -> Sound:
    """Return the time of each block in us; values that glide have a new goal in every block."""
    ends = [[np.asarray(effect.values) * share for share in (0.95, 1.05)] for effect in effects]
    spent, block = np.zeros(sound.shape[1] // BLOCK), np.zeros((2, BLOCK))
    for number in range(len(spent)):
        block[:] = sound[:, number * BLOCK : (number + 1) * BLOCK]
        for effect, goals in zip(effects, ends, strict=True):
            if glides:
                effect.set_values(goals[number % 2])
        start = time.perf_counter()
        for effect in effects:
            effect.process(block, BLOCK)
        spent[number] = (time.perf_counter() - start) * 1e6
    return spent


def training(rounds: int) -> None:
    """Print what a training step costs."""
    print(f"\neq + compressor, batch {BATCH}, 1 s at {RATE} Hz, float32, one thread, forward + backward; ms\n")
    torch.set_num_threads(1)
    chain, audio = chain_named("eq,compressor"), torch.randn(BATCH, RATE, generator=torch.manual_seed(SEED)) * 0.1
    first = np.concatenate([values_of(kind, BATCH, False) for kind in chain.kinds], axis=1)

    def sampled(values: Tensor) -> Tensor:
        eq, compressor = chain.split(values)
        return sampled_compressor(compressor, sampled_eq(eq, audio, RATE), RATE)

    ways: dict[str, Callable[[Tensor], Tensor]] = {
        "exact, compiled": lambda values: chain.processed(values, audio, RATE),
        "frequency-sampled": sampled,
    }
    spent: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, run in ways.items():
            values = torch.from_numpy(first).float().requires_grad_()
            start = time.perf_counter()
            run(values).square().mean().backward()  # type: ignore[no-untyped-call]
            spent[name].append((time.perf_counter() - start) * 1e3)
    head("way", "best", "median", "over frequency-sampled")
    for name, times in spent.items():
        ratio = np.median(times) / np.median(spent["frequency-sampled"])
        line(name, f"{min(times):.0f}", f"{np.median(times):.0f}", f"{ratio:.2f}")


def main(words: Sequence[str] | None = None) -> None:
    """Print the tables."""
    options = asked(
        __doc__,
        words,
        blocks=(4000, "that are timed"),
        values=(64, "random values, and as many corners, of each effect"),
        rounds=(9, "training steps of each kind"),
    )
    print(heading(SEED))
    twins(options.values)
    streaming(options.blocks)
    training(options.rounds)


if __name__ == "__main__":
    main()
