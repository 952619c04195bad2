"""The synths of the ranking test turn what they say, and its program prints every embedding."""

from __future__ import annotations

import numpy as np
import pytest

from bench import embeddings
from bench.ranked_amsynth import amsynth
from bench.ranked_dexed import dexed
from bench.ranked_voices import attributes_of_voice, own_voice
from bench.subtractive import ATTRIBUTES, RATE_HZ, SPACE, rendered, subtractive
from models.embeddings.registry import EMBEDDINGS
from synth.voices.registry import voice_kind


def test_embeddings_prints_a_row_for_each(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(embeddings, "VOICES", ("fm",))
    embeddings.main(["--synths", "voices", "--presets", "1"])
    lines = [line.strip("| ").split(" | ") for line in capsys.readouterr().out.splitlines() if line.startswith("| ")]
    means = {cells[0]: cells[1] for cells in lines if len(cells) > 1 and "±" in cells[1]}
    assert set(means) == set(EMBEDDINGS)
    assert all(0.5 < float(cell.split("±")[0]) <= 1.0 for cell in means.values())


def frequency_hz(sound: np.ndarray) -> float:
    """Return where the spectrum is loudest."""
    return float(np.abs(np.fft.rfft(sound)).argmax() * RATE_HZ / len(sound))


def test_the_subtractive_synth_plays_the_note_it_is_told() -> None:
    values = SPACE.defaults
    values[SPACE.index("cutoff")] = 300.0
    for semitones, hz in ((0.0, 261.63), (-12.0, 130.81)):
        values[SPACE.index("coarse_pitch")] = semitones
        assert frequency_hz(rendered(values)) == pytest.approx(hz, abs=0.5)


def test_the_subtractive_synth_fades_by_sixty_decibels_in_its_decay() -> None:
    values = SPACE.defaults
    for name, value in {"amp_attack": 1.0, "amp_decay": 500.0, "amp_sustain": 0.0, "filter_amount": 0.0}.items():
        values[SPACE.index(name)] = value
    sound = rendered(values)
    first, last = (np.abs(sound[round(at * RATE_HZ) :][:500]).max() for at in (0.05, 0.30))
    assert 20 * np.log10(first / last) == pytest.approx(30.0, abs=1.0)


def test_an_attribute_changes_with_each_step_and_a_preset_is_the_same_again() -> None:
    synth = subtractive(5)
    assert synth.attributes == tuple(ATTRIBUTES)
    sounds = synth.render("lfo_rate_filter", 1)
    assert (np.abs(np.diff(sounds, axis=0)).max(1) > 1e-3).all()
    assert np.array_equal(sounds[3:4], synth.render("lfo_rate_filter", 1)[3:4])
    assert not np.array_equal(sounds[0], synth.render("lfo_rate_filter", 2)[0])


def test_our_voices_are_turned_by_their_roles() -> None:
    space = voice_kind("modal").space
    names = attributes_of_voice(space)
    assert {param.name for param in space if param.role} < set(names)
    levels = np.square(own_voice("modal", 0).render("gain", 0)).mean(1)
    assert (np.diff(levels) > 0).all()


def test_the_dx7_has_as_many_feedbacks_as_it_has_and_louder_modulators_are_brighter() -> None:
    pytest.importorskip("dexed")
    synth = dexed(0)
    assert synth is not None
    assert synth.render("feedback", 0).shape[0] == 8
    spectra = np.mean(
        [np.abs(np.fft.rfft(synth.render("modulator_level", preset))) ** 2 for preset in range(5)], axis=0
    )
    above = spectra[:, spectra.shape[1] // 5 :].sum(1) / spectra.sum(1)
    assert above[-1] > 3.0 * above[0]


def test_amsynth_plays_its_notes_in_a_child() -> None:
    synth = amsynth(0)
    if synth is None:
        pytest.skip("amsynth or dawdreamer is not installed")
    sounds = synth.render("coarse_pitch", 0)
    assert sounds.shape == (20, 4 * 22_050)
    assert (np.abs(sounds).max(1) > 0.01).all()
