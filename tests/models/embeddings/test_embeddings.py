"""Every embedding keeps the interface's promises; each tells apart what it is there for."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from bridge.learning.ranking import order_kept
from models.embeddings.bands import FLOOR_DB, LOWEST_HZ, decibels, hz_of_mel, mel, mel_bank, octave_bank, powers_of
from models.embeddings.mel_mean import mel_mean
from models.embeddings.mfcc import mfcc
from models.embeddings.registry import DEFAULT, EMBEDDINGS, embedding_named
from models.embeddings.segments import GROWTH, SEGMENTS, powers, segment_weights
from models.embeddings.segments_modulation import (
    PITCH_WEIGHT,
    RATE_WEIGHT,
    SPANS,
    modulation,
    pitches,
)
from synth.errors import InputError
from tests.models.embeddings.sounds import RATE_HZ, noise, stroke, tone, tremolo
from tests.structure import ROOT

ALL = tuple(EMBEDDINGS)


@pytest.mark.parametrize("name", ALL)
def test_a_row_does_not_depend_on_its_neighbours(name: str) -> None:
    embed, audio = embedding_named(name), noise(5)
    together = embed(audio, RATE_HZ)
    assert np.array_equal(together[3:4], embed(audio[3:4], RATE_HZ))
    assert np.array_equal(together[::-1], embed(audio[::-1], RATE_HZ))


@pytest.mark.parametrize("name", ALL)
def test_silence_has_a_finite_row_and_no_sounds_have_none(name: str) -> None:
    embed = embedding_named(name)
    rows = embed(np.zeros((2, RATE_HZ // 2), np.float32), RATE_HZ)
    assert np.isfinite(rows).all()
    assert rows.dtype == np.float32
    assert embed(np.zeros((0, RATE_HZ // 2), np.float32), RATE_HZ).shape == (0, rows.shape[1])


@pytest.mark.parametrize("name", ALL)
def test_a_row_is_as_long_for_any_length_and_rate(name: str) -> None:
    embed = embedding_named(name)
    shapes = {
        embed(noise(1, samples), rate).shape for samples, rate in ((1, 22_050), (5000, 48_000), (96_000, 192_000))
    }
    assert len(shapes) == 1


@pytest.mark.parametrize("rate_hz", [32_000, 44_100, 48_000, 96_000, 192_000])
@pytest.mark.parametrize("name", ALL)
def test_a_sound_at_another_rate_is_the_same_sound(name: str, rate_hz: int) -> None:
    embed = embedding_named(name)
    here, there = embed(stroke(RATE_HZ)[None], RATE_HZ), embed(stroke(rate_hz)[None], rate_hz)
    other = embed(tone(250.0, fade_s=0.4)[None], RATE_HZ)
    assert np.abs(here - there).mean() < 0.5
    assert np.abs(here - there).sum() < 0.13 * np.abs(here - other).sum()


@pytest.mark.parametrize("name", ALL)
def test_what_is_no_batch_of_sounds_is_refused_in_a_sentence(name: str) -> None:
    embed = embedding_named(name)
    with pytest.raises(InputError, match=r"allowed is \(sounds, samples\)"):
        embed(np.zeros(100, np.float32), RATE_HZ)
    with pytest.raises(InputError, match="no finite number"):
        embed(np.full((1, 5000), np.nan, np.float32), RATE_HZ)
    with pytest.raises(InputError, match="22050 Hz or more"):
        embed(np.zeros((1, 100), np.float32), 16_000)


def test_the_bins_of_a_sine_add_up_to_its_mean_square() -> None:
    middle = powers_of(tone(1000.0), RATE_HZ, 6, 2)[20]
    assert middle.sum() == pytest.approx(0.5, rel=1e-3)


def test_a_band_of_mel_has_what_its_triangle_collects_whatever_the_rate() -> None:
    for rate_hz in (22_050, 44_100):
        sums = (powers_of(tone(1000.0, rate_hz), rate_hz, 6, 2) @ mel_bank(32, rate_hz, 6))[20]
        middles = hz_of_mel(np.linspace(float(mel(LOWEST_HZ)), float(mel(10_000.0)), 34))[1:-1]
        assert abs(int(sums.argmax()) - int(np.abs(middles - 1000.0).argmin())) == 0
        assert sums.sum() == pytest.approx(0.5, rel=0.01)


@pytest.mark.parametrize("bank", [mel_bank(128, RATE_HZ, 4), octave_bank(64, RATE_HZ, 6)])
def test_between_the_outer_bands_no_power_is_lost_and_none_counts_twice(bank: np.ndarray) -> None:
    hz = np.arange(len(bank)) * (10_000 / (len(bank) - 2))
    inside = (hz > 100.0) & (hz < 9_500.0)
    np.testing.assert_allclose(bank.sum(1)[inside], 1.0, atol=1e-5)


def test_a_sound_twice_as_loud_is_six_decibels_away_in_every_band() -> None:
    audio = noise(1)
    louder = mel_mean(2.0 * audio[0], RATE_HZ) - mel_mean(audio[0], RATE_HZ)
    np.testing.assert_allclose(louder, 20.0 * np.log10(2.0), atol=1e-3)


def test_coefficients_are_those_of_the_cosine_transform() -> None:
    levels = mel_mean(noise(1)[0], RATE_HZ).astype(np.float64)
    order, band = np.arange(40)[:, None], np.arange(128)
    expected = np.sqrt(2.0 / 128) * (np.cos(np.pi * order * (2 * band + 1) / 256) @ levels)
    expected[0] /= np.sqrt(2.0)
    np.testing.assert_allclose(mfcc(noise(1)[0], RATE_HZ), expected, atol=1e-3)


def test_segments_grow_and_cover_a_sound_once() -> None:
    shares = segment_weights(75, SEGMENTS, GROWTH)
    np.testing.assert_allclose(shares.sum(1), 1.0, atol=1e-6)
    lengths = 1.0 / shares.max(1)[4:]
    np.testing.assert_allclose(lengths[1:] / lengths[:-1], GROWTH, rtol=1e-4)
    np.testing.assert_allclose(
        (shares * 75 * (GROWTH ** np.arange(8) / (GROWTH**8 - 1) * 0.7)[:, None]).sum(0), 1.0, rtol=1e-4
    )


def test_a_segment_of_silence_is_the_floor() -> None:
    late = embedding_named("segments")(np.pad(tone(300.0, seconds=0.1), (0, RATE_HZ))[None], RATE_HZ)[0]
    assert late.reshape(SEGMENTS, -1)[-1] == pytest.approx(FLOOR_DB)
    assert decibels(np.zeros(1, np.float32))[0] == pytest.approx(FLOOR_DB)


def test_a_faster_decay_is_further_away_the_faster_it_is() -> None:
    sounds = np.stack([tone(300.0, fade_s=fade) for fade in np.geomspace(0.05, 2.0, 12)])
    assert order_kept(embedding_named("segments")(sounds, RATE_HZ)) == 1.0


def modulation_of(sound: np.ndarray) -> np.ndarray:
    """Return the cumulative shares, (octaves, groups), the fastest first."""
    return modulation(np.asarray(sound, np.float32), RATE_HZ).reshape(8, 8) / RATE_WEIGHT


def test_the_mean_octave_of_a_tremolo_follows_its_rate() -> None:
    octaves = []
    for rate_hz in (17.0, 9.0, 4.5, 2.2):
        shares = np.diff(modulation_of(tremolo(rate_hz)), axis=0, prepend=0.0)[:, 1]
        octaves.append(float(shares @ np.arange(8) / shares.sum()))
    assert (np.diff(octaves) > 0.3).all()


def test_what_moves_more_has_more_modulation_and_no_share_goes_beyond_all() -> None:
    now = np.arange(2 * RATE_HZ) / RATE_HZ
    depths = [
        modulation_of(tone(440.0, seconds=2.0) * 10.0 ** (-depth_db / 40.0 * np.sin(31.4 * now)))
        for depth_db in (0.0, 1.0, 4.0, 16.0)
    ]
    all_of_it = [float(one[-1, 1]) for one in depths]
    assert 0.0 <= all_of_it[0] < all_of_it[1] < all_of_it[2] < all_of_it[3] <= 1.0


def test_rates_of_tremolo_lie_in_their_order_where_segments_alone_do_not_know_it() -> None:
    sounds = np.stack([tremolo(rate) for rate in np.geomspace(1.5, 18.0, 12)])
    assert order_kept(embedding_named("segments-modulation")(sounds, RATE_HZ)) > 0.95
    assert order_kept(embedding_named("segments")(sounds, RATE_HZ)) < 0.8


@pytest.mark.parametrize("octaves", [0.5, 1.0, 3.0])
def test_a_tone_moves_as_far_as_its_pitch(octaves: float) -> None:
    rows = [pitches(powers(tone(300.0 * 2.0**up), RATE_HZ), RATE_HZ) for up in (0.0, octaves)]
    assert np.abs(rows[1] - rows[0]).sum() == pytest.approx(SPANS * PITCH_WEIGHT * octaves, rel=0.06)


def test_pitches_lie_in_their_order_where_levels_alone_do_not_know_it() -> None:
    sounds = np.stack([tone(hz, fade_s=0.5) for hz in np.geomspace(60.0, 6000.0, 12)])
    assert order_kept(embedding_named("segments-modulation")(sounds, RATE_HZ)) == 1.0
    assert order_kept(embedding_named("segments")(sounds, RATE_HZ)) < 0.9


@pytest.mark.parametrize("name", ALL)
def test_a_row_of_the_table_makes_what_it_names(name: str) -> None:
    assert embedding_named(name).name == name
    assert DEFAULT in EMBEDDINGS


def test_a_name_that_there_is_not_lists_those_that_there_are() -> None:
    with pytest.raises(
        InputError, match=r"there is no embedding 'segment'; there are mel-mean.*onnx:FILE; did you mean"
    ):
        embedding_named("segment")


def test_an_embedding_of_ours_loads_neither_torch_nor_onnxruntime() -> None:
    code = (
        "import sys, models.embeddings.registry as r\n"
        "[r.embedding_named(name) for name in r.EMBEDDINGS]\n"
        "assert not {'torch', 'onnxruntime'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)
