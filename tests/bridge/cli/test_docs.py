"""``ghostnote docs`` and ``ghostnote files`` as a person types them."""

from __future__ import annotations

from tests.bridge.cli.typing_words import Type
from tests.structure import ROOT


def test_the_pages_are_listed_and_each_is_printed_as_it_is(ghostnote: Type) -> None:
    listed = [line.split()[0] for line in ghostnote("docs").stdout.splitlines()]
    assert {"rig", "protocol", "latency", "notes/onsets"} <= set(listed)
    for words in ("rig", "docs/rig.md"):
        assert ghostnote("docs", words).stdout == (ROOT / "docs" / "rig.md").read_text(encoding="utf-8")


def test_a_page_that_is_not_there_names_those_that_are(ghostnote: Type) -> None:
    done = ghostnote("docs", "protcol")
    assert (done.code, done.stdout) == (2, "")
    assert "there is no page 'protcol'; there are architecture, " in done.stderr
    assert "did you mean 'protocol'?" in done.stderr


def test_every_file_that_ships_is_listed_and_printed_to_the_byte(ghostnote: Type) -> None:
    listed = [line.split() for line in ghostnote("files").stdout.splitlines()]
    there = {tuple(path.relative_to(ROOT / "config").parts) for path in (ROOT / "config").glob("*/*")}
    assert {tuple(words) for words in listed} == there
    for words in (("patches", "ghostnote-snare.pd"), ("presets", "kick"), ("rigs", "808")):
        [path] = (ROOT / "config" / words[0]).glob(f"{words[1]}*")
        assert ghostnote("files", *words).stdout.encode() == path.read_bytes()


def test_a_file_that_does_not_ship_names_those_that_do(ghostnote: Type) -> None:
    assert (
        "there is no kind of file 'patch'; there are experiments, panels, patches" in ghostnote("files", "patch").stderr
    )
    done = ghostnote("files", "patches", "ghostnote-snare")
    assert (done.code, "there is no file in patches 'ghostnote-snare'" in done.stderr) == (2, True)
