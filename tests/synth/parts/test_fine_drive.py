"""Saturation at four times the rate: the same sound a little later, and nothing of it folds back."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy import signal

from bench.purity import beside_harmonics_db
from synth.parts.coefficients import keep_from_folding, set_drive, set_sine
from synth.parts.oversampling import DOWNWARDS, TIMES, UPWARDS
from synth.parts.wiring import DRIVE, SINE, Part
from tests.synth.parts.wires import RATE, Array, Wire

SAMPLES = 10_000


def bent(freq_hz: float, gain: float, fine: float, bias: float = 0.0) -> Array:
    def fill(c: Any) -> None:
        set_sine(c.tone, 1.0, freq_hz, 1e9, 1.0, RATE)
        set_drive(c.out, gain, bias, 1.0)
        c.out.fine = fine

    parts = (Part("tone", SINE, count=0), Part("out", DRIVE, ("tone",), 2))
    return np.asarray(Wire(parts, fill, SAMPLES).rendered()[0])


@pytest.mark.parametrize("gain", [0.1, 1.0, 4.0])
@pytest.mark.parametrize("bias", [0.0, 0.5])
def test_what_folds_nothing_back_sounds_as_plain_three_samples_later(gain: float, bias: float) -> None:
    plain, fine = (bent(110.0, gain, way, bias)[2000:] for way in (0.0, 1.0))
    off = [np.abs(plain[:-6] - fine[shift:][: len(plain) - 6]).max() for shift in range(6)]
    assert int(np.argmin(off)) == 3
    assert min(off) < 0.05 * np.abs(plain).max()


@pytest.mark.parametrize("freq_hz", [811.3, 2003.1, 4987.1])
@pytest.mark.parametrize("gain", [4.0, 25.0])
def test_a_sine_folds_back_at_less_than_55_db(freq_hz: float, gain: float) -> None:
    assert beside_harmonics_db(bent(freq_hz, gain, 1.0)[1000:], freq_hz, RATE) < -55.0


def test_silence_stays_silent() -> None:
    assert not np.abs(bent(1e-9, 30.0, 1.0, bias=1.0)[:1000]).max() > 1e-6


def test_the_low_passes_pass_what_is_heard_and_stop_what_would_fold_back() -> None:
    for taps, passed, stopped in ((UPWARDS / TIMES, 0.27, 0.75), (DOWNWARDS, 0.34, 0.5)):
        at, level = signal.freqz(taps, worN=4096, fs=TIMES)
        level_db = 20 * np.log10(np.abs(level))
        assert np.abs(level_db[at < passed]).max() < 0.2
        assert level_db[at > stopped].max() < -55.0


@pytest.mark.parametrize(
    ("gain", "freq_hz", "fine"), [(25.0, 5000.0, True), (25.0, 120.0, False), (0.1, 5000.0, False)]
)
def test_only_what_would_fold_back_bends_at_four_times_the_rate(gain: float, freq_hz: float, fine: bool) -> None:
    part = np.zeros(1, np.dtype([("gain", float), ("bias", float), ("level", float), ("fine", float)]))
    record = part.view(np.recarray)[0]
    set_drive(record, np.float64(gain), 0.0, 1.0)
    keep_from_folding(record, np.float64(1.0), np.float64(freq_hz), RATE)
    assert bool(record.fine) is fine
