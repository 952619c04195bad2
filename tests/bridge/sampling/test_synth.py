from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from bridge.sampling.synth import sampled_synth
from synth.errors import InputError
from tests.bridge.sampling.synths import box

CUTOFF = 'name = "Cutoff"\ncc = 74\nlearn = [30, 110]'
NOTES = "notes = [36, 60]\nvelocities = [20, 127]"


def test_controls_note_and_velocity_are_columns_of_one_space(tmp_path: Path) -> None:
    synth = box(tmp_path, CUTOFF, sampling=NOTES)
    assert synth.space.names == ("cutoff", "synth.note", "synth.velocity")
    assert [param.steps for param in synth.space] == [81, 25, 108]


def test_a_note_is_what_the_synth_takes_of_values(tmp_path: Path) -> None:
    synth = box(tmp_path, CUTOFF, sampling=NOTES)
    low, middle, high = synth.notes(np.array([[0.0] * 3, [0.501, 0.49, 0.5], [1.0] * 3]))
    assert low == ((30.0,), 36, 20)
    assert middle == ((70.0,), 48, 74)
    assert high == ((110.0,), 60, 127)


def test_what_does_not_vary_has_the_value_of_the_profile(tmp_path: Path) -> None:
    synth = box(tmp_path, CUTOFF, sampling="notes = [50, 50]\nvelocities = [99, 99]")
    assert synth.space.names == ("cutoff",)
    assert synth.notes(np.array([[0.0]])) == [((30.0,), 50, 99)]


def test_controls_that_are_not_moved_rest_at_their_default(tmp_path: Path) -> None:
    box(tmp_path, CUTOFF, 'name = "attack"\ncc = 73\ndefault = 0', 'name = "odd"\ncc = 3')
    synth = sampled_synth(str(tmp_path / "box.toml"), ["cutoff"])
    assert [(control.name, value) for control, value in synth.fixed] == [("attack", 0.0)]


def test_a_voice_of_ours_is_a_synth_too() -> None:
    synth = sampled_synth("snare808")
    assert synth.space.names[0] == "osc1.freq"
    np.testing.assert_allclose(synth.space.from_unit(synth.default_unit), synth.space.defaults)


@pytest.mark.parametrize(
    ("names", "words"),
    [(["cutof"], "'cutof' is no control of .*did you mean 'cutoff'"), (["key"], "control 'key' has no range")],
)
def test_controls_that_cannot_be_moved_are_named(tmp_path: Path, names: list[str], words: str) -> None:
    box(tmp_path, CUTOFF, 'name = "key"\nkey = "k"')
    with pytest.raises(InputError, match=words):
        sampled_synth(str(tmp_path / "box.toml"), names)


def test_a_profile_without_sampling_says_what_is_missing() -> None:
    with pytest.raises(InputError, match=r"has no \[sampling\]"):
        sampled_synth("gm-drums")


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ('name = "w"\ncc = 1\ntakes = "choice"\nsteps = 0', "is a choice; give choices or steps"),
        ('name = "w"\ncc = 1\nchoices = ["a", "b"]\nsteps = 3', "has 2 choices and 3 steps"),
        ('name = "w"\ncc = 1\nlearn = [0, 128]', "learn of control 'w' leaves its range, 0 to 127"),
        ('name = "w"\ncc = 1\ncurve = "log"', "both ends must be above 0"),
        ('name = "w"\ncc = 1\nchoices = ["a", "b"]\nweights = [1]', "has 1 weights and takes 2 values"),
        ('name = "w"\ncc = 1\nchoices = ["a", "b"]\nweights = [0, 0]', "are all 0"),
    ],
)
def test_a_control_that_contradicts_itself_is_refused(tmp_path: Path, lines: str, words: str) -> None:
    with pytest.raises(InputError, match=words):
        box(tmp_path, lines)


def test_two_controls_may_not_become_one_name(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="same name in small letters without signs: snap_py, snap_py"):
        box(tmp_path, 'name = "snap py"\ncc = 1', 'name = "snap_py"\ncc = 2')


def test_note_and_velocity_vary_where_they_are_named_with_the_controls(tmp_path: Path) -> None:
    box(tmp_path, CUTOFF, sampling=NOTES + "\nvelocity = 90")
    path = str(tmp_path / "box.toml")
    synth = sampled_synth(path, ["cutoff", "note"])
    assert synth.space.names == ("cutoff", "synth.note")
    assert synth.notes(np.array([[0.0, 0.0]])) == [((30.0,), 36, 90)]
    assert sampled_synth(path, synth.moved).space == synth.space
    assert sampled_synth(path, ["cutoff"]).space.names == ("cutoff",)


def test_a_rest_outside_of_what_is_recorded_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="velocity is 10; it lies outside what is recorded, 20 to 127"):
        box(tmp_path, CUTOFF, sampling=NOTES + "\nvelocity = 10")
