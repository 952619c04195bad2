"""Strokes closer together than ``shortest_interval_ms`` are one, counted from onset to onset, to the sample."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from numpy.typing import NDArray

from bridge.ear.analyzer import Analyzer, ChannelSettings
from bridge.events import Hit, Onset
from bridge.rig.detector import DetectorSettings

RATE = 48_000


def kick(level: float, click: float, rng: np.random.Generator) -> NDArray[np.float64]:
    """Return a kick with the beater's click."""
    time_s = np.arange(round(1.2 * RATE)) / RATE
    body = np.sin(2 * np.pi * np.cumsum(62 * (1 + 0.9 * np.exp(-time_s / 0.012))) / RATE) * np.exp(-time_s / 0.12)
    body[:192] += click * rng.standard_normal(192) * np.exp(-np.arange(192) / RATE / 0.0012)
    return np.asarray(0.6 * level * body)


def heard(audio: NDArray[np.floating], interval_ms: float, sensitivity: float = 0.5) -> list[Onset | Hit]:
    settings = DetectorSettings(shortest_interval_ms=interval_ms, sensitivity=sensitivity)
    analyzer = Analyzer(RATE, [ChannelSettings(settings)])
    return analyzer.process(audio.astype(np.float32)[:, None])


def onsets(events: list[Onset | Hit]) -> list[int]:
    return [event.onset for event in events if isinstance(event, Hit)]


@pytest.mark.parametrize(("apart_ms", "interval_ms", "strokes"), [(27, 30, 1), (27, 26, 2), (11, 13, 1)])
def test_a_pair_is_one_stroke_if_it_is_closer_than_the_interval(
    apart_ms: int, interval_ms: float, strokes: int
) -> None:
    rng = np.random.default_rng(2)
    audio = 10 ** (-75 / 20) * rng.standard_normal(3 * RATE)
    for first, sound in ((RATE // 2, kick(1, 0.3, rng)), (RATE // 2 + 48 * apart_ms, kick(0.5, 0.8, rng))):
        audio[first : first + len(sound)] += sound
    assert len(onsets(heard(audio, interval_ms))) == strokes


@pytest.mark.parametrize("interval_ms", [8.0, 8.7, 13.0, 22.3, 30.0, 60.0, 200.0])
def test_no_two_strokes_start_closer_than_the_interval(interval_ms: float) -> None:
    rng = np.random.default_rng(round(10 * interval_ms))
    apart: list[int] = []
    for sensitivity in (0.5, 1.0):
        audio = 10 ** (-75 / 20) * rng.standard_normal(6 * RATE)
        first = RATE // 4
        while first < len(audio) - 1.3 * RATE:
            sound = kick(10 ** rng.uniform(-1.5, 0), rng.uniform(0.1, 1.5), rng)
            audio[first : first + len(sound)] += sound
            first += round(RATE * interval_ms / 1000 * rng.uniform(0.2, 1.5))
        apart += np.diff(onsets(heard(audio, interval_ms, sensitivity))).tolist()
    assert len(apart) > 4
    assert min(apart) >= interval_ms * RATE / 1000


def test_an_early_note_so_soon_after_one_that_was_taken_back_waits_for_its_verdict() -> None:
    rng = np.random.default_rng(5)
    audio = np.clip(rng.standard_cauchy(10 * RATE) * 1e-3, -1, 1)
    events = heard(audio, 13.0, sensitivity=1.0)
    confirmed = {event.number for event in events if isinstance(event, Hit)}
    noticed = [event for event in events if isinstance(event, Onset)]
    for before, after in pairwise(noticed):
        assert after.onset - before.onset >= 624 or after.number in confirmed
