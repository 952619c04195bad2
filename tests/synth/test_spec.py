from __future__ import annotations

import numpy as np
import pytest
import torch

from synth.errors import InputError
from synth.spec import Param, ParamSpace
from synth.voices.snare808.table import SNARE808

CUTOFF = Param("cutoff", 20, 20_000, "Hz", "log", 1000)
LEVEL = Param("level", -60, 6, "dB", "linear", 0)
SPACE = ParamSpace("box", (CUTOFF, LEVEL))


@pytest.mark.parametrize("param", [CUTOFF, LEVEL, *SNARE808])
def test_unit_covers_the_range_both_ends_included(param: Param) -> None:
    assert (param.from_unit(0), param.from_unit(1)) == pytest.approx((param.low, param.high))
    assert param.to_unit(param.from_unit(0.3)) == pytest.approx(0.3)


def test_space_agrees_with_its_params() -> None:
    unit = np.random.default_rng(0).random((5, 14))
    each = [[param.from_unit(u) for param, u in zip(SNARE808, row, strict=True)] for row in unit]
    np.testing.assert_allclose(SNARE808.from_unit(unit), each)
    np.testing.assert_allclose(SNARE808.to_unit(np.array(each)), unit)


def test_tensors_and_arrays_get_the_same_values() -> None:
    unit = np.random.default_rng(0).random((5, 14))
    tensor = SNARE808.from_unit(torch.from_numpy(unit))
    np.testing.assert_allclose(tensor.numpy(), SNARE808.from_unit(unit))


def test_array_fills_in_defaults() -> None:
    np.testing.assert_array_equal(SPACE.array({"level": -6}), [1000, -6])


@pytest.mark.parametrize("values", [{"cutof": 100.0}, {"cutoff": 10.0}, {"level": float("nan")}])
def test_array_refuses_unknown_names_and_wrong_values(values: dict[str, float]) -> None:
    with pytest.raises(InputError, match="box"):
        SPACE.array(values)


@pytest.mark.parametrize(
    ("low", "high", "curve", "default"), [(1, 1, "linear", 1), (0, 1, "log", 1), (0, 1, "linear", 2)]
)
def test_a_param_that_makes_no_sense_is_refused(low: float, high: float, curve: str, default: float) -> None:
    with pytest.raises(ValueError, match="knob"):
        Param("knob", low, high, "", curve, default)  # type: ignore[arg-type]


def test_names_are_unique() -> None:
    with pytest.raises(ValueError, match="unique"):
        ParamSpace("twins", (LEVEL, LEVEL))


def test_the_snare_has_its_fourteen_controls_in_order() -> None:
    shells = ["osc1.freq", "osc1.mod", "osc2.freq", "osc2.mod", "freq_env.decay", "osc1_env.decay", "osc2_env.decay"]
    snappy = ["noise_env.decay", "noise_filter.freq", "noise_filter.q"]
    assert SNARE808.names == (*shells, *snappy, "osc1_gain", "osc2_gain", "noise_gain", "drive")
