"""The same hits and the same audio, to the bit, whatever the block size; and again after a reset."""

from __future__ import annotations

import numpy as np
import pytest

from bridge.engine.engine import VoicePlay
from tests.bridge.rigs import engine_for, played, short_take

TAKE = short_take(2.5)
ENGINE = engine_for(dry_gain=0.3)
REFERENCE = played(ENGINE, TAKE.audio, 64)
EARLY = played(engine_for(plays=(VoicePlay(0, 1.0, early=True),)), TAKE.audio, 64)


@pytest.mark.parametrize("block", [1, 441, 4096])
def test_early_voices_give_the_same_audio_too(block: int) -> None:
    early = (VoicePlay(0, 1.0, early=True),)
    out, _ = played(engine_for(plays=early), TAKE.audio, block)
    assert np.array_equal(out, EARLY[0])


@pytest.mark.parametrize("block", [1, 7, 64, 441, 1024, 4096, 5000])
def test_any_block_size_gives_the_same_hits_and_audio(block: int) -> None:
    out, events = played(engine_for(dry_gain=0.3), TAKE.audio, block)
    assert events == REFERENCE[1]
    assert np.array_equal(out, REFERENCE[0])


def test_changing_block_sizes_give_the_same_hits_and_audio() -> None:
    engine, rng = engine_for(dry_gain=0.3), np.random.default_rng(3)
    out, start = np.zeros((len(TAKE.audio), 1), dtype=np.float32), 0
    while start < len(TAKE.audio):
        stop = start + int(rng.integers(1, 700))
        engine.process(TAKE.audio[start:stop], out[start:stop])
        start = stop
    assert np.array_equal(out, REFERENCE[0])


def test_a_reset_engine_plays_the_same_again() -> None:
    ENGINE.reset()
    out, events = played(ENGINE, TAKE.audio, 64)
    assert events == REFERENCE[1]
    assert np.array_equal(out, REFERENCE[0])
