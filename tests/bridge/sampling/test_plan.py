from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from bridge.sampling.plan import ANCHOR_EVERY, REPEATS, joint_settings, sweep_values, whole_plan
from synth.errors import InputError
from tests.bridge.sampling.synths import asked, box

CUTOFF = 'name = "cutoff"\ncc = 74'
WAVE = 'name = "wave"\ncc = 20\ntakes = "choice"\nchoices = ["sine", "saw", "noise"]\nlow = 0\nhigh = 2\ndefault = 0'


def test_repeats_come_first_and_anchors_stand_between_settings() -> None:
    plan = whole_plan(asked().synth, 120, 0)
    assert set(plan.purposes[:REPEATS]) == {"repeat"}
    joint = plan.rows_of("joint")
    assert len(joint) == 120
    anchors = plan.rows_of("anchor")
    between = [np.count_nonzero((joint > first) & (joint < last)) for first, last in pairwise(anchors)]
    assert between == [ANCHOR_EVERY, ANCHOR_EVERY, 20]


def test_a_sweep_moves_one_control_from_end_to_end_and_takes_each_step_twice() -> None:
    synth = asked().synth
    plan = whole_plan(synth, 16, 0)
    for column in range(len(synth.space)):
        rows = np.flatnonzero((plan.purposes == "sweep") & (plan.controls == column))
        others = np.delete(plan.unit[rows], column, axis=1)
        assert (others == np.delete(synth.default_unit, column)).all()
        assert plan.unit[rows[0], column] == 0.0
        assert plan.unit[rows[-1], column] == 1.0
        assert (np.bincount(plan.steps[rows]) == 2).all()


def test_settings_cover_every_part_of_every_control_evenly() -> None:
    unit = joint_settings(asked().synth, 1024, 3)
    for column in unit.T:
        counts, _ = np.histogram(column, bins=16, range=(0.0, 1.0))
        assert (np.abs(counts - 64) <= 2).all()


def test_more_settings_go_on_where_the_first_ones_ended() -> None:
    synth = asked().synth
    whole = joint_settings(synth, 300, 1)
    parts = joint_settings(synth, 100, 1), joint_settings(synth, 200, 1, skipped=100)
    np.testing.assert_array_equal(whole, np.concatenate(parts))


def test_a_sweep_stands_on_steps_that_the_control_has() -> None:
    for steps in (2, 3, 12, 17, 25, 128, 16384):
        places = sweep_values(steps) * (steps - 1)
        np.testing.assert_allclose(places, np.rint(places), atol=1e-9)
        assert len(np.unique(places)) == len(places)


def test_each_value_of_a_choice_has_its_share(tmp_path: Path) -> None:
    synth = box(tmp_path, CUTOFF, WAVE + "\nweights = [3, 1, 0]")
    waves = np.rint(joint_settings(synth, 4000, 0)[:, 1] * 2).astype(int)
    shares = np.bincount(waves, minlength=3) / len(waves)
    np.testing.assert_allclose(shares, [0.75, 0.25, 0.0], atol=0.01)


def test_forbidden_settings_are_left_out(tmp_path: Path) -> None:
    forbid = "[[sampling.forbid]]\nwhen = { cutoff = [0, 63], wave = [1, 1] }"
    synth = box(tmp_path, CUTOFF, WAVE, sampling=forbid)
    values = synth.space.from_unit(joint_settings(synth, 1000, 0))
    assert not ((values[:, 0] <= 63) & (values[:, 1] == 1)).any()
    assert ((values[:, 0] > 63) & (values[:, 1] == 1)).sum() > 100


def test_a_forbidden_part_of_a_control_that_rests_elsewhere_forbids_nothing(tmp_path: Path) -> None:
    forbid = "[[sampling.forbid]]\nwhen = { cutoff = [0, 127], depth = [1, 5] }"
    synth = box(tmp_path, CUTOFF, 'name = "depth"\nkey = "depth"\ndefault = 0', sampling=forbid)
    assert len(joint_settings(synth, 50, 0)) == 50


@pytest.mark.parametrize(
    ("when", "words"),
    [
        ("{ cut = [0, 1] }", "names 'cut', which is no control"),
        ("{ cutoff = [0, 127] }", "leaves hardly any setting"),
        ("{ depth = [0, 1] }", "forbids every setting, as depth do not move"),
    ],
)
def test_forbidding_what_leaves_nothing_is_refused(tmp_path: Path, when: str, words: str) -> None:
    rests = 'name = "depth"\nkey = "depth"\ndefault = 0'
    synth = box(tmp_path, CUTOFF, rests, sampling=f"[[sampling.forbid]]\nwhen = {when}")
    with pytest.raises(InputError, match=words):
        joint_settings(synth, 50, 0)
