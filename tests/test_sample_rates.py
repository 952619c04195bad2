"""One sound at 44.1, 48 and 96 kHz: the same strokes at the same times in seconds."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from scipy import signal

from bridge.ear.score import match
from bridge.events import Hit, Strike
from synth.drummer.perform import Take
from tests.bridge.rigs import RATE, engine_for, played, short_take

WITHIN_S = 0.0001
SECONDS = 4.0
RATES = {44_100: (147, 160), 48_000: (1, 1), 96_000: (2, 1)}
"""Rate to (up, down) of the take at 48 kHz: resampled, not played anew, because a drummer at another rate is another
sound, noise and all."""


@cache
def take() -> Take:
    return short_take(SECONDS)


@cache
def hits(sample_rate: int) -> list[Hit]:
    audio = signal.resample_poly(take().audio, *RATES[sample_rate], axis=0).astype(np.float32)
    return [event.hit for event in played(engine_for(sample_rate), audio, 64)[1] if isinstance(event, Strike)]


def onsets_s(sample_rate: int) -> list[float]:
    return [hit.onset / sample_rate for hit in hits(sample_rate)]


def one_to_one(events_s: list[float], truth_s: list[float], within_s: float) -> bool:
    """Tell whether each event has a stroke and each stroke an event: nothing is missed, nothing is false."""
    return len(match(events_s, truth_s, within_s)) == len(events_s) == len(truth_s)


@pytest.mark.parametrize("sample_rate", RATES)
def test_every_stroke_is_heard_once_and_nothing_else_is(sample_rate: int) -> None:
    # The take's last 0.3 s hold strokes whose truth `short_take` drops.
    heard_s = [onset_s for onset_s in onsets_s(sample_rate) if onset_s < SECONDS - 0.31]
    assert one_to_one(heard_s, [stroke.onset_s for stroke in take().strokes], 0.005)


@pytest.mark.parametrize("sample_rate", [44_100, 96_000])
def test_onsets_do_not_move_with_the_sample_rate(sample_rate: int) -> None:
    assert one_to_one(onsets_s(sample_rate), onsets_s(RATE), WITHIN_S)


@pytest.mark.parametrize("sample_rate", RATES)
def test_the_window_lasts_as_long_at_every_rate(sample_rate: int) -> None:
    windows_s = [(hit.ready - hit.onset) / sample_rate for hit in hits(sample_rate)]
    assert windows_s == pytest.approx([256 / 48_000] * len(windows_s), abs=1 / sample_rate)


def test_a_false_stroke_and_a_missed_one_are_told() -> None:
    heard_s = onsets_s(RATE)
    assert not one_to_one([*heard_s[:1], heard_s[0] + 0.03, *heard_s[1:]], heard_s, WITHIN_S)
    assert not one_to_one(heard_s[:-1], heard_s, WITHIN_S)
