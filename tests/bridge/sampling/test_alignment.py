"""A take begins with its note, though notes come early and late; a sound's own attack stays."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from bridge.sampling.alignment import BEFORE_ONSET_S, Alignment, cut
from bridge.sampling.measure import Delays, Noise

RATE = 48_000
NOISE = Noise(0.0, 0.0)
DELAYS = Delays(np.array([0.0100, 0.0105, 0.0100, 0.0095, 0.0100]))


def heard(start_ms: float, attack_ms: float = 0.0) -> NDArray[np.float32]:
    """Return a second of silence in which a constant sound begins, with a straight attack."""
    place = (np.arange(RATE) - round(start_ms * RATE / 1000)) * 1000 / RATE
    rise = np.clip(place / attack_ms, 0.0, 1.0) if attack_ms else (place >= 0)
    return (0.5 * rise).astype(np.float32)


def first(audio: NDArray[np.float32]) -> int:
    return int(np.argmax(audio > 0.01))


@pytest.mark.parametrize("start_ms", [9.2, 10.0, 10.7])
def test_a_note_that_is_early_or_late_by_the_jitter_is_moved(start_ms: float) -> None:
    alignment = Alignment.of(DELAYS, RATE)
    audio = heard(start_ms)
    take = alignment.take(audio, alignment.offset_s(audio, NOISE), 4800)
    assert abs(first(take) - round(BEFORE_ONSET_S * RATE)) <= 1


def test_a_slow_attack_is_the_sounds_own_and_stays() -> None:
    alignment = Alignment.of(DELAYS, RATE)
    audio = heard(10.0, attack_ms=200.0)
    offset = alignment.offset_s(audio, NOISE)
    assert offset is not None
    assert alignment.is_doubtful(offset)
    assert alignment.agree(offset, alignment.offset_s(heard(10.2, attack_ms=200.0), NOISE))
    assert not alignment.agree(offset, alignment.offset_s(heard(15.0, attack_ms=200.0), NOISE))
    assert np.array_equal(alignment.take(audio, offset, 4800), audio[432 : 432 + 4800])


def test_a_take_without_an_onset_is_cut_where_its_note_would_be() -> None:
    alignment = Alignment.of(DELAYS, RATE)
    assert alignment.offset_s(np.zeros(RATE, np.float32), NOISE) is None
    assert not alignment.is_doubtful(None)
    assert len(alignment.take(np.zeros(RATE, np.float32), None, 4800)) == 4800


def test_where_no_note_was_late_a_dull_sound_is_not_moved() -> None:
    alignment = Alignment.of(Delays(np.full(20, 0.006)), RATE)
    assert not alignment.is_jitter(0.0004)
    assert not alignment.is_doubtful(0.0004)


def test_a_cut_beyond_the_ends_is_filled_with_silence() -> None:
    audio = np.arange(1, 6, dtype=np.float32)
    assert cut(audio, -2, 4).tolist() == [0, 0, 1, 2]
    assert cut(audio, 3, 4).tolist() == [4, 5, 0, 0]
    assert cut(audio, 9, 2).tolist() == [0, 0]
