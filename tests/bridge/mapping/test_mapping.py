from __future__ import annotations

import numpy as np
import pytest

from bridge.events import Onset
from bridge.mapping.mapping import parameter_columns
from bridge.mapping.numbers import StrokeNumbers, early_numbers, number_ranges
from models.features.tables import ONSET_FEATURE_NAMES
from synth.errors import InputError
from synth.voices.snare808.table import SNARE808
from tests.bridge.rigs import hit_of, snare_mapping


def test_reference_stroke_without_bias_plays_the_preset() -> None:
    mapping = snare_mapping()
    mapping.controls.amount = 0.0
    np.testing.assert_allclose(mapping(hit_of()).values, mapping.bundle.preset.values, rtol=1e-12)


def test_values_are_preset_plus_amount_times_depth_times_modulation() -> None:
    mapping = snare_mapping()
    mapping.controls.amount = 0.5
    strike = mapping(hit_of(level_db=-10))
    patch = mapping.bundle.preset
    expected = np.clip(patch.unit + 0.5 * patch.depths * strike.modulation, 0, 1)
    np.testing.assert_allclose(SNARE808.to_unit(strike.values), expected, atol=1e-12)


def test_values_stay_in_the_table_at_the_largest_amount() -> None:
    mapping = snare_mapping()
    mapping.controls.amount = 4.0
    unit = SNARE808.to_unit(mapping(hit_of(level_db=0, centroid=140, flatness_db=0)).values)
    assert unit.min() >= -1e-12
    assert unit.max() <= 1 + 1e-12


def test_a_locked_parameter_stays_at_its_preset() -> None:
    mapping = snare_mapping()
    mapping.controls.locked[SNARE808.index("drive")] = True
    strike = mapping(hit_of(level_db=-3))
    assert strike.values[SNARE808.index("drive")] == pytest.approx(-12.0)
    assert strike.values[SNARE808.index("noise_gain")] != pytest.approx(-4.0)


@pytest.mark.parametrize("column", range(len(ONSET_FEATURE_NAMES)))
def test_scaling_a_feature_to_nothing_makes_it_deaf_to_it(column: int) -> None:
    mapping = snare_mapping()
    mapping.controls.feature_scale[column] = 0.0
    soft, loud = np.array([-20.0, 100.0, -15.0]), np.array([-20.0, 100.0, -15.0])
    loud[column] += 10
    assert np.array_equal(mapping(hit_of(*soft)).values, mapping(hit_of(*loud)).values)


def test_inverting_a_feature_mirrors_it_around_the_reference_stroke() -> None:
    plain, mirrored = snare_mapping(), snare_mapping()
    mirrored.controls.feature_invert[0] = True
    np.testing.assert_allclose(plain(hit_of(-12)).values, mirrored(hit_of(-28)).values)


def test_velocity_is_linear_in_level_and_ends_at_both_ends() -> None:
    mapping = snare_mapping()
    mapping.controls.softest_db, mapping.controls.loudest_db = -50, -10
    assert [mapping.velocity(db) for db in (-90, -50, -30, -10, 0)] == [0, 0, 0.5, 1, 1]


def test_a_strike_carries_every_number_that_a_map_may_use() -> None:
    numbers = StrokeNumbers(SNARE808).of(snare_mapping()(hit_of()))
    assert list(numbers) == list(number_ranges(SNARE808))
    assert (numbers["level"], numbers["centroid"], numbers["onset_samples"]) == (-20.0, 100.0, 1000.0)
    assert numbers["unit.drive"] == pytest.approx((numbers["drive"] + 24) / 48)


def test_what_is_known_early_is_what_the_announced_stroke_tells() -> None:
    strike = snare_mapping().announced(Onset(3, 0, 1000, 1010, -12.0))
    numbers = StrokeNumbers(SNARE808).early(strike)
    assert tuple(numbers) == early_numbers(number_ranges(SNARE808)) == ("velocity", "level", "stroke", "onset_samples")
    assert numbers == {"velocity": pytest.approx(38 / 42), "level": -12.0, "stroke": 3.0, "onset_samples": 1000.0}


def test_an_unknown_parameter_is_refused_by_name() -> None:
    with pytest.raises(InputError, match=r"amounts: 'osc9\.freq' is no parameter of .* it has osc1\.freq"):
        parameter_columns(SNARE808, {"osc9.freq": 1.0}, "amounts")
