"""Device charts become synth profiles."""

from __future__ import annotations

from pathlib import Path

import pytest

from bridge.rig.chart import profile_from_charts, profile_text
from bridge.rig.profiles import load_profile
from synth.errors import InputError

PARAMETERS = """manufacturer,device,section,parameter_name,parameter_description,cc_msb,cc_lsb,cc_min_value,\
cc_max_value,nrpn_msb,nrpn_lsb,nrpn_min_value,nrpn_max_value
Maker,Box,Snare,Snare tone,how bright,,25,0,127,,,,
Maker,Box,Snare,Wires,"so ""wiry"" it is",26,,0,64,1,5,0,127
Maker,Box,,Cutoff,,16,48,0,16383,,,,
Maker,Box,,Depth,,,,,,2,3,0,127
Maker,Box,,Nothing,,,,,,,,,
Maker,Box,,Wrong,,200,,,,,,,
Maker,Box,Snare,Snare tone,again,30,,,,,,,
"""
SOUNDS = """manufacturer,device,section,sound_name,midi_channel,note_number_default_value
maker,Box,Map,Snare,1,38
maker,Box,Map,Any,1,
"""


def charts(folder: Path, *texts: str) -> list[Path]:
    paths = [folder / f"box {index}.csv" for index in range(len(texts))]
    for path, text in zip(paths, texts, strict=True):
        path.write_text(text)
    return paths


def test_each_kind_of_number_is_found(tmp_path: Path) -> None:
    profile, _ = profile_from_charts(charts(tmp_path, PARAMETERS))
    found = {control.name: (control.kind, control.number, control.low, control.high) for control in profile.controls}
    assert found == {
        "Snare tone": ("cc", 25, 0, 127),
        "Snare: Wires": ("cc", 26, 0, 64),
        "Cutoff": ("cc14", 16, 0, 16383),
        "Depth": ("nrpn", 259, 0, 127),
    }


def test_rows_of_no_use_are_named(tmp_path: Path) -> None:
    _, skipped = profile_from_charts(charts(tmp_path, PARAMETERS))
    assert skipped == [
        "box 0.csv line 6: 'Nothing' has no number",
        "box 0.csv line 7: cc_msb is '200'; allowed is 0 to 127",
        "box 0.csv line 8: 'Snare tone' is there twice; the first one counts",
    ]


def test_a_profile_that_was_written_is_read_again_the_same(tmp_path: Path) -> None:
    profile, _ = profile_from_charts(charts(tmp_path, PARAMETERS, SOUNDS))
    file = tmp_path / "box.toml"
    file.write_text(profile_text(profile))
    assert load_profile(str(file), "test") == profile
    assert profile.note("snare", "test") == 38


def test_a_name_with_a_line_break_stays_in_its_comment(tmp_path: Path) -> None:
    profile, _ = profile_from_charts(charts(tmp_path, SOUNDS.replace("Box", '"Box\nnotes = 1"')))
    assert profile.name == "maker Box notes = 1"
    assert profile_text(profile).startswith("# maker Box notes = 1. Check it")


@pytest.mark.parametrize(
    ("texts", "complaint"),
    [
        (["a,b\n1,2\n"], "is no chart in midi.guide form"),
        ([""], "is no chart in midi.guide form"),
        ([PARAMETERS, SOUNDS.replace("Box", "Other")], "they must be of one device"),
        ([SOUNDS.replace("38", "")], "no row of the chart gives a note"),
        ([SOUNDS.replace("maker,Box", ",")], r"box 0\.csv: its columns manufacturer and device are empty"),
    ],
)
def test_what_is_no_chart_is_refused(tmp_path: Path, texts: list[str], complaint: str) -> None:
    with pytest.raises(InputError, match=complaint):
        profile_from_charts(charts(tmp_path, *texts))


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"none\.csv: there is no such chart"):
        profile_from_charts([tmp_path / "none.csv"])


def test_a_sound_whose_name_is_blank_is_named_as_a_row_of_no_use(tmp_path: Path) -> None:
    blank = SOUNDS.replace("Any,1,", '" ",1,40')
    assert profile_from_charts(charts(tmp_path, blank))[1] == ["box 0.csv line 3: no name"]
