"""Stream time and wall time."""

import numpy as np

from bridge.realtime.clock import StreamClock

RATE = 48_000
BLOCK = 64


def run(arrivals_s: np.ndarray, clock: StreamClock) -> np.ndarray:
    times = []
    for block, now_s in enumerate(arrivals_s):
        clock.tick(block * BLOCK, float(now_s))
        times.append(clock.at(block * BLOCK))
    return np.array(times)


def test_a_jittery_arrival_moves_the_clock_by_less_than_a_fiftieth_of_a_millisecond() -> None:
    rng = np.random.default_rng(1)
    ideal_s = 5.0 + np.arange(6000) * BLOCK / RATE
    times_s = run(ideal_s + rng.gamma(1.0, 0.00005, 6000), StreamClock(RATE))
    wander_s = (times_s - ideal_s)[1500:]
    assert np.ptp(wander_s) < 2e-5
    assert abs(wander_s.mean()) < 1e-4


def test_one_callback_that_is_10_ms_late_is_ignored() -> None:
    ideal_s = np.arange(4000) * BLOCK / RATE
    arrivals_s = ideal_s.copy()
    arrivals_s[3000:3008] = ideal_s[3008]
    assert np.abs(run(arrivals_s, StreamClock(RATE)) - ideal_s).max() < 5e-5


def test_a_sound_card_100_ppm_fast_is_followed() -> None:
    ideal_s = np.arange(20_000) * BLOCK / (RATE * 1.0001)
    assert np.abs(run(ideal_s, StreamClock(RATE)) - ideal_s).max() < 1e-4


def test_lost_audio_makes_the_clock_jump_within_a_tenth_of_a_second() -> None:
    arrivals_s = np.arange(4000) * BLOCK / RATE
    arrivals_s[2000:] += 0.02
    clock = StreamClock(RATE)
    times_s = run(arrivals_s, clock)
    assert clock.resyncs == 1
    assert np.abs(times_s - arrivals_s)[2075:].max() < 2e-5


def test_a_single_lost_period_is_noticed_within_a_hundredth_of_a_second() -> None:
    arrivals_s = np.arange(4000) * BLOCK / RATE
    arrivals_s[2000:] += BLOCK / RATE
    times_s = run(arrivals_s, StreamClock(RATE))
    assert np.abs(times_s - arrivals_s)[2008:].max() < 2e-5


def test_callbacks_that_come_back_early_undo_a_jump_that_was_none() -> None:
    ideal_s = np.arange(4000) * BLOCK / RATE
    arrivals_s = ideal_s.copy()
    arrivals_s[2000:2012] += 0.001
    assert np.abs(run(arrivals_s, StreamClock(RATE)) - ideal_s)[2020:].max() < 5e-5


def test_a_late_first_callback_is_forgotten_within_seconds() -> None:
    ideal_s = np.arange(4000) * BLOCK / RATE
    arrivals_s = ideal_s.copy()
    arrivals_s[0] += 0.005
    assert np.abs(run(arrivals_s, StreamClock(RATE)) - ideal_s)[2000:].max() < 1e-4
