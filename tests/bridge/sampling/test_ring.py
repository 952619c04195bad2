"""The newest seconds of an input are kept, whatever the blocks, and a sound leaves at its sample."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from bridge.sampling.ring import InputRing

SIZE = 1000


def fed(ring: InputRing, audio: NDArray[np.float32], blocks: list[int]) -> NDArray[np.float32]:
    """Give a ring audio in blocks, on its channel of two; return what it puts out."""
    played, place = np.full((len(audio), 2), np.nan, np.float32), 0
    for size in blocks:
        block = np.stack([np.zeros(size, np.float32), audio[place : place + size]], axis=1)
        ring.process(block, played[place : place + size], 0)
        place += size
    return played[:place]


@pytest.mark.parametrize("blocks", [[64] * 50, [1, 999, 7, 256, 64, 500] * 2, [1000, 1000]])
def test_what_was_kept_is_the_newest_of_the_channel(blocks: list[int]) -> None:
    ring, total = InputRing(1, SIZE), sum(blocks)
    audio = np.random.default_rng(1).standard_normal(total).astype(np.float32)
    fed(ring, audio, blocks)
    assert ring.end == total
    assert np.array_equal(ring.read(total - SIZE, SIZE), audio[-SIZE:])


def test_what_has_not_come_or_is_no_longer_kept_is_silence() -> None:
    ring = InputRing(1, SIZE)
    fed(ring, np.ones(3000, np.float32), [100] * 30)
    assert ring.read(1950, 100).tolist() == [0.0] * 50 + [1.0] * 50
    assert ring.read(2950, 100).tolist() == [1.0] * 50 + [0.0] * 50


def test_lost_audio_leaves_a_gap() -> None:
    ring, out = InputRing(0, SIZE), np.zeros((50, 1), np.float32)
    for lost in (0, 30):
        ring.process(np.ones((50, 1), np.float32), out, lost)
    assert ring.end == 130
    assert ring.read(0, 130).tolist() == [1.0] * 50 + [0.0] * 30 + [1.0] * 50


@pytest.mark.parametrize("blocks", [[64] * 10, [1] * 640, [200, 3, 437]])
def test_a_sound_leaves_at_its_sample_on_every_output(blocks: list[int]) -> None:
    ring, sound = InputRing(1, SIZE), np.arange(1, 101, dtype=np.float32)
    ring.play(sound, 203)
    played = fed(ring, np.zeros(640, np.float32), blocks)
    expected = np.zeros(640, np.float32)
    expected[203:303] = sound
    assert np.array_equal(played[:, 0], expected)
    assert np.array_equal(played[:, 1], expected)


def test_what_is_not_a_number_is_silence() -> None:
    ring = InputRing(1, SIZE)
    fed(ring, np.array([np.nan, 1.0, np.inf], np.float32), [3])
    assert ring.read(0, 3).tolist() == [0.0, 1.0, 0.0]
