"""Each part is its formula, written once more in the plainest way."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from scipy import signal

from synth.dsp.noise import white_noise
from synth.parts.coefficients import (
    set_bandpass,
    set_burst,
    set_closing,
    set_first_order,
    set_gated,
    set_highpass,
    set_lowpass,
    set_sine,
)
from synth.parts.wiring import CONSTANT, ENVELOPE, FILTER, NOISE, SINE, Part
from tests.synth.parts.cases import drive, envelope, filtered, sine
from tests.synth.parts.wires import RATE, Array, Wire

N: Array = np.arange(1000.0)
WHITE = white_noise(0, 0, 1000)


def fall(decay_ms: float, n: Array) -> Array:
    """Return what falls by 60 dB in a time, and does not before."""
    return np.asarray(0.001 ** (np.maximum(n, 0.0) / (decay_ms * 0.001 * RATE)))


def ramp(n: Array, attack: float) -> Array:
    return np.clip((n + 1) / attack, 0.0, 1.0)


def constant(count: int, setter: Callable[[Any], None], samples: int = 1000) -> Wire:
    """Return an envelope by itself."""
    parts = (Part("one", CONSTANT), Part("gate", ENVELOPE, ("one",), count))
    return Wire(parts, lambda c: setter(c.gate), samples)


@pytest.mark.parametrize("attack", [1.0, 48.0])
@pytest.mark.parametrize("sweeps", [0, 1, 2])
def test_a_sine_decays_and_its_phase_is_the_sum_of_its_pitch(sweeps: int, attack: float) -> None:
    def shape(decay_ms: float) -> Array:
        return ramp(N, attack) * fall(decay_ms, N + 1 - attack)

    pitch_hz = 330.0 * (1.0 + 1.5 * shape(20.0) * (sweeps > 0) - 0.6 * shape(7.0) * (sweeps > 1))
    turns = 0.1 + np.concatenate([[0.0], np.cumsum(pitch_hz / RATE)[:-1]])
    expected = 0.7 * shape(60.0) * np.sin(2 * np.pi * turns)
    np.testing.assert_allclose(sine(sweeps, attack).rendered()[0], expected, atol=1e-12)


def test_noise_is_that_of_the_seed() -> None:
    wire = Wire((Part("white", NOISE),), lambda c: None)
    assert np.array_equal(wire.rendered(seed=7)[0], white_noise(7, 0, 1000))
    assert np.array_equal(wire.played([64], seed=7), white_noise(7, 0, 1000))


@pytest.mark.parametrize(("delay_ms", "attack"), [(0.0, 1.0), (0.0, 30.0), (3.1234, 30.61), (0.01, 0.7)])
def test_an_envelope_is_a_sum_of_exponentials_that_may_begin_between_samples(delay_ms: float, attack: float) -> None:
    def burst(decay_ms: float, delay: float, attack: float) -> Array:
        rising = N - delay + 1 < attack
        return np.where(rising, ramp(N - delay, attack), fall(decay_ms, N - delay + 1 - attack))

    delay = delay_ms * 0.001 * RATE
    expected = 0.5 * burst(10.0, 0.0, 1.3) + 0.8 * burst(30.0, delay, attack) - 0.3 * burst(5.0, 2 * delay, attack)
    np.testing.assert_allclose(envelope(delay_ms, attack).rendered()[0], expected * WHITE, atol=1e-12)


def test_a_constant_is_one() -> None:
    assert np.array_equal(Wire((Part("one", CONSTANT),), lambda c: None).rendered()[0], np.ones(1000))


def test_a_gated_envelope_is_over_where_it_has_fallen_to_its_gate() -> None:
    over: list[float] = []
    wire = constant(2, lambda part: over.append(set_gated(part, 0, 0.8, 30.0, 0.2, 12.0, RATE)))
    since = np.maximum(N + 1 - 12.0, 0.0)
    np.testing.assert_allclose(wire.rendered()[0], 0.8 * ramp(N, 12.0) * (fall(30.0, since) - 0.2), atol=1e-12)
    assert wire.rendered()[0, round(over[0])] == pytest.approx(0.0, abs=1e-3)


@pytest.mark.parametrize(("time_ms", "width_ms"), [(10.0, 3.0), (15.0, 0.5), (18.0, 40.0)])
def test_a_closing_envelope_is_shut_smoothly_at_its_time(time_ms: float, width_ms: float) -> None:
    wire = constant(3, lambda part: set_closing(part, 0, 0.8, 30.0, time_ms, width_ms, 12.0, RATE))
    since = np.maximum(N + 1 - 12.0, 0.0)
    shut = (1.0 - np.exp((since / (0.001 * RATE) - time_ms) / width_ms)) ** 2
    until = round(time_ms * 0.001 * RATE)
    expected = 0.8 * ramp(N, 12.0) * fall(30.0, since) * shut
    np.testing.assert_allclose(wire.rendered()[0, :until], expected[:until], atol=1e-12)


def test_a_gate_that_closes_at_once_after_long_is_a_number() -> None:
    wire = constant(3, lambda part: set_closing(part, 0, 1.0, 12_000.0, 1900.0, 0.1, 12.0, RATE), samples=91_200)
    assert np.isfinite(wire.rendered()).all()
    assert np.isfinite(wire.slopes(np.ones(wire.samples))).all()


@pytest.mark.parametrize(
    ("setter", "settings"),
    [
        (set_highpass, (20.0, 0.5)),
        (set_highpass, (800.0, 10.0)),
        (set_lowpass, (3000.0, 0.7)),
        (set_bandpass, (150.0, 30.0)),
        (set_first_order, (500.0, 0.3, 1.2)),
    ],
)
def test_a_filter_is_its_difference_equation(setter: Callable[..., None], settings: tuple[float, ...]) -> None:
    wire = filtered(setter, *settings)
    b0, b1, b2, a1, a2 = wire.coefficients[0, 2:]
    np.testing.assert_allclose(wire.rendered()[0], signal.lfilter([b0, b1, b2], [1.0, a1, a2], WHITE), atol=1e-12)


@pytest.mark.parametrize(
    ("gain", "bias", "level"), [(0.1, 0.0, 1.0), (2.0, 0.0, 0.9), (3.0, 0.4, 0.7), (30.0, -1.0, 2.0)]
)
def test_a_drive_is_a_tanh_that_leaves_silence_silent(gain: float, bias: float, level: float) -> None:
    wire = drive(gain, bias, level)
    expected = level * (np.tanh(gain * WHITE + bias) - np.tanh(bias))
    np.testing.assert_allclose(wire.rendered()[0], expected, atol=1e-13)


def test_a_part_is_given_the_sum_of_what_it_is_of() -> None:
    def fill(c: Any) -> None:
        set_sine(c.low, 0.3, 100.0, 50.0, 1.0, RATE)
        set_sine(c.high, 0.2, 3000.0, 50.0, 1.0, RATE)
        set_burst(c.total, 0, 1.0, 1e15, 0.0, 1.0, RATE)

    parts = (Part("low", SINE), Part("high", SINE), Part("white", NOISE))
    both = Wire((*parts, Part("total", ENVELOPE, ("low", "high", "white"))), fill).rendered()[0]
    tones = [gain * fall(50.0, N) * np.sin(2 * np.pi * freq * N / RATE) for gain, freq in ((0.3, 100.0), (0.2, 3000.0))]
    np.testing.assert_allclose(both, sum(tones) + WHITE, atol=1e-9)


def test_a_part_is_silent_from_its_end_on_and_the_others_are_not() -> None:
    def fill(c: Any) -> None:
        set_sine(c.short, 1.0, 100.0, 1000.0, 1.0, RATE)
        set_highpass(c.out, 1000.0, 1.0, RATE)
        c.short.until = 300

    wire = Wire((Part("short", SINE), Part("out", FILTER, ("short",))), fill)
    short = np.sin(2 * np.pi * 100.0 * N / RATE) * fall(1000.0, N) * (N < 300)
    b0, b1, b2, a1, a2 = wire.coefficients[0, -5:]
    np.testing.assert_allclose(wire.rendered()[0], signal.lfilter([b0, b1, b2], [1.0, a1, a2], short), atol=1e-12)


def gated() -> Wire:
    """Return a filter that is given noise for a while."""

    def fill(c: Any) -> None:
        set_burst(c.burst, 0, 1.0, 100.0, 0.0, 1.0, RATE)
        set_bandpass(c.filter, 1500.0, 1.0, RATE)
        c.burst.until = 300

    parts = (Part("white", NOISE), Part("burst", ENVELOPE, ("white",)), Part("filter", FILTER, ("burst",)))
    return Wire(parts, fill, samples=9000)


def test_a_filter_that_rings_out_comes_to_rest_before_its_numbers_become_slow() -> None:
    sound = np.abs(gated().rendered()[0])
    assert not sound[-1000:].any()
    assert sound[sound > 0.0].min() > 1e-90
