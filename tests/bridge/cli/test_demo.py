"""``ghostnote demo`` as a person types it."""

from __future__ import annotations

from pathlib import Path

import pytest

from bridge.cli.demo import heard_of
from synth.drummer.perform import Stroke
from tests.bridge.cli.typing_words import Type


@pytest.mark.parametrize("name", ["drum.wav", "mix.wav"])
def test_the_demo_writes_over_nothing_but_an_earlier_demo(name: str, ghostnote: Type, folder: Path) -> None:
    (folder / name).write_text("mine")
    done = ghostnote("demo", "--quiet", "--out", ".")
    assert (done.code, done.stdout) == (2, "")
    assert f"{name}: is there already, and not from a demo; give --out another folder" in done.stderr
    assert (folder / name).read_text() == "mine"


def test_the_demo_says_what_the_strokes_were_that_it_did_not_hear() -> None:
    played = ((1.0, "accent"), (1.2, "ghost"), (1.4, "ghost"), (2.0, "flam"))
    strokes = [Stroke(onset_s, -20.0, kind) for onset_s, kind in played]
    assert heard_of(strokes, [1.001, 2.001]).startswith("2 of 4 strokes heard. Not heard: 2 ghost notes: too soft")
    assert heard_of(strokes, [1.0, 1.2, 1.4, 2.0]) == "4 of 4 strokes heard."
