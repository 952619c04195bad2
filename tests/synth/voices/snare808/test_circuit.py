from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import signal

from synth.dsp.noise import white_noise
from synth.parts.coefficients import set_highpass
from synth.parts.wiring import FILTER, Part
from synth.voices.snare808.circuit import CIRCUIT
from synth.voices.snare808.table import SNARE808
from tests.synth.patches import corners, named, presets


def coefficients(values: NDArray[np.float64], sample_rate: float = 48_000.0) -> NDArray[np.void]:
    """Return what some strokes set, as records by the names of the parts."""
    return CIRCUIT.coefficients_of(values, sample_rate).view(CIRCUIT.wiring.coefficients())[:, 0]


def test_the_record_of_values_follows_the_table() -> None:
    row = np.arange(14.0).view(CIRCUIT.values())[0]
    assert [float(row[name.replace(".", "_")]) for name in SNARE808.names] == list(range(14))


@pytest.mark.parametrize("sample_rate", [44_100.0, 96_000.0])
def test_a_stroke_lasts_the_same_time_at_any_rate(sample_rate: float) -> None:
    usual, other = (coefficients(presets(), rate)["stroke"]["end"] for rate in (48_000.0, sample_rate))
    np.testing.assert_allclose(usual / 48_000, other / sample_rate, atol=1e-4)


def test_every_part_sounds_long_enough_to_learn_from() -> None:
    found = coefficients(corners(64, 0))
    assert min(found[part]["until"].min() for part in ("osc1", "osc2", "noise")) >= 480


@pytest.mark.parametrize(("cutoff_hz", "q"), [(20, 0.5), (500, 10), (5000, 2), (12_000, 10), (20_000, 0.5)])
def test_noise_stays_below_the_peak_that_its_ending_counts_on(cutoff_hz: float, q: float) -> None:
    c = np.zeros(1, Part("", FILTER).fields(np.float64)).view(np.recarray)[0]
    set_highpass(c, cutoff_hz, q, 48_000.0)
    filtered = signal.lfilter([c.b0, c.b1, c.b2], [1, c.a1, c.a2], white_noise(0, 0, 200_000))
    assert np.abs(filtered).max() < 1.5 + q


def test_a_loud_stroke_outlasts_a_soft_one() -> None:
    loud, soft = coefficients(np.array([named(drive=24), named(drive=-24)]))["stroke"]["end"]
    assert loud > soft
