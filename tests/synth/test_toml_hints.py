"""A file that is no TOML: the sentence says what was probably meant."""

from pathlib import Path

import pytest

from synth.errors import InputError
from synth.files import read_toml

SLIPS = {
    "gain_db = -3,0": "write a decimal point, not a comma: -3.0",
    "gain_db = -3 dB": "write the number alone, without its unit: -3",
    "gain_db = 3%": "write the number alone, without its unit: 3",
    "amount = .5": "write a digit before the point: 0.5",
    "amount = 5.": "write a digit after the point: 5.0",
    "block = 064": "write the number without leading zeros: 64",
    "virtual = True": "write true, in small letters",
    "virtual = no": "write false, in small letters",
    "device = Scarlett 2i2": 'write text in quotes: "Scarlett 2i2"',
    "device = \u201cScarlett\u201d": "write \" in place of '\u201c'",
    "gain_db = \u22123": "write - in place of '\u2212'",
    'model = "C:\\Users\\me"': "write a backslash in single quotes, where it means itself: 'C:\\Users\\me'",
    'device = "Scarlett': "close the quote",
    "device: 3": "write device = 3",
    "device 3": "write device = 3",
    "device =": "write a value behind device =",
    "// my rig": "begin a comment with #",
    "[[drum]": "close the brackets: [[drum]]",
    "a = 1\na = 2": "a key stands twice",
    "[drum]\n[drum]": "write [[drum]] where there are several",
    "cc = [1, 2": "close the quote or bracket that the file leaves open",
}


@pytest.mark.parametrize("slip", SLIPS)
def test_a_common_slip_is_told_with_what_to_write(slip: str, tmp_path: Path) -> None:
    path = tmp_path / "rig.toml"
    path.write_text(slip, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_toml(path)
    said = str(caught.value)
    assert said.startswith(f"{path}: is not valid TOML: ")
    assert SLIPS[slip] in said
    assert "\n" not in said


def test_a_hint_repeats_no_more_than_a_line_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "rig.toml"
    path.write_text(f"name {'[' * 100_000}", encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_toml(path)
    assert len(str(caught.value)) < 400 + len(str(path))
