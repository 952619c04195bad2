"""Times in seconds do not move with the sample rate."""

from __future__ import annotations

import numpy as np
import pytest

from bridge.events import Strike
from tests.bridge.rigs import engine_for, played, short_take

CLEAR_DBFS = -33.0
"""Softer strokes of this take lie under what rings of a backbeat: where they seem to start depends on the noise."""


def heard(sample_rate: int) -> tuple[list[float], list[float]]:
    """Return the true onsets of the strokes above a whisper, and all strike onsets, in seconds."""
    take = short_take(4.0, sample_rate)
    _, events = played(engine_for(sample_rate), take.audio, 64)
    strikes = [event.hit for event in events if isinstance(event, Strike)]
    return [stroke.onset_s for stroke in take.strokes if stroke.level_dbfs > CLEAR_DBFS], [
        hit.onset / sample_rate for hit in strikes
    ]


@pytest.mark.parametrize("sample_rate", [44_100, 48_000, 96_000])
def test_every_clear_stroke_is_heard_at_its_time(sample_rate: int) -> None:
    true_s, heard_s = heard(sample_rate)
    errors = [min(abs(onset - t) for onset in heard_s) for t in true_s]
    assert np.mean(np.array(errors) < 0.001) > 0.9


@pytest.mark.parametrize("sample_rate", [44_100, 96_000])
def test_the_window_lasts_as_long_at_every_rate(sample_rate: int) -> None:
    _, events = played(engine_for(sample_rate), short_take(2.0, sample_rate).audio, 64)
    first = next(event.hit for event in events if isinstance(event, Strike))
    assert (first.ready - first.onset) / sample_rate == pytest.approx(256 / 48_000, abs=1 / sample_rate)
