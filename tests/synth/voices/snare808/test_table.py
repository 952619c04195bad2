"""The voice is what its page says, written once more in the plainest way: sums for phases, scipy for the filter."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import signal

from synth.dsp.noise import white_noise
from synth.voices.polyphony import alone
from synth.voices.snare808.circuit import CIRCUIT
from synth.voices.snare808.table import SNARE808
from tests.synth.patches import presets, random_values

RATE = 44_100


def envelope(decay_ms: float, samples: int) -> NDArray[np.float64]:
    n, attack = np.arange(1, samples + 1), 44
    return np.minimum(n / attack, 1) * 0.001 ** (np.maximum(n - attack, 0) / (decay_ms * RATE / 1000))


def plainly(values: NDArray[np.float64], samples: int) -> NDArray[np.float64]:
    """Return stroke 0 of seed 0."""
    v = dict(zip(SNARE808.names, values.tolist(), strict=True))
    sweep, mix = envelope(v["freq_env.decay"], samples), np.zeros(samples)
    for osc in ("osc1", "osc2"):
        steps = 2 * np.pi * v[f"{osc}.freq"] / RATE * (1 + v[f"{osc}.mod"] * sweep)
        phase = np.cumsum(steps) - steps
        mix += 10 ** (v[f"{osc}_gain"] / 20) * envelope(v[f"{osc}_env.decay"], samples) * np.sin(phase)
    k, q = np.tan(np.pi * v["noise_filter.freq"] / RATE), v["noise_filter.q"]
    top, bottom = np.array([1.0, -2.0, 1.0]), np.array([1 + k / q + k * k, 2 * (k * k - 1), 1 - k / q + k * k])
    bright = signal.lfilter(top, bottom, white_noise(0, 0, samples))
    mix += 10 ** (v["noise_gain"] / 20) * envelope(v["noise_env.decay"], samples) * bright
    return np.asarray(np.tanh(10 ** (v["drive"] / 20) * mix))


@pytest.mark.parametrize("values", [*presets(), *random_values(20, 6)])
def test_a_stroke_is_its_formula_until_it_ends(values: NDArray[np.float64]) -> None:
    samples = len(alone(CIRCUIT, values, RATE)) + 1000
    # A part ends where it is below a third of -80 dBFS: that is all that may differ.
    assert np.abs(alone(CIRCUIT, values, RATE, samples=samples) - plainly(values, samples)).max() < 1e-4


@pytest.mark.parametrize("values", [*presets(), *random_values(20, 6)])
def test_a_stroke_is_its_formula_to_the_last_digits_while_every_part_sounds(values: NDArray[np.float64]) -> None:
    assert np.abs(alone(CIRCUIT, values, RATE, samples=440) - plainly(values, 440)).max() < 1e-9
