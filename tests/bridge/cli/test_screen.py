"""What all commands share."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from bridge.cli.screen import Screen, console, out_folders, progress, show_notes
from synth.errors import InputError


@pytest.fixture
def takes(tmp_path: Path) -> list[Path]:
    paths = [tmp_path / name for name in ("a.wav", "b.wav")]
    for path in paths:
        path.touch()
    return paths


def test_one_recording_fills_the_folder_and_several_get_one_each_inside(takes: list[Path], tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert out_folders(takes[:1], out) == {takes[0]: out}
    assert out_folders(takes, out) == {takes[0]: out / "a", takes[1]: out / "b"}


def test_recordings_with_one_stem_or_a_file_in_the_way_are_refused(takes: list[Path], tmp_path: Path) -> None:
    with pytest.raises(InputError, match="two recordings have one stem; rename one"):
        out_folders([takes[0], takes[0].with_suffix(".flac")], tmp_path / "out")
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "b").touch()
    for out in (takes[0], tmp_path / "out"):
        with pytest.raises(InputError, match="is a file; --out names a folder"):
            out_folders(takes, out)


def test_words_leave_stdout_to_programs_and_names_stay_as_they_are(capfd: pytest.CaptureFixture[str]) -> None:
    show_notes([f"[bold]{'x' * 200}"], console(as_json=True))
    assert capfd.readouterr() == ("", f"Note: [bold]{'x' * 200}.\n")


@pytest.mark.parametrize("width", [20, 40, 80, 100])
def test_a_terminal_breaks_lines_between_words_and_leaves_a_path_whole(width: int) -> None:
    out, path = io.StringIO(), f"/{'x' * 60}/take.wav"
    sentence = (
        f"The microphone heard nothing for ten seconds, as its channel is muted; see {path} for what was recorded."
    )
    Screen(file=out, width=width, force_terminal=True, highlight=False, markup=False).print(sentence)
    lines = out.getvalue().splitlines()
    assert " ".join(line.strip() for line in lines) == sentence
    assert all(len(line) <= width or path in line for line in lines)


def test_signs_that_a_terminal_obeys_are_spelt_out(capfd: pytest.CaptureFixture[str]) -> None:
    console().print("take \x1b[2J\r.wav")
    assert capfd.readouterr().out == "take \\x1b[2J\\r.wav\n"


def test_no_bar_is_drawn_where_no_terminal_is(capfd: pytest.CaptureFixture[str]) -> None:
    with progress("[red]take.wav", 2.0) as show:
        show(1.0)
        show(2.0, "loud")
    assert capfd.readouterr() == ("", "")
