from __future__ import annotations

import numpy as np
import pytest
from scipy import signal

from synth.dsp.formulas import highpass
from synth.dsp.noise import white_noise
from synth.voices.snare808.circuit import VALUES, VOICE, prepare_rows
from synth.voices.snare808.table import SNARE808
from tests.synth.patches import corners, named, presets


def test_the_record_of_values_follows_the_table() -> None:
    row = np.arange(14.0).view(VALUES)[0]
    assert [float(row[name.replace(".", "_")]) for name in SNARE808.names] == list(range(14))


@pytest.mark.parametrize("sample_rate", [44_100.0, 96_000.0])
def test_a_stroke_lasts_the_same_time_at_any_rate(sample_rate: float) -> None:
    voices = np.zeros((2, 7), VOICE)
    prepare_rows(presets(), 48_000.0, voices[0])
    prepare_rows(presets(), sample_rate, voices[1])
    np.testing.assert_allclose(voices["end"][0] / 48_000, voices["end"][1] / sample_rate, atol=1e-4)


def test_every_part_sounds_long_enough_to_learn_from() -> None:
    voices = np.zeros(64, VOICE)
    prepare_rows(corners(64, 0), 48_000.0, voices)
    assert min(voices[part]["end"].min() for part in ("osc1", "osc2", "noise")) >= 480


@pytest.mark.parametrize(("cutoff_hz", "q"), [(20, 0.5), (500, 10), (5000, 2), (12_000, 10), (20_000, 0.5)])
def test_noise_stays_below_the_peak_that_its_ending_counts_on(cutoff_hz: float, q: float) -> None:
    b0, a1, a2 = highpass(cutoff_hz, q, 48_000.0)
    filtered = signal.lfilter([b0, -2 * b0, b0], [1, a1, a2], white_noise(0, 0, 200_000))
    assert np.abs(filtered).max() < 1.5 + q


def test_a_loud_stroke_outlasts_a_soft_one() -> None:
    voices = np.zeros(2, VOICE)
    prepare_rows(np.array([named(drive=24), named(drive=-24)]), 48_000.0, voices)
    assert voices["end"][0] > voices["end"][1]
