"""The DX7 in memory: exact, without a memory, and the DX7 that its table says."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from bridge.sampling.dexed import DexedEngine
from bridge.sampling.engine import ENGINES, Way
from bridge.sampling.synth import Note, SampledSynth, sampled_synth
from synth.errors import InputError


@pytest.fixture
def drum() -> SampledSynth:
    pytest.importorskip("dexed")
    return sampled_synth("dx7-drum")


def some_notes(synth: SampledSynth, count: int) -> list[Note]:
    return synth.notes(np.random.default_rng(7).random((count, len(synth.space))))


@pytest.mark.parametrize("name", ["dx7", "dx7-drum"])
def test_takes_are_the_same_to_the_bit_in_any_order(name: str) -> None:
    pytest.importorskip("dexed")
    synth = sampled_synth(name)
    notes, order = some_notes(synth, 150), np.random.default_rng(1).permutation(150)
    first = DexedEngine(synth, Way()).record(notes)
    second = DexedEngine(synth, Way()).record([notes[place] for place in order])
    assert np.array_equal(first[order], second)


def test_every_take_is_as_long_as_the_profile_says(drum: SampledSynth) -> None:
    takes = ENGINES["dexed"].start(drum, Way(sample_rate=44_100)).record(some_notes(drum, 3))
    assert takes.shape == (3, 26_460)
    assert takes.dtype == np.float32


def test_init_voice_has_the_pitch_of_its_note() -> None:
    pytest.importorskip("dexed")
    engine = DexedEngine(sampled_synth("dx7", ["feedback"]), Way())
    take = engine.record([Note((0.0,), 69, 100)])[0, : engine.sample_rate // 2].astype(np.float64)
    rising = np.flatnonzero((take[:-1] < 0.0) & (take[1:] >= 0.0))
    places = rising - take[rising] / (take[rising + 1] - take[rising])
    heard_hz = engine.sample_rate * (len(places) - 1) / (places[-1] - places[0])
    assert abs(1200.0 * np.log2(heard_hz / 440.0)) < 3.0


def test_a_drum_is_louder_and_brighter_the_harder_it_is_hit(drum: SampledSynth) -> None:
    values = drum.notes(drum.default_unit[None])[0].values
    takes = DexedEngine(drum, Way()).record([Note(values, 48, velocity) for velocity in (20, 60, 100, 127)])
    # Power, not magnitude: the engine's rounding noise fills the upper bins of a soft stroke.
    spectra = np.square(np.abs(np.fft.rfft(takes, axis=1)))
    centroids = spectra @ np.arange(spectra.shape[1]) / spectra.sum(axis=1)
    assert (np.diff(np.sqrt(np.mean(np.square(takes), axis=1))) > 0.0).all()
    assert centroids[-1] > 1.3 * centroids[0]


def test_a_drum_is_over_when_its_take_is(drum: SampledSynth) -> None:
    takes = DexedEngine(drum, Way()).record(some_notes(drum, 100))
    assert (np.abs(takes[:, -480:]).max(axis=1) < 0.1 * np.abs(takes).max(axis=1)).mean() > 0.9
    assert (np.sqrt(np.mean(np.square(takes), axis=1)) > 0.001).all()


def test_a_rate_at_which_it_is_silent_is_refused(drum: SampledSynth) -> None:
    with pytest.raises(InputError, match="does not run at 8000 Hz; allowed is 16000 to 192000 Hz"):
        DexedEngine(drum, Way(sample_rate=8000))


def test_without_its_package_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "dexed", None)
    with pytest.raises(InputError, match=r"needs dexed-py, which is not installed; install it with: .*pip install"):
        DexedEngine(sampled_synth("dx7-drum"), Way())
