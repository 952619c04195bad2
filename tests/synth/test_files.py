from __future__ import annotations

import os
import shutil
import stat
from pathlib import Path

import pytest

from synth import outputs
from synth.errors import InputError
from synth.files import Shelf, read_toml
from synth.outputs import require_writable, whole_file, whole_folder, write_new, write_whole


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    (tmp_path / "shelf").mkdir()
    for name in ("demo", "808"):
        (tmp_path / "shelf" / f"{name}.toml").touch()
    return Shelf(tmp_path / "shelf", ".toml", "rig")


def test_what_ships_is_found_by_its_name_and_listed_in_order(shelf: Shelf) -> None:
    assert shelf.names() == ("808", "demo")
    assert shelf.find("808") == shelf.folder / "808.toml"


def test_numbers_in_names_count_as_numbers(shelf: Shelf) -> None:
    for name in ("tom-10", "tom-5", "tom"):
        (shelf.folder / f"{name}.toml").touch()
    assert shelf.names() == ("808", "demo", "tom", "tom-5", "tom-10")


def test_what_does_not_fit_is_not_listed(shelf: Shelf) -> None:
    with pytest.raises(InputError, match=r"there is no rig 'x'; give a \.toml file or one of demo$"):
        shelf.find("x", fitting=lambda: ["demo"])


def test_a_path_goes_before_a_name(shelf: Shelf, tmp_path: Path) -> None:
    (tmp_path / "808").touch()
    assert shelf.find("808", beside=tmp_path) == tmp_path / "808"
    assert shelf.find("808.toml", beside=shelf.folder) == shelf.folder / "808.toml"


@pytest.mark.parametrize("name", ["dmo", "x" * 5000, "~nobody-at-home/x", "x\0", "two\nlines", ""])
def test_what_is_not_there_is_one_short_sentence_with_what_ships(name: str, shelf: Shelf) -> None:
    with pytest.raises(InputError, match=r"^--rig: there is no rig '.*'; give a \.toml file or one of 808, demo") as no:
        shelf.find(name, "--rig")
    assert len(str(no.value)) < 200


def test_a_misspelt_name_is_told_which_one_is_near(shelf: Shelf) -> None:
    with pytest.raises(InputError, match=r"one of 808, demo; did you mean 'demo'\?$"):
        shelf.find("dmo")


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (b"[input\n", "is not valid TOML: "),
        (b"a = " + b"[" * 5000, "is not valid TOML: it is nested too deeply"),
        (b"a = " + b"1" * 5000, "is not valid TOML: it has a number of thousands of digits"),
        (b"# \xe4", r"is no text in UTF-8, as TOML must be \(byte 3\)"),
    ],
    ids=["key", "depth", "digits", "latin"],
)
def test_a_file_that_is_no_toml_is_one_sentence(content: bytes, fault: str, tmp_path: Path) -> None:
    (tmp_path / "x.toml").write_bytes(content)
    with pytest.raises(InputError, match=r"x\.toml: " + fault):
        read_toml(tmp_path / "x.toml")


def test_a_folder_is_no_toml_and_a_byte_order_mark_is_no_part_of_it(tmp_path: Path) -> None:
    (tmp_path / "x.toml").write_text("a = 1", encoding="utf-8-sig")
    assert read_toml(tmp_path / "x.toml") == {"a": 1}
    with pytest.raises(InputError, match="is a folder, not a file"):
        read_toml(tmp_path)


def test_a_file_that_was_not_finished_leaves_what_was_there_and_no_folder(tmp_path: Path) -> None:
    def break_off(path: Path) -> None:
        with whole_file(path) as unfinished:
            unfinished.write_text("new")
            raise KeyboardInterrupt

    (tmp_path / "x").write_text("old")
    for path in (tmp_path / "x", tmp_path / "new" / "x"):
        with pytest.raises(KeyboardInterrupt):
            break_off(path)
    assert [path.name for path in tmp_path.iterdir()] == ["x"]
    assert (tmp_path / "x").read_text() == "old"


def test_a_written_file_stays_a_link_and_keeps_its_mode(tmp_path: Path) -> None:
    (tmp_path / "x").touch(mode=0o600)
    (tmp_path / "link").symlink_to("x")
    write_whole(tmp_path / "link", "new")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "x").read_text() == "new"
    assert stat.S_IMODE(os.stat(tmp_path / "x").st_mode) == 0o600


def test_a_folder_in_the_place_of_a_file_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"cannot be written \(.* is a folder there\)"):
        write_whole(tmp_path, "new")


def test_an_output_folder_that_is_there_needs_no_room_beside_it(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    with whole_folder(tmp_path / "out") as unfinished:
        assert [path.name for path in tmp_path.iterdir()] == ["out"]
        (unfinished / "hits.csv").write_text("new")
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["hits.csv"]


def test_a_folder_in_the_place_of_an_output_changes_nothing(tmp_path: Path) -> None:
    (tmp_path / "b.csv").mkdir()

    def write() -> None:
        with whole_folder(tmp_path) as unfinished:
            (unfinished / "a.csv").write_text("new")
            (unfinished / "b.csv").write_text("new")

    with pytest.raises(InputError, match=r"b\.csv is a folder there"):
        write()
    assert [path.name for path in tmp_path.iterdir()] == ["b.csv"]


def test_folders_made_for_nothing_are_removed_again(tmp_path: Path) -> None:
    with pytest.raises(InputError), whole_folder(tmp_path / "a" / "b"):
        raise InputError("something was wrong")
    assert list(tmp_path.iterdir()) == []


def test_a_new_file_takes_the_next_free_name_when_it_is_written(tmp_path: Path) -> None:
    def write(place: Path) -> None:
        (tmp_path / "take.wav").write_text("came meanwhile")
        place.write_text("new")

    assert write_new(tmp_path / "take.wav", write) == tmp_path / "take-2.wav"
    assert write_new(tmp_path / "take.wav", write) == tmp_path / "take-3.wav"
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {
        "take.wav": "came meanwhile",
        "take-2.wav": "new",
        "take-3.wav": "new",
    }


def test_a_new_file_needs_no_links_and_wins_no_race(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_links(*_: object) -> None:
        raise PermissionError

    names = iter([tmp_path / "taken", tmp_path / "free"])
    (tmp_path / "taken").touch()
    monkeypatch.setattr(outputs, "free_path", lambda *_: next(names))
    monkeypatch.setattr(os, "link", no_links)
    assert write_new(tmp_path / "taken", lambda place: place.write_text("new")) == tmp_path / "free"
    assert ((tmp_path / "taken").read_text(), (tmp_path / "free").read_text()) == ("", "new")


@pytest.mark.skipif(not shutil.rmtree.avoids_symlink_attacks, reason="here a folder is removed without being opened")
def test_a_signal_that_comes_while_a_folder_is_closed_is_not_taken_for_a_bad_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    close = os.close

    def closed_and_told(number: int) -> None:
        monkeypatch.setattr(os, "close", close)  # no signal can be sent between two lines of a library
        close(number)
        raise SystemExit(129)

    monkeypatch.setattr(os, "close", closed_and_told)
    with pytest.raises(SystemExit, match="129"):
        require_writable(tmp_path / "hits.csv")
    outputs._remove_all_unfinished()
    assert not list(tmp_path.iterdir())
