"""The DX7's profiles are written from its table, and say what the published rules say."""

from __future__ import annotations

import pytest

from bridge.rig.profiles import PROFILES
from bridge.sampling.dx7_controls import Dx7Controls
from bridge.sampling.dx7_profile import SELECTIONS, profile_text
from bridge.sampling.dx7_sysex import one_voice
from bridge.sampling.synth import sampled_synth
from synth.errors import InputError
from tests.bridge.sampling.test_dx7_sysex import some_voices


@pytest.mark.parametrize("name", SELECTIONS)
def test_the_profile_that_ships_is_what_the_table_says(name: str) -> None:
    assert PROFILES.find(name).read_text(encoding="utf-8") == profile_text(name)


def test_there_is_no_third_profile() -> None:
    with pytest.raises(InputError, match="no profile of a DX7 'dx8'"):
        profile_text("dx8")


def test_the_published_100_parameters_are_92_numbers_and_8_choices_of_50_values() -> None:
    controls = sampled_synth("dx7").controls
    choices = [control for control in controls if control.takes == "choice"]
    assert (len(controls), len(choices)) == (100, 8)
    assert sum(control.resolution for control in choices) == 50


def test_the_published_rules_of_sampling_are_kept() -> None:
    controls = {control.name: control for control in sampled_synth("dx7").controls}
    assert controls["op3.rate4"].learn == (45.0, 99.0)
    assert controls["op3.mode"].weights == (3.0, 1.0)
    assert controls["lfo.wave"].weights[-1] == 0.0
    coarse, bend = controls["op3.coarse"].weights, controls["lfo.pitch_sensitivity"].weights
    assert (coarse[:4], coarse[-1]) == ((2.0, 4.0, 1.0, 0.5), 0.05)
    assert bend[0] / sum(bend) == pytest.approx(0.75)


def test_the_drum_has_twelve_controls_and_a_note_and_a_velocity() -> None:
    synth = sampled_synth("dx7-drum")
    assert (len(synth.controls), len(synth.space)) == (12, 14)
    assert (synth.sampling.notes, synth.sampling.velocities) == ((36, 60), (16, 127))


def test_a_voice_of_a_bank_becomes_values_and_the_same_voice_again() -> None:
    controls = Dx7Controls(sampled_synth("dx7-drum"))
    values = controls.values(some_voices(1)[0])
    assert controls.values(controls.voice(values)) == values


def test_a_note_becomes_a_voice_that_a_dx7_loads() -> None:
    synth = sampled_synth("dx7-drum")
    note = synth.notes(synth.default_unit[None])[0]
    voice = Dx7Controls(synth).voice(note.values)
    assert voice[134] == 4
    assert voice == one_voice(voice)[6:-2]
