"""Vital in memory repeats its notes, in any order and in any synth."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from bridge.sampling.engine import ENGINES, Way
from bridge.sampling.synth import SampledSynth, sampled_synth
from bridge.sampling.vital import VitalEngine
from synth.errors import InputError
from tests.bridge.sampling.synths import box


@pytest.fixture
def drum() -> SampledSynth:
    pytest.importorskip("vita")
    return sampled_synth("vital")


def test_takes_are_the_same_to_the_bit_in_any_order(drum: SampledSynth) -> None:
    rng = np.random.default_rng(3)
    notes, order = drum.notes(rng.random((16, len(drum.space)))), rng.permutation(16)
    first = VitalEngine(drum, Way()).record(notes)
    second = VitalEngine(drum, Way()).record([notes[place] for place in order])
    assert first.shape == (16, 28_800)
    assert np.array_equal(first[order], second)


def test_an_effect_that_rings_on_is_begun_anew_with_each_note(tmp_path: Path) -> None:
    pytest.importorskip("vita")
    reverb = 'name = "reverb"\nkey = "reverb_on"\ndefault = 1.0'
    wet = 'name = "wet"\nkey = "reverb_dry_wet"\nlow = 0.0\nhigh = 1.0'
    synth = box(tmp_path, reverb, wet)
    notes = synth.notes(np.array([[1.0], [0.2], [1.0]]))
    takes = VitalEngine(synth, Way()).record(notes)
    assert np.array_equal(takes[0], takes[2])
    assert not np.array_equal(takes[0], takes[1])


def test_every_control_of_the_profile_is_heard(drum: SampledSynth) -> None:
    middle = drum.default_unit
    settings = np.repeat(middle[None], 2 * len(middle), axis=0)
    for column in range(len(middle)):
        settings[2 * column : 2 * column + 2, column] = (0.0, 1.0)
    takes = ENGINES["vita"].start(drum, Way(sample_rate=44_100)).record(drum.notes(settings))
    change = np.abs(takes[0::2] - takes[1::2]).max(axis=1)
    assert dict(zip(drum.space.names, change > 0.02, strict=True)) == dict.fromkeys(drum.space.names, True)


def test_values_beyond_a_range_are_held(tmp_path: Path) -> None:
    pytest.importorskip("vita")
    synth = box(tmp_path, 'name = "level"\nkey = "osc_1_level"\nlow = 0.0\nhigh = 9.0')
    takes = VitalEngine(synth, Way()).record(synth.notes(np.array([[1.0 / 9.0], [1.0]])))
    assert np.array_equal(takes[0], takes[1])


@pytest.mark.parametrize(
    ("key", "words"),
    [
        ("osc_1_levle", r"'osc_1_levle' is no control of Vital; did you mean 'osc_1_level'"),
        ("env_2 > osc_1_transposed", r"Vital has no modulation by or of 'osc_1_transposed'; did you mean"),
        ("envelope > osc_1_transpose", r"Vital has no modulation by or of 'envelope'"),
    ],
)
def test_what_vital_does_not_have_is_named(tmp_path: Path, key: str, words: str) -> None:
    pytest.importorskip("vita")
    synth = box(tmp_path, f'name = "one"\nkey = "{key}"\nlow = 0.0\nhigh = 1.0')
    with pytest.raises(InputError, match=f"control one: {words}"):
        VitalEngine(synth, Way())


def test_without_its_package_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "vita", None)
    with pytest.raises(InputError, match=r"needs vita, which is not installed; install it with: .*pip install"):
        VitalEngine(sampled_synth("vital"), Way())
