"""What the style model learns from: loops of our own drummer's kits, treated at random. Nobody's recordings are used.

A loop is cut in two. The first half, treated in one way, is the recording; the second, treated in another, is the
reference; and the first treated in that other way is what should come out (Steinmetz, Bryan and Reiss, 2022).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from models.style.hearing import Heard, heard
from models.style.treatments import treatment
from synth.drummer.perform import MICROPHONES, perform
from synth.drummer.scores import EXTRAS
from synth.effects.chain import Chain

Array = NDArray[np.float64]

SOFTEST = 1e-2
"""Peak of a half that is softer is no music."""
KIT = len(MICROPHONES) - len(EXTRAS)
SOURCE_STRENGTH = 0.6
"""Recordings come treated, but less than references."""


class Example(NamedTuple):
    """One lesson.

    Parameters
    ----------
    source, target, like : (samples,) float32
        The recording, what should come out, and the reference.
    heard_source, heard_like : Heard
        What the encoder takes of recording and reference.
    unit : (n,) float64
        The reference's values, 0 to 1.
    """

    source: NDArray[np.float32]
    target: NDArray[np.float32]
    like: NDArray[np.float32]
    heard_source: Heard
    heard_like: Heard
    unit: Array


def loops(seed: int, rate_hz: int, seconds: float) -> Iterator[Array]:
    """Yield loops of the drummer's kits without end, each at a level of its own."""
    rng = np.random.default_rng([seed, 1])
    samples = int(seconds * rate_hz)
    while True:
        number = int(rng.integers(1 << 30))
        drum, room_db = str(rng.choice(EXTRAS)), float(rng.uniform(-30.0, -10.0))
        take = perform("kit", drum, number, rate_hz, n_channels=KIT, room_db=room_db, noise_dbfs=-80.0)
        weights = 10.0 ** (rng.uniform(-12.0, 0.0, KIT) / 20.0)
        mix = take.audio @ weights
        for start in range(0, len(mix) - samples, samples):
            part = mix[start : start + samples].astype(np.float64)
            yield part * (10.0 ** (rng.uniform(-16.0, -2.0) / 20.0) / max(float(np.abs(part).max()), 1e-6))


def examples(
    chain: Chain, count: int, seed: int, rate_hz: int, seconds: float = 1.5, treatments: int = 6
) -> Iterator[Example]:
    """Yield lessons, the same ones for the same seed; each loop is treated several times, as it takes long to make."""
    rng, found = np.random.default_rng([seed, 2]), 0
    for loop in loops(seed, rate_hz, 2.0 * seconds):
        halves = loop[: len(loop) // 2], loop[len(loop) // 2 :]
        if min(np.abs(half).max() for half in halves) < SOFTEST:
            continue
        for number in range(min(treatments, count - found)):
            half, other = halves if number % 2 == 0 else halves[::-1]
            yield _example(chain, half, other, rng, rate_hz)
            found += 1
        if found == count:
            return


def _example(chain: Chain, half: Array, other: Array, rng: np.random.Generator, rate_hz: int) -> Example:
    first, second = treatment(chain, rng, SOURCE_STRENGTH), treatment(chain, rng)
    source, target, like = (
        chain.played(values, sound[None], rate_hz)[0]
        for values, sound in ((first, half), (second, half), (second, other))
    )
    return Example(
        source.astype(np.float32),
        target.astype(np.float32),
        like.astype(np.float32),
        heard(source, rate_hz),
        heard(like, rate_hz),
        chain.space.to_unit(second),
    )
