"""Audio that was lost makes no stroke, hides none that follows, and leaves the time right."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from bridge.ear.analyzer import Analyzer, ChannelSettings
from bridge.events import Event, Hit, Strike
from tests.bridge.rigs import engine_for, played
from tests.bridge.signals import strokes

LOST_S = (0.65, 0.8, 0.95, 1.1, 1.4)


def ringing_tom(rate: int) -> NDArray[np.float32]:
    """Return a low tom, struck once at 0.5 s."""
    rng, time_s = np.random.default_rng(4), np.arange(2 * rate) / rate
    body = np.sin(2 * np.pi * 98 * time_s) * np.exp(-time_s / 0.9)
    body += 0.35 * np.sin(2 * np.pi * 156 * time_s) * np.exp(-time_s / 0.25)
    body += 0.4 * rng.standard_normal(len(time_s)) * np.exp(-time_s / 0.002) * (time_s < 0.006)
    audio = 10 ** (-75 / 20) * rng.standard_normal(len(time_s))
    audio[rate // 2 :] += 0.4 * body[: len(time_s) - rate // 2]
    return audio.astype(np.float32)[:, None]


def with_losses(audio: NDArray[np.float32], rate: int, lost: int, block: int, told: bool = True) -> list[Event]:
    """Return what an engine hears of audio from which a stretch is lost at each of `LOST_S`."""
    engine, out, at = engine_for(rate), np.zeros((4096, 1), np.float32), 0
    for end in [*(round(second * rate) for second in LOST_S), len(audio)]:
        while at < end:
            count = min(block, end - at)
            engine.process(audio[at : at + count], out[:count])
            at += count
        if told and at < len(audio):
            engine.skip(lost)
        at += lost
    return [engine.outbox.get_nowait() for _ in range(engine.outbox.qsize())]


@pytest.mark.parametrize("rate", [44_100, 48_000, 96_000])
@pytest.mark.parametrize("lost", [64, 320, 4800])
def test_lost_blocks_of_a_ringing_drum_are_no_stroke(rate: int, lost: int) -> None:
    assert len(with_losses(ringing_tom(rate), rate, lost, 64)) == 2, "an onset and its strike"


def test_lost_blocks_that_nobody_tells_of_are_heard_as_strokes() -> None:
    assert len(with_losses(ringing_tom(48_000), 48_000, 64, 64, told=False)) > 2


@pytest.mark.parametrize("block", [16, 441, 1024])
def test_the_size_of_blocks_around_a_loss_does_not_matter(block: int) -> None:
    audio = ringing_tom(48_000)
    assert with_losses(audio, 48_000, 320, block) == with_losses(audio, 48_000, 320, 64)


@pytest.mark.parametrize("after_ms", [3, 10, 40])
def test_a_stroke_soon_after_a_loss_is_heard_in_its_time(after_ms: int) -> None:
    rate, lost = 48_000, 128
    struck_s = [second + lost / rate + after_ms / 1000 for second in LOST_S]
    audio = ringing_tom(rate) + strokes(struck_s, [0.0] * len(struck_s), 2.0, rate)
    strikes = [event for event in with_losses(audio, rate, lost, 64) if isinstance(event, Strike)]
    assert len(strikes) == 1 + len(struck_s)
    assert np.allclose([strike.hit.onset / rate for strike in strikes[1:]], struck_s, atol=0.004)


@pytest.mark.parametrize("window", [256, 1024])
@pytest.mark.parametrize("heard", [80, 120, 200, 300, 900])
def test_a_stroke_that_a_loss_cuts_is_one_stroke_of_its_own_level(heard: int, window: int) -> None:
    rate, levels_db = 48_000, []
    struck, after = strokes([0.5], [-6.0], 2.0, rate), strokes([], [], 1.0, rate)
    for lost in (0, 100, 500, 3900, 4096, 100_000, 1 << 20):
        ear = Analyzer(rate, [ChannelSettings(window_s=window / rate)])
        events = ear.process(struck[: rate // 2 + heard])
        ear.skip(lost)
        events += ear.process(np.concatenate([struck[rate // 2 + heard + lost :], after]))
        hits = [event for event in events if isinstance(event, Hit)]
        assert len(hits) == 1, f"{lost} samples lost"
        levels_db.append(hits[0].level_db)
    assert np.allclose(levels_db, levels_db[0], atol=4.0)


def test_a_loss_before_the_ear_knows_what_is_there_is_no_stroke() -> None:
    engine, noise = engine_for(), np.random.default_rng(1).standard_normal((48_000, 1)).astype(np.float32) * 0.01
    played(engine, noise[:256], 64)
    engine.skip(640)
    assert played(engine, noise[896:], 64)[1] == []
