import numpy as np
import pytest
import torch

from models.embeddings.bands import FLOOR_DB
from models.embeddings.segments import Segments
from models.embeddings.segments_modulation import SegmentsModulation
from models.proxies.comparison import RANGE_DB, comparison_of

RATE_HZ = 48_000


def ping(hz: float = 300.0, gain: float = 0.5, seconds: float = 0.6) -> np.ndarray:
    times_s = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    return np.asarray(gain * np.exp(-times_s / 0.08) * np.sin(2 * np.pi * hz * times_s), np.float32)


def row_of(audio: np.ndarray) -> np.ndarray:
    return np.asarray(Segments()(audio[None], RATE_HZ)[0])


def test_as_recorded_a_distance_is_the_mean_difference() -> None:
    rng = np.random.default_rng(0)
    target, rows = rng.normal(size=256).astype(np.float32), rng.normal(size=(3, 256)).astype(np.float32)
    found = comparison_of("segments", 256).distances(target, rows)
    np.testing.assert_allclose(found, np.abs(rows - target).mean(1), rtol=1e-5)


def test_a_gain_counts_for_nothing_at_any_level_and_is_told() -> None:
    loud, soft = row_of(ping(gain=0.5)), row_of(ping(gain=0.5 * 10.0 ** (-12.0 / 20.0)))
    assert comparison_of("segments", 256).distances(loud, soft[None])[0] > 4.0
    comparison = comparison_of("segments", 256, any_level=True)
    assert comparison.distances(loud, soft[None])[0] < 0.3
    assert comparison.gain_db(loud, soft) == pytest.approx(-12.0, abs=0.05)


def test_numbers_that_are_no_levels_are_compared_as_they_are() -> None:
    rows = SegmentsModulation()(np.stack([ping(), ping(600.0)]), RATE_HZ)
    comparison = comparison_of("segments-modulation", rows.shape[1], any_level=True)
    np.testing.assert_array_equal(comparison.rows(torch.from_numpy(rows))[:, 256:].numpy(), rows[:, 256:])


def test_being_nearly_silent_brings_a_take_no_nearer() -> None:
    comparison = comparison_of("segments", 256, any_level=True)
    target, other = row_of(ping(300.0)), row_of(ping(400.0))
    whisper, silence = row_of(ping(400.0, 0.5e-3)), np.full(256, FLOOR_DB, np.float32)
    distances = comparison.distances(target, np.stack([other, whisper, silence]))
    assert distances[0] < distances[1] < distances[2]


def test_what_lies_far_below_a_sound_is_silence() -> None:
    comparison = comparison_of("segments", 256, any_level=True)
    rows = comparison.rows(torch.from_numpy(row_of(ping())[None]))
    assert rows.min().item() == pytest.approx(-RANGE_DB)


def test_behind_the_end_of_a_sound_that_breaks_off_no_level_counts() -> None:
    rows = np.stack([row_of(ping()), row_of(ping())])
    rows[1, -32:] += 20.0
    whole, part = (comparison_of("segments", 256, heard=heard) for heard in (1.0, 0.5))
    assert whole.distances(rows[0], rows[1:])[0] == pytest.approx(20.0 / 8.0, rel=1e-4)
    assert part.distances(rows[0], rows[1:])[0] == 0.0
    assert comparison_of("segments", 256, heard=0.001).weights[:32].sum().item() == pytest.approx(1.0)


def test_the_level_of_another_embedding_stays() -> None:
    rows = np.random.default_rng(1).normal(size=(2, 40)).astype(np.float32)
    comparison = comparison_of("mfcc", 40, any_level=True)
    np.testing.assert_array_equal(comparison.rows(torch.from_numpy(rows)).numpy(), rows)
    assert comparison.gain_db(rows[0], rows[1]) == 0.0
