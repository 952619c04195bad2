from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from bridge.calibration.input_check import hum_of
from bridge.calibration.measure import TARGET_PEAK_DBFS, Calibration, calibrate_audio, sentences
from bridge.calibration.write import write_findings
from bridge.ear.detector import LEAK_DB
from bridge.rig.detector import DetectorSettings, LeakPath
from bridge.rig.rig import load_rig
from synth.drummer.room import mains_hum
from synth.errors import InputError
from tests.bridge.signals import strokes

ONSETS_S = [1.0 + 0.3 * number for number in range(12)]
PEAKS_DB = [-20.0, -30.0, -14.0] * 4
PLAYING = strokes(ONSETS_S, PEAKS_DB, 5.0, 48_000)


def leaky(playing: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return two channels: the second drum reaches the first microphone 2 ms late and 20 dB down."""
    other = strokes([onset_s + 0.15 for onset_s in ONSETS_S], PEAKS_DB, 5.0, 48_000, seed=1)
    late = np.concatenate([np.zeros((96, 1), np.float32), other[:-96]])
    return np.concatenate([playing + np.float32(0.1) * late, other], axis=1)


def found(audio: NDArray[np.floating]) -> Calibration:
    return calibrate_audio(audio.astype(np.float32), 48_000, [DetectorSettings()] * audio.shape[1])[0]


def test_gain_brings_the_hardest_stroke_to_the_target() -> None:
    peak_db = 20 * np.log10(np.abs(PLAYING).max())
    assert found(PLAYING).settings.gain_db == pytest.approx(TARGET_PEAK_DBFS - peak_db, abs=0.1)


def test_noise_and_range_are_told() -> None:
    finding = found(PLAYING)
    assert finding.noise_dbfs == pytest.approx(-80, abs=1)
    assert finding.strokes == 12
    assert finding.softest_window_db < finding.loudest_window_db


def test_hum_is_told_by_its_pitch() -> None:
    time_s = np.arange(len(PLAYING))[:, None] / 48_000
    finding = found(PLAYING + 0.003 * np.sin(2 * np.pi * 60 * time_s))
    assert finding.hum_hz == 60.0
    assert finding.hum_dbfs == pytest.approx(-50.5, abs=1.5)
    assert any("hum at 60 Hz" in sentence for sentence in sentences(finding))


def test_no_hum_is_no_hum() -> None:
    assert found(PLAYING).hum_hz == 0.0


@pytest.mark.parametrize("level_dbfs", [-75, -50])
@pytest.mark.parametrize("colour", [0.0, 0.5, 1.0])
def test_noise_of_any_colour_is_no_hum(level_dbfs: int, colour: float) -> None:
    rng, said = np.random.default_rng(6), []
    for _ in range(30):
        spectrum = np.fft.rfft(rng.standard_normal(24_000)) / np.maximum(np.arange(12_001), 1.0) ** colour
        noise = np.fft.irfft(spectrum)
        said.append(hum_of((noise / noise.std() * 10 ** (level_dbfs / 20)).astype(np.float32), 48_000))
    assert said == [(0.0, -140.0)] * 30


@pytest.mark.parametrize("mains_hz", [50.0, 60.0])
@pytest.mark.parametrize("sample_rate", [44_100, 48_000, 96_000])
def test_hum_with_overtones_is_found_in_noise(mains_hz: float, sample_rate: int) -> None:
    hum = mains_hum(sample_rate // 2, mains_hz, -65.0, sample_rate)
    noise = 10 ** (-75 / 20) * np.random.default_rng(1).standard_normal(len(hum))
    pitch_hz, level_dbfs = hum_of((hum + noise).astype(np.float32), sample_rate)
    assert pitch_hz == mains_hz
    assert level_dbfs == pytest.approx(-65.0, abs=1.5)


def test_a_drum_that_rings_at_a_tone_of_the_mains_is_no_hum() -> None:
    time_s = np.arange(24_000) / 48_000
    noise = 1e-4 * np.random.default_rng(1).standard_normal(len(time_s))
    for tone_hz in (60, 100, 150, 180):
        ring = 0.01 * np.sin(2 * np.pi * tone_hz * time_s) * np.exp(-time_s / 0.2)
        assert hum_of((ring + noise).astype(np.float32), 48_000)[0] == 0.0


def test_hum_that_is_cut_off_is_no_stroke() -> None:
    time_s = np.arange(len(PLAYING))[:, None] / 48_000
    cut_off = 0.1 * np.sin(2 * np.pi * 50 * time_s + 1.0)
    faded = cut_off * np.minimum((time_s[-1] - time_s) / 0.05, 1.0)
    assert found(PLAYING + cut_off).strokes == found(PLAYING + faded).strokes


def test_clipping_is_told() -> None:
    finding = found(np.clip(40 * PLAYING, -1, 1))
    assert finding.clipped > 0
    assert "clipping" in sentences(finding)[0]


def test_what_is_not_measured_is_kept() -> None:
    current = DetectorSettings(sensitivity=0.7, shortest_interval_ms=20.0)
    finding = calibrate_audio(PLAYING, 48_000, [current])[0]
    assert (finding.settings.sensitivity, finding.settings.shortest_interval_ms) == (0.7, 20.0)


def test_hardly_any_stroke_is_refused() -> None:
    with pytest.raises(InputError, match="strokes were heard"):
        found(PLAYING[:40_000])


def test_a_leak_is_subtracted_and_what_is_left_is_told() -> None:
    one, two = calibrate_audio(leaky(PLAYING), 48_000, [DetectorSettings()] * 2)
    (path,) = one.settings.leak_paths
    assert path.input == 2
    assert path.delay_ms + path.taps.index(max(path.taps)) / 48 == pytest.approx(2.0, abs=0.001)
    assert path.gain_db == pytest.approx(-20, abs=0.5)
    assert np.max(one.settings.leaks_db[5:]) <= LEAK_DB + one.settings.gain_db - two.settings.gain_db
    assert not two.settings.leak_paths


def test_a_leak_may_be_louder_than_in_its_own_microphone(tmp_path: Path) -> None:
    quiet = leaky(PLAYING) * np.array([1.0, 0.08], np.float32)
    findings = calibrate_audio(quiet, 48_000, [DetectorSettings()] * 2)
    rig = tmp_path / "rig.toml"
    rig.write_text('drum = [{ name = "one" }, { name = "two", channel = 2 }]\n')
    write_findings(rig, rig, findings)
    assert load_rig(str(rig)).drum[0].detector.leak_paths[0].gain_db == pytest.approx(2.0, abs=0.5)


def test_the_floor_of_a_kit_lies_under_its_softest_strokes() -> None:
    one, two = calibrate_audio(leaky(PLAYING), 48_000, [DetectorSettings()] * 2)
    assert -100 < one.settings.floor_db < one.softest_dbfs + one.settings.gain_db - 8
    assert two.settings.floor_db == DetectorSettings().floor_db


def test_old_paths_do_not_outlive_what_was_heard() -> None:
    old = DetectorSettings(leak_paths=(LeakPath(input=2, delay_ms=1.0, gain_db=-6.0),), floor_db=-22.0)
    apart = np.concatenate([PLAYING, strokes([20.0], [-20.0], 5.0, 48_000)], axis=1)
    settings = calibrate_audio(apart, 48_000, [old, DetectorSettings()])[0].settings
    assert (settings.leak_paths, settings.floor_db) == ((), DetectorSettings().floor_db)
