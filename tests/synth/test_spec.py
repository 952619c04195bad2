from __future__ import annotations

import numpy as np
import pytest
import torch

from synth.errors import InputError
from synth.spec import Param, ParamSpace
from synth.voices.presets import Patch
from synth.voices.snare808.table import SNARE808

CUTOFF = Param("cutoff", 20, 20_000, "Hz", "log", 1000)
LEVEL = Param("level", -60, 6, "dB", "linear", 0)
SPACE = ParamSpace("box", (CUTOFF, LEVEL))


@pytest.mark.parametrize("space", [SPACE, SNARE808])
def test_unit_covers_the_range_both_ends_included(space: ParamSpace) -> None:
    np.testing.assert_allclose(space.from_unit(np.zeros(len(space))), [param.low for param in space])
    np.testing.assert_allclose(space.from_unit(np.ones(len(space))), [param.high for param in space])


def test_half_way_up_is_the_middle_by_ratio_or_by_difference() -> None:
    np.testing.assert_allclose(SPACE.from_unit(np.full(2, 0.5)), [np.sqrt(20 * 20_000), -27.0])


def test_values_are_fractions_though_all_defaults_are_whole() -> None:
    assert SPACE.defaults.dtype == np.float64
    patch = Patch.default(SPACE)
    patch.values[1] = -0.5
    assert patch.values[1] == -0.5


def test_to_unit_undoes_from_unit() -> None:
    unit = np.random.default_rng(0).random((5, 14))
    np.testing.assert_allclose(SNARE808.to_unit(SNARE808.from_unit(unit)), unit)


def test_tensors_and_arrays_get_the_same_values() -> None:
    unit = np.random.default_rng(0).random((5, 14))
    tensor = SNARE808.from_unit(torch.from_numpy(unit))
    np.testing.assert_allclose(tensor.numpy(), SNARE808.from_unit(unit))


def test_an_unknown_name_is_answered_with_those_that_exist() -> None:
    answer = r"^rig: 'cutof' is no parameter of box; it has cutoff, level; did you mean 'cutoff'\?$"
    with pytest.raises(InputError, match=answer):
        SPACE.index("cutof", "rig: ")


@pytest.mark.parametrize(
    ("low", "high", "curve", "default"), [(1, 1, "linear", 1), (0, 1, "log", 1), (0, 1, "linear", 2)]
)
def test_a_param_that_makes_no_sense_is_refused(low: float, high: float, curve: str, default: float) -> None:
    with pytest.raises(ValueError, match="knob"):
        Param("knob", low, high, "", curve, default)  # type: ignore[arg-type]


@pytest.mark.parametrize(("kind", "steps"), [("number", 1), ("number", -2), ("choice", 0), ("switch", 3)])
def test_a_kind_with_too_few_or_too_many_steps_is_refused(kind: str, steps: int) -> None:
    with pytest.raises(ValueError, match="knob: "):
        Param("knob", 0, 1, "", "linear", 0, kind=kind, steps=steps)  # type: ignore[arg-type]


def test_a_synth_takes_the_nearest_of_its_steps_within_its_range() -> None:
    seven_bits = Param("cutoff", 0, 127, "", "linear", 64, steps=128)
    space = ParamSpace("box", (seven_bits, LEVEL))
    taken = space.realised(np.array([[0.1, 0.1], [1.7, -0.3]]))
    np.testing.assert_allclose(space.from_unit(taken), [[13.0, -53.4], [127.0, -60.0]])


def test_names_are_unique() -> None:
    with pytest.raises(ValueError, match="unique"):
        ParamSpace("twins", (LEVEL, LEVEL))


def test_the_snare_has_its_fourteen_controls_in_order() -> None:
    shells = ["osc1.freq", "osc1.mod", "osc2.freq", "osc2.mod", "freq_env.decay", "osc1_env.decay", "osc2_env.decay"]
    snappy = ["noise_env.decay", "noise_filter.freq", "noise_filter.q"]
    assert SNARE808.names == (*shells, *snappy, "osc1_gain", "osc2_gain", "noise_gain", "drive")
