"""Sounds and values that the tests of effects run over."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from synth.effects.effect import NO_KEY
from synth.effects.registry import EffectKind, effect_kinds
from synth.effects.running import RunningEffect

KINDS = effect_kinds()
RATES_HZ = (44_100.0, 48_000.0, 96_000.0)
Sound = NDArray[np.float64]


def bursts(samples: int, channels: int = 2, seed: int = 0, rate_hz: float = 48_000.0) -> Sound:
    """Return strokes of noise that die away, a quarter second apart."""
    step = int(0.25 * rate_hz)
    envelope = np.exp(-(np.arange(samples) % step) / (0.02 * rate_hz))
    return 0.5 * np.random.default_rng(seed).uniform(-1.0, 1.0, (channels, samples)) * envelope


def some_values(kind: EffectKind, count: int, seed: int = 1) -> Sound:
    """Return values anywhere in a table, (count, n)."""
    return np.asarray(kind.space.from_unit(np.random.default_rng(seed).random((count, len(kind.space)))))


def corners(kind: EffectKind, count: int, seed: int = 2) -> Sound:
    """Return values at the ends of their ranges, (count, n)."""
    ends = np.random.default_rng(seed).integers(0, 2, (count, len(kind.space))).astype(float)
    return np.asarray(kind.space.from_unit(ends))


def streamed(effect: RunningEffect, sound: Sound, blocks: tuple[int, ...] = (64,), key: Sound = NO_KEY) -> Sound:
    """Return what a running effect makes of a sound that comes in blocks, whose lengths are repeated."""
    out, start, number = sound.copy(), 0, 0
    while start < sound.shape[1]:
        stop = min(start + blocks[number % len(blocks)], sound.shape[1])
        block = np.ascontiguousarray(out[:, start:stop])
        effect.process(block, stop - start, np.ascontiguousarray(key[start:stop]))
        out[:, start:stop] = block
        start, number = stop, number + 1
    return out
