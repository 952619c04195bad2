"""Tables of text from the programs of any country."""

from __future__ import annotations

from pathlib import Path

import pytest

from synth.errors import InputError
from synth.tables import decimal, read_table

ROWS = [(2, {"onset_s": "0.4", "kind": "hit, soft"}), (3, {"onset_s": "0.6", "kind": ""})]
PLAIN = 'onset_s,kind\n0.4,"hit, soft"\n0.6\n'


@pytest.mark.parametrize(
    "content",
    [
        PLAIN.encode(),
        PLAIN.encode("utf-8-sig"),
        PLAIN.replace("\n", "\r\n").encode(),
        PLAIN.encode("utf-16"),
        ("\ufeff" + PLAIN).encode("utf-16-be"),
        b"onset_s;kind\n0.4;hit, soft\n0.6\n",
        b"onset_s\tkind\n0.4\thit, soft\n0.6\n",
    ],
    ids=["commas", "mark", "crlf", "utf-16", "utf-16-be", "semicolons", "tabs"],
)
def test_one_table_reads_alike_however_it_was_written(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_bytes(content)
    table = read_table(tmp_path / "t.csv")
    assert (table.columns, table.rows, table.wide) == (("onset_s", "kind"), ROWS, ())


def test_the_separator_that_a_first_line_says_is_taken(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("sep=;\nonset_s;kind,x\n0,4;hit\n")
    assert read_table(tmp_path / "t.csv").rows == [(3, {"onset_s": "0,4", "kind,x": "hit"})]


def test_what_is_no_text_and_what_is_no_csv_is_one_sentence_without_the_words_of_a_codec(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_bytes(b"onset_s\n\xff\n")
    with pytest.raises(InputError, match=r"t\.csv: is no table: its bytes are no text in UTF-8 or UTF-16"):
        read_table(tmp_path / "t.csv")
    (tmp_path / "t.csv").write_text("onset_s\n" + "x" * 200_000)
    with pytest.raises(InputError, match=r"t\.csv: line 2 cannot be split into cells"):
        read_table(tmp_path / "t.csv")


def test_a_row_with_more_cells_than_names_is_told(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("onset_s\n0,4\n")
    assert read_table(tmp_path / "t.csv").wide == (2,)


def test_a_number_may_have_a_decimal_comma_and_no_other() -> None:
    assert (decimal("0,4"), decimal(" -12,25 "), decimal("1e-3")) == (0.4, -12.25, 0.001)
    for text in ("1,234,5", "1.234,5", "", "a,b"):
        with pytest.raises(ValueError, match="could not convert"):
            decimal(text)
