"""``ghostnote demo`` as a person types it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.bridge.cli.typing_words import Type


@pytest.mark.parametrize("name", ["drum.wav", "mix.wav"])
def test_the_demo_writes_over_nothing_but_an_earlier_demo(name: str, ghostnote: Type, folder: Path) -> None:
    (folder / name).write_text("mine")
    done = ghostnote("demo", "--quiet", "--out", ".")
    assert (done.code, done.stdout) == (2, "")
    assert f"{name}: is there already, and not from a demo; give --out another folder" in done.stderr
    assert (folder / name).read_text() == "mine"
