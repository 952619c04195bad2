"""A tuning says which pitch a note has: equal, by a list of cents, or by a Scala file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bridge.rig.tunings import A4, Tuning
from bridge.rig.validation import checked
from synth.errors import InputError

JUST = """! just.scl
!
Seven notes
 7
!
 9/8
 5/4   a third
 498.045
 3/2
 5/3
 15/8
 2
"""


def tuning(folder: Path = Path(), **keys: Any) -> Tuning:
    return checked(Tuning, keys, "play.tuning", str(folder / "rig.toml"))


def test_equal_notes_are_those_of_midi() -> None:
    pitches_hz = tuning().pitches_hz
    np.testing.assert_allclose(pitches_hz[[57, 60, 69, 81]], [220.0, 261.6255653, 440.0, 880.0])
    assert tuning(a4_hz=442.0).pitches_hz[A4] == pytest.approx(442.0)


def test_a_list_of_cents_begins_again_at_its_last() -> None:
    pitches_hz = tuning(scale=[240.0, 480.0, 720.0, 960.0, 1200.0], root=60).pitches_hz
    np.testing.assert_allclose(pitches_hz[61:] / pitches_hz[60:-1], 2 ** (240 / 1200))
    assert pitches_hz[A4] == pytest.approx(440.0)


def test_a_scala_file_gives_cents_and_ratios_from_its_root_on(tmp_path: Path) -> None:
    (tmp_path / "just.scl").write_text(JUST)
    pitches_hz = tuning(tmp_path, scale="just.scl", root=62).pitches_hz
    np.testing.assert_allclose(
        pitches_hz[62:70] / pitches_hz[62], [1, 9 / 8, 5 / 4, 4 / 3, 3 / 2, 5 / 3, 15 / 8, 2], rtol=1e-6
    )
    np.testing.assert_allclose(pitches_hz[55:62] * 2, pitches_hz[62:69])
    assert pitches_hz[A4] == pytest.approx(440.0)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "no Scala file"),
        ("five\n 5\n 3/2\n", "says that it has 5 steps; there are 1"),
        ("one\n 1\n 3/0\n", "'3/0' is no step"),
        ("one\n 1\n 1.2.3\n", "'1.2.3' is no step"),
        ("one\n 1\n 0.0\n", "the last step is 0 cents"),
    ],
)
def test_a_file_that_is_no_scale_is_named_with_its_fault(tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / "bad.scl").write_text(text)
    with pytest.raises(InputError, match=words) as told:
        tuning(tmp_path, scale="bad.scl")
    assert "bad.scl" in str(told.value)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"absent\.scl: there is no such tuning"):
        tuning(tmp_path, scale="absent.scl")


def test_steps_that_cannot_be_repeated_are_refused() -> None:
    with pytest.raises(InputError, match="the last step is -100 cents"):
        tuning(scale=[100.0, -100.0])
