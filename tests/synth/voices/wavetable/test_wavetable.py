"""The wavetable voice: its shipped row, rows that are learned from a recording, and notes that do not fold back."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from synth.errors import InputError
from synth.parts.bands import POINTS
from synth.voices.polyphony import alone
from synth.voices.wavetable.circuit import CIRCUIT, circuit_of
from synth.voices.wavetable.waves import (
    COUNT,
    RMS,
    learned_tables,
    load_tables,
    pitch_of,
    save_tables,
    shipped_tables,
)
from tests.synth.voices.sounding import RATE, beside_harmonics_db, spectrum_of, steady, values_of

PITCH_HZ = 187.3


def plucked(seconds: float = 1.0) -> np.ndarray:
    """Return a recording whose high harmonics die first."""
    t, h = np.arange(int(seconds * RATE))[:, None] / RATE, np.arange(1, 25)
    return np.asarray((np.sin(2 * np.pi * PITCH_HZ * h * t + 0.7 * h) * np.exp(-(0.5 + 0.8 * h) * t) / h).sum(axis=1))


@pytest.mark.parametrize("freq_hz", [55.3, 221.7, 883.1, 1763.3, 3521.9, 4987.1])
@pytest.mark.parametrize("position", [0.0, 0.55, 1.0])
def test_nothing_folds_back(freq_hz: float, position: float) -> None:
    sound = steady(CIRCUIT, freq=freq_hz, morph__start=position, morph__end=position)
    assert beside_harmonics_db(sound, freq_hz) < -90.0


def test_what_a_sweep_starts_with_does_not_fold_back_either() -> None:
    values = values_of(CIRCUIT, freq=2000.0, sweep__amount=2.0, sweep__decay=2000.0, morph__end=1.0, noise__gain=-60.0)
    freqs, level = spectrum_of(alone(CIRCUIT, values, RATE, samples=8192))
    assert level[freqs < 1500.0].max() < 1e-3 * level.max()


def test_shipped_tables_are_even_in_level_and_brighter_along_the_row() -> None:
    row = shipped_tables()
    assert row.shape == (COUNT, POINTS)
    np.testing.assert_allclose(np.sqrt((row**2).mean(axis=1)), RMS)
    spectra = np.abs(np.fft.rfft(row, axis=1)) ** 2
    centroids = (spectra * np.arange(spectra.shape[1])).sum(axis=1) / spectra.sum(axis=1)
    assert np.all(np.diff(centroids) > 0.0)


def test_the_pitch_of_a_recording_is_found() -> None:
    assert pitch_of(plucked(), RATE) == pytest.approx(PITCH_HZ, rel=1e-3)


def test_a_learned_row_travels_from_the_end_of_the_recording_to_its_onset() -> None:
    row = learned_tables(plucked(), RATE)
    assert row.shape == (COUNT, POINTS)
    levels = np.abs(np.fft.rfft(row, axis=1))
    tilt = levels[:, 5] / levels[:, 1]
    assert np.all(np.diff(tilt) > 0.0)
    assert tilt[-1] == pytest.approx(0.2, rel=0.1)


def test_the_voice_plays_a_learned_row() -> None:
    circuit = circuit_of(learned_tables(plucked(), RATE))
    given = {"freq": PITCH_HZ, "morph__start": 1.0, "morph__end": 1.0}
    freqs, level = spectrum_of(steady(circuit, **given))
    harmonics = [level[np.abs(freqs - h * PITCH_HZ) < 15.0].max() for h in (1, 2, 3, 4)]
    np.testing.assert_allclose(np.array(harmonics) / harmonics[0], [1, 1 / 2, 1 / 3, 1 / 4], rtol=0.15)


def test_tables_come_back_from_their_file(tmp_path: Path) -> None:
    row = shipped_tables()
    save_tables(tmp_path / "row.npy", row)
    np.testing.assert_allclose(load_tables(tmp_path / "row.npy"), row, atol=1e-6)


def test_what_is_no_row_of_tables_is_refused(tmp_path: Path) -> None:
    np.save(tmp_path / "short.npy", np.zeros((3, 5)))
    (tmp_path / "text.npy").write_text("no tables")
    for name, words in (("short.npy", "16 rows of 2048"), ("text.npy", "no tables"), ("absent.npy", "absent.npy")):
        with pytest.raises(InputError, match=words):
            load_tables(tmp_path / name)


@pytest.mark.parametrize("sound", [np.zeros(48_000), np.zeros(10), plucked(0.01)])
def test_a_recording_without_a_pitch_is_refused(sound: np.ndarray) -> None:
    with pytest.raises(InputError):
        learned_tables(sound, RATE)
