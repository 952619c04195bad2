"""The table of programs, and amsynth's file of controllers."""

from __future__ import annotations

import re

import pytest

from bridge.rig.profiles import Control
from bridge.sampling.programs import AMSYNTH_PARAMETERS, PROGRAMS, controllers_file
from bridge.sampling.synth import sampled_synth, shipped_synths
from bridge.sampling.timeline import Timeline
from synth.errors import InputError


def control(name: str, **keys: object) -> Control:
    return Control.model_validate({"name": name, "source": "test", **keys})


def test_line_n_plus_1_of_the_controllers_file_names_what_controller_n_moves() -> None:
    lines = controllers_file([control("filter_cutoff", cc=23), control("amp_decay", cc=0)]).splitlines()
    assert len(lines) == 128
    assert lines[0] == "amp_decay"
    assert lines[23] == "filter_cutoff"
    assert set(lines) == {"amp_decay", "filter_cutoff", "null"}


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ([control("filter_cutof", cc=23)], "did you mean 'filter_cutoff'"),
        ([control("filter_cutoff", nrpn=23)], "seven-bit controllers only"),
        ([control("filter_cutoff", cc=23), control("amp_decay", cc=23)], "controller 23 moves filter_cutoff already"),
    ],
)
def test_what_amsynth_cannot_be_told_is_refused_by_name(wrong: list[Control], words: str) -> None:
    with pytest.raises(InputError, match=re.escape(words)):
        controllers_file(wrong)


def test_the_profile_of_amsynth_gives_each_of_its_parameters_a_controller_and_a_value() -> None:
    profile = sampled_synth("amsynth").profile
    assert {one.name for one in profile.controls} == set(AMSYNTH_PARAMETERS)
    assert all(one.default is not None for one in profile.controls)


def test_no_controller_of_amsynth_is_one_that_means_something_to_every_synth() -> None:
    special = {0, 6, 7, 10, 11, 32, 38, *range(64, 70), *range(96, 102)}
    assert not special & {one.number for one in sampled_synth("amsynth").profile.controls}


def test_every_shipped_profile_of_the_engine_jack_fits_its_program() -> None:
    synths = [sampled_synth(name) for name in shipped_synths()]
    found = [synth for synth in synths if synth.sampling.engine == "jack"]
    assert {synth.sampling.program for synth in found} == set(PROGRAMS)
    for synth in found:
        Timeline(synth, PROGRAMS[synth.sampling.program], 48_000, 256)
        PROGRAMS[synth.sampling.program].files(synth.profile.controls)


def test_fluidsynth_loads_the_file_that_a_person_names() -> None:
    command = PROGRAMS["fluidsynth"].command(44_100, "/my/font.sf2")
    assert command[-1] == "/my/font.sf2"
    assert command[command.index("-r") + 1] == "44100"


def test_no_program_opens_a_port_to_the_network() -> None:
    # FluidSynth's -s takes commands from anyone who connects.
    assert not any(part.startswith("-s") for part in PROGRAMS["fluidsynth"].command(48_000, "font.sf2"))
