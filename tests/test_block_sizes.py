"""The same hits and the same audio, to the bit, whatever the block size; and again after a reset."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pytest
from numpy.typing import NDArray

from bridge.engine.engine import Engine, VoicePlay
from bridge.events import Event
from tests.bridge.rigs import engine_for, played, short_take

EARLY = (VoicePlay(0, 1.0, early=True),)


class Reference(NamedTuple):
    """A take, the engine that has played it in blocks of 64, and what it made of it."""

    take: NDArray[np.float32]
    engine: Engine
    out: NDArray[np.float32]
    events: list[Event]


@pytest.fixture(scope="session")
def reference() -> Reference:
    take, engine = short_take(1.5).audio, engine_for(dry_gain=0.3)
    out, events = played(engine, take, 64)
    return Reference(take, engine, out, events)


@pytest.fixture(scope="session")
def early(reference: Reference) -> NDArray[np.float32]:
    return played(engine_for(plays=EARLY), reference.take, 64)[0]


@pytest.mark.parametrize("block", [1, 441, 4096])
def test_early_voices_give_the_same_audio_too(block: int, reference: Reference, early: NDArray[np.float32]) -> None:
    assert np.array_equal(played(engine_for(plays=EARLY), reference.take, block)[0], early)


@pytest.mark.parametrize("block", [1, 7, 64, 441, 1024, 4096, 5000])
def test_any_block_size_gives_the_same_hits_and_audio(block: int, reference: Reference) -> None:
    out, events = played(engine_for(dry_gain=0.3), reference.take, block)
    assert events == reference.events
    assert np.array_equal(out, reference.out)


def test_changing_block_sizes_give_the_same_hits_and_audio(reference: Reference) -> None:
    engine, rng, take = engine_for(dry_gain=0.3), np.random.default_rng(3), reference.take
    out, start = np.zeros((len(take), 1), dtype=np.float32), 0
    while start < len(take):
        stop = start + int(rng.integers(1, 700))
        engine.process(take[start:stop], out[start:stop])
        start = stop
    assert np.array_equal(out, reference.out)


def test_a_reset_engine_plays_the_same_again(reference: Reference) -> None:
    reference.engine.reset()
    out, events = played(reference.engine, reference.take, 64)
    assert events == reference.events
    assert np.array_equal(out, reference.out)
