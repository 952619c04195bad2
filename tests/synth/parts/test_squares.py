"""Squares have the partials of squares up to near the top of the band, and nothing else that could be heard."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import signal

from synth.dsp.noise import white_noise
from tests.synth.parts.cases import squares
from tests.synth.parts.wires import RATE, Array

CLEAN_HZ = 0.35 * RATE
"""Up to here partials keep their level; above it they fall towards the half rate."""


def added_up(freqs_hz: tuple[float, ...], samples: int, seed: int = 0) -> Array:
    """Return the sum of all partials below the half rate, square by square."""
    phases = 0.5 + 0.5 * white_noise(seed, 0, len(freqs_hz))
    total = np.zeros(samples)
    for k, (freq, phase) in enumerate(zip(freqs_hz, phases, strict=True)):
        duty, theta = 0.5 - 0.07 * k, phase + freq / RATE * np.arange(samples)
        for m in range(1, int(0.5 * RATE / freq) + 1):
            edges = np.sin(2 * np.pi * m * theta) - np.sin(2 * np.pi * m * (theta - duty))
            total += 2.0 / (np.pi * m) * edges / (1 + k)
    return total


@pytest.mark.parametrize("freqs_hz", [(61.7,), (541.3, 803.9), (205.3, 369.6, 304.4, 522.7, 359.4, 283.2), (3001.0,)])
def test_squares_are_the_sum_of_their_partials(freqs_hz: tuple[float, ...]) -> None:
    samples = 6000
    clean = signal.firwin(601, CLEAN_HZ, fs=RATE, window=("kaiser", 9.0))
    found, expected = (
        np.convolve(sound, clean, "valid")
        for sound in (squares(*freqs_hz, samples=samples).rendered(seed=3)[0], added_up(freqs_hz, samples, seed=3))
    )
    assert np.abs(found - expected).max() < 1e-3 * np.abs(expected).max()


@pytest.mark.parametrize("freqs_hz", [(811.3, 1201.9, 1733.1, 2411.7), (5003.1,), (6151.7, 7919.3), (9973.7,)])
def test_a_bank_at_high_pitches_folds_nothing_back_that_could_be_heard(freqs_hz: tuple[float, ...]) -> None:
    samples = 1 << 16
    sound = squares(*freqs_hz, samples=samples).rendered()[0]
    spectrum = np.abs(np.fft.rfft(sound * signal.windows.blackmanharris(samples)))
    alien = np.ones(len(spectrum), bool)
    for freq in freqs_hz:
        for m in range(1, int(0.5 * RATE / freq) + 1):
            middle = round(m * freq * samples / RATE)
            alien[max(middle - 6, 0) : middle + 7] = False
    assert spectrum[alien].max() < 1e-3 * spectrum.max()


def test_each_square_rests_at_zero_on_average() -> None:
    sound = squares(480.0, 960.0, samples=10_000).rendered()[0]
    assert abs(sound[1000:9000].mean()) < 1e-3


def test_phases_are_the_first_samples_of_the_noise() -> None:
    first, other = (squares(100.0, samples=2000).rendered(seed=seed)[0] for seed in (1, 2))
    turns = 0.5 * (white_noise(2, 0, 1)[0] - white_noise(1, 0, 1)[0])
    late = round(turns * RATE / 100.0) % 480
    assert np.corrcoef(np.roll(other, late)[500:1500], first[500:1500])[0, 1] > 0.95
