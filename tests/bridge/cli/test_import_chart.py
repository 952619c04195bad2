"""``ghostnote import-chart`` as a person types it."""

from __future__ import annotations

from pathlib import Path

from tests.bridge.cli.typing_words import Type


def test_a_device_whose_name_has_brackets_is_named_as_it_is(ghostnote: Type, folder: Path) -> None:
    (folder / "box.csv").write_text("manufacturer,device,parameter_name,cc_msb\n[/red]Maker,[red]Box,tone,20\n")
    done = ghostnote("import-chart", "box.csv")
    assert (done.code, done.stderr) == (0, "[/red]Maker [red]Box: 1 controls, 0 sounds.\n")
