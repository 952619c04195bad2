"""What a way to a synth does is measured, and what is wrong with it is said in one sentence."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import cycle

import numpy as np
import pytest
from numpy.typing import NDArray

from bridge.sampling.measure import (
    LEAST_DIRECT,
    SWEEP_S,
    Noise,
    is_clipped,
    is_silent,
    loop_delay,
    measure_loop,
    measure_noise,
    measure_notes,
    noise_of,
    onset_samples,
    require_heard,
    sweep,
)
from bridge.sampling.synth import Note
from synth.errors import InputError

RATE = 48_000
NOTE = Note((), 60, 127)
Samples = NDArray[np.float32]


def click(peak: float = 0.5) -> Samples:
    """Return a sound that begins at once and falls by 60 dB in 50 ms."""
    place = np.arange(RATE // 20)
    return (peak * 0.001 ** (place / len(place)) * np.cos(2 * np.pi * 1000 * place / RATE)).astype(np.float32)


def room_response(seconds: float, direct: float, seed: int = 1) -> NDArray[np.float64]:
    """Return a direct sound and noise that decays by 60 dB; ``direct`` is the share of its energy."""
    rng, length = np.random.default_rng(seed), round(seconds * RATE)
    tail = rng.standard_normal(length) * 0.001 ** (np.arange(length) / length)
    tail[: RATE // 250] = 0.0  # the first wall is a metre further
    tail *= np.sqrt((1.0 - direct) / direct / np.sum(tail**2))
    tail[0] = 1.0
    return tail


@dataclass
class SimulatedRoom:
    """A synth or a loop behind a delay, with noise, and what a room does to it."""

    delays_ms: tuple[float, ...] = (5.0,)
    sound: Samples = field(default_factory=click)
    gain: float = 1.0
    noise: float = 1e-4
    path: NDArray[np.float64] = field(default_factory=lambda: np.ones(1))
    sample_rate: int = RATE

    def __post_init__(self) -> None:
        self._rng = np.random.default_rng(7)
        self._delays: Iterator[float] = cycle(self.delays_ms)

    def listen(self, seconds: float) -> Samples:
        return (self.noise * self._rng.standard_normal(round(seconds * RATE))).astype(np.float32)

    def echo(self, sound: Samples, seconds: float) -> Samples:
        heard = self.listen(seconds)
        start = round(next(self._delays) * RATE / 1000)
        played = self.gain * np.convolve(sound, self.path)
        part = played[: max(len(heard) - start, 0)]
        heard[start : start + len(part)] += part.astype(np.float32)
        return np.clip(heard, -1.0, 1.0)

    def strike(self, note: Note) -> Samples:
        return self.echo(self.sound, 0.5)


def test_the_noise_of_an_input_is_its_rms_and_its_peak() -> None:
    wave = (0.01 * np.sin(2 * np.pi * 1000 * np.arange(RATE) / RATE)).astype(np.float32)
    noise = noise_of(wave)
    assert noise.level_db == pytest.approx(-40.0 - 3.01, abs=0.01)
    assert noise.peak == pytest.approx(0.01, abs=1e-6)


def test_noise_is_silent_and_what_rises_from_it_is_not() -> None:
    room = SimulatedRoom(noise=1e-3)
    noise = measure_noise(room)
    assert is_silent(room.listen(0.5), noise)
    assert not is_silent(room.strike(NOTE), noise)
    assert is_silent(np.zeros(100, np.float32), Noise(0.0, 0.0))


@pytest.mark.parametrize("start", [0, 1, 4_801])
def test_a_sound_begins_at_its_first_sample(start: int) -> None:
    audio = np.zeros(RATE, np.float32)
    audio[start : start + RATE // 20] = click()
    assert onset_samples(audio, Noise(1e-4, 1e-4)) == start


def test_only_what_stays_at_full_scale_clips() -> None:
    assert is_clipped(np.clip(3.0 * click(0.9), -1.0, 1.0))
    assert not is_clipped(click(1.0))


@pytest.mark.parametrize("polarity", [1.0, -1.0])
def test_the_delay_of_a_loop_is_found_to_the_sample_in_noise(polarity: float) -> None:
    room = SimulatedRoom((7.0,), gain=0.1 * polarity, noise=1e-3)
    sound = sweep(RATE)
    delay_s, direct = loop_delay(sound, room.echo(sound, 0.1), RATE)
    assert delay_s == pytest.approx(0.007, abs=0.6 / RATE)
    assert direct > 0.95


def test_a_sweep_is_20_ms_long_and_leaves_headroom() -> None:
    assert len(sweep(RATE)) == round(SWEEP_S * RATE)
    assert 0.24 < np.abs(sweep(RATE)).max() < 0.26


def test_a_loop_by_cable_gives_the_delay_of_each_sweep() -> None:
    delays = measure_loop(SimulatedRoom((5.0, 5.5)), Noise(5e-4, 1e-4), "input 1", 4)
    assert 1000 * delays.seconds == pytest.approx([5.0, 5.5, 5.0, 5.5], abs=0.02)
    assert 1000 * delays.median_s == pytest.approx(5.25, abs=0.02)


def test_a_loop_whose_delays_differ_by_more_than_a_millisecond_is_refused() -> None:
    with pytest.raises(InputError, match=r"5\.0 to 6\.5 ms, which differ by more than 1 ms; close other"):
        measure_loop(SimulatedRoom((5.0, 6.5)), Noise(5e-4, 1e-4), "input 1", 4)


def test_a_loop_that_gives_nothing_back_asks_for_a_cable() -> None:
    with pytest.raises(InputError, match="input 1: nothing comes back through the loop; connect an output"):
        measure_loop(SimulatedRoom(gain=0.0), Noise(5e-4, 1e-4), "input 1", 2)


@pytest.mark.parametrize("direct", [0.5, 0.3])
def test_a_loop_through_a_loudspeaker_and_the_drums_microphone_is_told_from_a_cable(direct: float) -> None:
    room = SimulatedRoom(path=room_response(0.3, direct))
    sound = sweep(RATE)
    assert loop_delay(sound, room.echo(sound, 0.5), RATE)[1] < LEAST_DIRECT
    with pytest.raises(InputError, match="the echoes of a room, as from a loudspeaker to the drum's microphone"):
        measure_loop(room, Noise(5e-4, 1e-4), "input 1", 3)


def test_the_delay_of_a_note_is_the_median_and_one_late_note_does_not_widen_it() -> None:
    room = SimulatedRoom((10.0,) * 6 + (10.5,) * 5 + (30.0,))
    heard = measure_notes(room, NOTE, measure_noise(room), 12)
    assert heard is not None
    assert 1000 * heard.delays.median_s == pytest.approx(10.0, abs=0.6)
    assert 1000 * heard.delays.spread_s == pytest.approx(20.0, abs=0.1)
    assert 1000 * heard.delays.deviation_s < 0.6
    assert heard.peak == pytest.approx(0.5, abs=0.01)


def test_a_synth_that_is_not_heard_is_refused() -> None:
    room = SimulatedRoom(gain=0.0)
    noise = measure_noise(room)
    with pytest.raises(InputError, match="input 1: no sound of Box comes back; play it by hand, connect its output"):
        require_heard(measure_notes(room, NOTE, noise, 3), noise, "Box", "input 1")


def test_a_synth_that_clips_is_refused() -> None:
    room = SimulatedRoom(gain=4.0)
    noise = measure_noise(room)
    with pytest.raises(InputError, match="Box clips; turn its output or the gain of this input down"):
        require_heard(measure_notes(room, NOTE, noise, 3), noise, "Box", "input 1")


def test_a_synth_that_the_drums_microphone_hears_is_refused_by_its_noise() -> None:
    room = SimulatedRoom(noise=0.01)
    noise = measure_noise(room)
    with pytest.raises(InputError, match=r"the noise is only 3\d dB below Box, as where the drum's microphone"):
        require_heard(measure_notes(room, NOTE, noise, 3), noise, "Box", "input 1")


def test_a_synth_on_a_cable_is_heard() -> None:
    room = SimulatedRoom(noise=1e-4)
    noise = measure_noise(room)
    assert require_heard(measure_notes(room, NOTE, noise, 3), noise, "Box", "input 1").peak > 0.4
