"""The DX7's table: 155 parameters in the order of its voice data."""

from __future__ import annotations

from collections import defaultdict

import pytest

from bridge.sampling.dx7 import (
    BY_NAME,
    INIT_VOICE,
    PARAMETERS,
    name_of,
    parameter_named,
    values_of,
    voice_with,
)
from synth.errors import InputError


def test_numbers_are_those_of_the_manual() -> None:
    manual = {"op6.rate1": 0, "op6.output": 16, "op5.rate1": 21, "op1.rate1": 105, "op1.output": 121, "op1.detune": 125}
    manual |= {"pitch.rate1": 126, "pitch.level4": 133, "algorithm": 134, "feedback": 135, "key_sync": 136}
    manual |= {"lfo.speed": 137, "lfo.sync": 141, "lfo.wave": 142, "lfo.pitch_sensitivity": 143, "transpose": 144}
    assert {name: BY_NAME[name].number for name in manual} == manual
    assert len(PARAMETERS) == len(BY_NAME) == 155


def test_no_two_parameters_share_a_bit_of_a_packed_voice() -> None:
    taken: dict[int, int] = defaultdict(int)
    for one in PARAMETERS:
        bits = (1 << one.high.bit_length()) - 1 << one.packed.shift
        assert not taken[one.packed.byte] & bits, one.name
        taken[one.packed.byte] |= bits
    assert sorted(taken) == list(range(128))
    assert max(taken.values()) < 128


def test_a_choice_has_a_name_for_each_value() -> None:
    named = [one for one in PARAMETERS if one.choices]
    assert len(named) == 6 * 3 + 4
    assert all(len(one.choices) == one.high + 1 for one in named)


def test_init_voice_is_operator_1_alone() -> None:
    values = values_of(INIT_VOICE)
    assert [values[f"op{n}.output"] for n in range(1, 7)] == [99, 0, 0, 0, 0, 0]
    assert (values["algorithm"], values["transpose"], name_of(INIT_VOICE)) == (0, 24, "INIT VOICE")


def test_values_are_rounded_and_held_in_their_ranges() -> None:
    values = values_of(voice_with({"op1.coarse": 40.0, "feedback": -3.0, "lfo.speed": 12.6}))
    assert (values["op1.coarse"], values["feedback"], values["lfo.speed"]) == (31, 0, 13)


def test_a_name_is_ten_characters() -> None:
    assert name_of(voice_with({}, name="a drum with a long name")) == "a drum wit"
    assert name_of(voice_with({}, name="Bär")) == "B?r"


def test_a_misspelt_parameter_is_answered_with_what_was_meant() -> None:
    with pytest.raises(InputError, match=r"control x: 'op1\.outptu' is no parameter of a DX7.*'op1\.output'"):
        parameter_named("op1.outptu", "control x: ")
