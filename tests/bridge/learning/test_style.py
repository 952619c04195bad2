"""A reference sets effects: what is measured, how recordings of any width are run, and what is written."""

from __future__ import annotations

import tomllib
from pathlib import Path

import numpy as np
import pytest

from bridge.audio.files import write_wav
from bridge.learning.fit_style import fitted
from bridge.learning.style import between, set_style, strip_toml, styled
from bridge.learning.style_sound import Sound, measured, read_sound, run_chain
from models.style.nets import StyleNet
from synth.effects.chain import chain_named
from synth.errors import InputError
from tests.synth.effects.sounds import bursts

CHAIN = chain_named("eq,compressor")
SOUND = Sound(Path("take.wav"), bursts(96_000), 48_000)


def with_values(**values: float) -> np.ndarray:
    chosen = CHAIN.space.defaults
    for name, value in values.items():
        chosen[CHAIN.space.index(name.replace("__", "."))] = value
    return chosen


def test_a_recording_is_no_way_from_itself() -> None:
    found = measured(SOUND.heard, SOUND.heard)
    assert (found.spectrum_db, found.level_db, found.centroid_hz, found.dynamics_db) == (0.0, 0.0, 0.0, 0.0)


def test_each_number_tells_of_its_own() -> None:
    quieter = Sound(SOUND.path, 0.5 * SOUND.audio, 48_000)
    brighter = Sound(SOUND.path, run_chain(CHAIN, with_values(eq__high_shelf__gain=12.0), SOUND.audio, 48_000), 48_000)
    squeezed = with_values(compressor__threshold=-50.0, compressor__ratio=20.0, compressor__attack=0.1)
    flatter = Sound(SOUND.path, run_chain(CHAIN, squeezed, SOUND.audio, 48_000), 48_000)
    assert measured(quieter.heard, SOUND.heard).level_db == pytest.approx(6.02, abs=0.01)
    assert measured(quieter.heard, SOUND.heard).dynamics_db < 0.1
    assert measured(brighter.heard, SOUND.heard).centroid_hz > 500.0
    assert measured(flatter.heard, SOUND.heard).dynamics_db > 3.0


def test_a_recording_of_many_channels_keeps_their_levels_linked() -> None:
    values = with_values(compressor__threshold=-40.0, compressor__ratio=10.0, eq__peak2__gain=6.0)
    stereo, wide = run_chain(CHAIN, values, SOUND.audio, 48_000), np.vstack([SOUND.audio, 0.1 * SOUND.audio[:1]])
    out = run_chain(CHAIN, values, wide, 48_000)
    np.testing.assert_allclose(out[:2], stereo, atol=1e-12)
    np.testing.assert_allclose(out[2], 0.1 * stereo[0], atol=1e-9)


def test_the_way_between_two_references_is_that_of_their_values() -> None:
    stylist = StyleNet(CHAIN, 1).stylist({})
    one, other = (Sound(Path("a.wav"), bursts(96_000, seed=seed), 48_000) for seed in (1, 2))
    at = [set_style(SOUND, [one, other], stylist, mix, fit=False).values for mix in (0.0, 0.5, 1.0)]
    np.testing.assert_allclose(at[0], set_style(SOUND, [one], stylist, fit=False).values)
    np.testing.assert_allclose(at[2], set_style(SOUND, [other], stylist, fit=False).values)
    unit = [CHAIN.space.to_unit(values) for values in at]
    np.testing.assert_allclose(unit[1], (unit[0] + unit[2]) / 2)
    np.testing.assert_array_equal(between(CHAIN, [at[0]], 0.7), at[0])


def test_the_fit_finds_what_an_equaliser_did() -> None:
    asked = with_values(eq__peak2__gain=8.0, eq__high_shelf__gain=-9.0, compressor__makeup=4.0)
    target = Sound(SOUND.path, run_chain(CHAIN, asked, SOUND.audio, 48_000), 48_000)
    values = fitted(SOUND, target.heard, CHAIN, with_values(compressor__ratio=1.0))
    found = styled(SOUND, [target.heard], CHAIN, [values])
    assert found.before.spectrum_db > 3.0
    assert found.after.spectrum_db < 1.0
    assert found.after.level_db < 0.3


@pytest.mark.parametrize("names", ["eq", "compressor", "room"])
def test_the_fit_moves_what_a_chain_has(names: str) -> None:
    chain = chain_named(names)
    target = Sound(SOUND.path, run_chain(CHAIN, with_values(compressor__makeup=9.0), SOUND.audio, 48_000), 48_000)
    values = fitted(SOUND, target.heard, chain, chain.space.defaults)
    assert np.isfinite(values).all()
    assert np.array_equal(values, chain.space.defaults) == (names == "room")


def test_what_is_written_is_toml_with_every_value() -> None:
    values = with_values(eq__peak1__gain=-3.25, compressor__ratio=2.0)
    read = tomllib.loads(strip_toml(CHAIN, [values], "a take"))
    assert [effect["kind"] for effect in read["effect"]] == ["eq", "compressor"]
    assert read["effect"][0]["values"]["peak1.gain"] == -3.25
    assert read["effect"][1]["values"]["ratio"] == 2.0
    assert len(read["effect"][0]["values"]) == 18


def test_effects_that_lead_away_do_not_improve() -> None:
    near = styled(SOUND, [SOUND.heard], CHAIN, [with_values(eq__peak1__gain=12.0)])
    assert not near.improves


@pytest.mark.parametrize(
    ("audio", "sentence"),
    [
        (np.zeros((96_000, 1)), "it is silent"),
        (bursts(24_000).T, "it lasts 0.50 s; a style is heard from 1 s on"),
        (np.hstack([bursts(96_000, 1).T, -bursts(96_000, 1).T]), "its channels cancel"),
    ],
)
def test_what_has_no_style_is_refused(audio: np.ndarray, sentence: str, tmp_path: Path) -> None:
    write_wav(tmp_path / "bad.wav", audio, 48_000)
    with pytest.raises(InputError, match=sentence):
        read_sound(tmp_path / "bad.wav")
