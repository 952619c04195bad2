import os
from pathlib import Path

import numpy as np
import pytest

from bridge.audio.files import Recording, read_recording, write_wav
from bridge.learning.copies import groups_of, words_on
from bridge.learning.strokes import Heard, hear
from synth.errors import InputError
from tests.takes import once

RATE = 48_000


def sampled(path: Path) -> Recording:
    """Return a recording in which each of nine strokes is placed three times, from soft to loud."""
    take = once("singles", "tight", seed=0)
    starts = [round(stroke.onset_s * RATE) - 480 for stroke in take.strokes[:9]]
    hits = [take.audio[start : start + RATE // 2, 0] for start in starts]
    audio = np.concatenate([hit * gain for gain in (0.3, 0.6, 0.9) for hit in hits])
    write_wav(path, audio[:, None], RATE)
    return read_recording(path)


@pytest.fixture(scope="module")
def lesson(tmp_path_factory: pytest.TempPathFactory) -> tuple[Recording, Heard]:
    recording = sampled(tmp_path_factory.mktemp("copies") / "pad.wav")
    return recording, hear([recording])


def told(path: Path, heard: Heard, form: str = "onset_s,level_dbfs,source\n", line: str = "{0:.4f},-3,{1}\n") -> Path:
    """Write groups of three strokes in a row."""
    onsets_s = heard.onsets / RATE
    path.write_text(form + "".join(line.format(onset_s, row // 3) for row, onset_s in enumerate(onsets_s)), "utf-8")
    return path


def test_a_sample_that_is_played_again_is_found(lesson: tuple[Recording, Heard]) -> None:
    recording, heard = lesson
    groups = groups_of(heard, [recording])
    assert np.array_equal(groups, np.tile(np.arange(9), 3))
    assert "27 strokes are 9 different ones" in words_on(groups)
    assert words_on(np.arange(9)) == ""


def test_strokes_may_be_told_to_be_copies(lesson: tuple[Recording, Heard], tmp_path: Path) -> None:
    recording, heard = lesson
    groups = groups_of(heard, [recording], [told(tmp_path / "g.csv", heard)])
    # Three in a row are told, and each sample is found again nine strokes later: all rows of a residue belong together.
    assert np.array_equal(groups, np.tile(np.repeat([0, 3, 6], 3), 3))


def test_a_csv_beside_the_recording_is_read_by_itself(lesson: tuple[Recording, Heard]) -> None:
    recording, heard = lesson
    beside = recording.path.with_suffix(".csv")
    told(beside, heard)
    assert len(set(groups_of(heard, [recording]))) == 3
    beside.write_text("onset_s,kind\n0.5,hit\n", "utf-8")
    assert len(set(groups_of(heard, [recording]))) == 9
    beside.unlink()


def test_a_pipe_beside_the_recording_is_not_waited_for(lesson: tuple[Recording, Heard]) -> None:
    recording, heard = lesson
    beside = recording.path.with_suffix(".csv")
    os.mkfifo(beside)
    assert len(set(groups_of(heard, [recording]))) == 9
    beside.unlink()


def test_semicolons_bring_decimal_commas(lesson: tuple[Recording, Heard], tmp_path: Path) -> None:
    recording, heard = lesson
    path = told(tmp_path / "g.csv", heard, "onset_s;group\n", "{0:.4f};{1}\n")
    path.write_text(path.read_text("utf-8").replace(".", ","), "utf-8")
    assert len(set(groups_of(heard, [recording], [path]))) == 3


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("onset_s,kind\n0.1,hit\n", "needed are onset_s and group or source"),
        ("onset_s,group\nsoon,1\n", "line 2: onset_s is 'soon'; allowed is 0 or more seconds"),
        ("onset_s,group\n-1,1\n", "line 2: onset_s is '-1'"),
        ("onset_s,group\nnan,1\n", "line 2: onset_s is 'nan'"),
        ("onset_s,group\n900,1\n", "no onset of a group is within 20 ms of a stroke that was heard in pad.wav"),
        ("", "needed are onset_s and group or source"),
        ("\0\1", "needed are onset_s"),
    ],
)
def test_a_file_of_groups_that_cannot_be_used_is_one_sentence(
    text: str, words: str, lesson: tuple[Recording, Heard], tmp_path: Path
) -> None:
    recording, heard = lesson
    path = tmp_path / "g.csv"
    path.write_text(text, "utf-8")
    with pytest.raises(InputError, match=words) as told:
        groups_of(heard, [recording], [path])
    assert str(path) in str(told.value)


def test_a_missing_file_and_one_too_many_are_one_sentence(lesson: tuple[Recording, Heard], tmp_path: Path) -> None:
    recording, heard = lesson
    with pytest.raises(InputError, match=r"none\.csv: there is no such table"):
        groups_of(heard, [recording], [tmp_path / "none.csv"])
    with pytest.raises(InputError, match="names 2 files for 1 recordings"):
        groups_of(heard, [recording], [tmp_path / "a.csv", tmp_path / "b.csv"])


@pytest.mark.parametrize(("count", "words"), [(0, "0 strokes were"), (1, "1 stroke was"), (2, "2 strokes were")])
def test_a_take_with_a_stroke_or_two_is_one_sentence(count: int, words: str, tmp_path: Path) -> None:
    take = once("singles", "tight", seed=0)
    end_s = take.strokes[count].onset_s - 0.05
    first = Recording(take.audio[: round(end_s * RATE), :1], RATE, tmp_path / "short.wav")
    with pytest.raises(InputError, match=f"short.wav: {words} heard; at least 8 are needed"):
        hear([first])
