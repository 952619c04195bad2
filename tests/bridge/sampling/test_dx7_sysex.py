"""A DX7's voices as SysEx, and files of them as they are found: whole, without headers, damaged."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from bridge.sampling.dx7 import INIT_VOICE, PARAMETERS, Voice, name_of, values_of, voice_with
from bridge.sampling.dx7_sysex import (
    bank,
    change,
    changes,
    checksum,
    one_voice,
    packed,
    read_voices,
    unpacked,
    write_bank,
)
from synth.errors import InputError


def some_voices(count: int, seed: int = 0) -> list[Voice]:
    rng = np.random.default_rng(seed)
    return [bytes(int(rng.integers(0, one.high + 1)) for one in PARAMETERS) for _ in range(count)]


def read(folder: Path, data: bytes) -> tuple[list[Voice], str]:
    path = folder / "found.syx"
    path.write_bytes(data)
    found = read_voices(path)
    return list(found.voices), "; ".join(found.notes)


def test_a_packed_voice_comes_back() -> None:
    for voice in some_voices(200):
        assert len(packed(voice)) == 128
        assert unpacked(packed(voice)) == voice


def test_a_change_is_the_seven_bytes_of_the_manual() -> None:
    assert change(0, 99).hex(" ") == "f0 43 10 00 00 63 f7"
    assert change(127, 1, channel=15).hex(" ") == "f0 43 1f 00 7f 01 f7"
    assert change(134, 4).hex(" ") == "f0 43 10 01 06 04 f7"
    assert change(155, 0x3F).hex(" ") == "f0 43 10 01 1b 3f f7"


def test_changes_turn_one_voice_into_another() -> None:
    old, new = some_voices(2)
    voice = bytearray(old)
    for message in changes(new, old):
        voice[message[3] << 7 | message[4]] = message[5]
    assert bytes(voice) == new
    assert changes(new, new) == []


def test_a_dump_has_the_header_the_length_and_the_sum_of_the_manual() -> None:
    single, whole = one_voice(INIT_VOICE, 3), bank(some_voices(32))
    assert (len(single), single[:6].hex(" ")) == (163, "f0 43 03 00 01 1b")
    assert (len(whole), whole[:6].hex(" ")) == (4104, "f0 43 00 09 20 00")
    assert (sum(single[6:-1]) & 0x7F, sum(whole[6:-1]) & 0x7F) == (0, 0)


def test_dexed_reads_what_is_written_here_and_the_other_way_round(tmp_path: Path) -> None:
    dexed = pytest.importorskip("dexed")
    voices, path = some_voices(32), tmp_path / "bank.syx"
    write_bank(path, voices)
    theirs = dexed.Patch.load_bank(str(path))
    assert [patch.to_sysex()[:155] for patch in theirs] == voices
    assert [patch.to_packed() for patch in theirs] == list(map(packed, voices))
    dexed.Patch.save_to_bank(str(path), theirs)
    assert path.read_bytes() == bank(voices)


def test_dexed_names_the_same_byte_by_the_same_name() -> None:
    dexed = pytest.importorskip("dexed")
    patch = dexed.Patch.from_sysex(some_voices(1)[0])
    values = values_of(some_voices(1)[0])
    for number in range(6):
        theirs, ours = patch.op[number], f"op{number + 1}"
        assert theirs.envelope.rates == [values[f"{ours}.rate{n}"] for n in range(1, 5)]
        assert theirs.envelope.levels == [values[f"{ours}.level{n}"] for n in range(1, 5)]
        assert (theirs.output_level, theirs.frequency_coarse) == (values[f"{ours}.output"], values[f"{ours}.coarse"])
        assert (theirs.detune, theirs.frequency_mode) == (values[f"{ours}.detune"], values[f"{ours}.mode"])
        assert theirs.velocity_sensitivity == values[f"{ours}.velocity"]
        assert theirs.amp_mod_sensitivity == values[f"{ours}.amp_mod"]
    assert (patch.algorithm, patch.feedback, patch.lfo.speed) == tuple(
        values[name] for name in ("algorithm", "feedback", "lfo.speed")
    )


def test_a_bank_of_few_voices_is_filled() -> None:
    found = bank([voice_with({"algorithm": 4}, name="DRUM")])
    assert len(found) == 4104
    assert name_of(unpacked(found[6 + 128 : 6 + 256])) == "INIT VOICE"


@pytest.mark.parametrize("count", [0, 33])
def test_a_bank_of_no_or_too_many_voices_is_refused(count: int) -> None:
    with pytest.raises(InputError, match=f"1 to 32 voices, not {count}"):
        bank([INIT_VOICE] * count)


def test_several_banks_and_voices_of_one_file_are_read_in_order(tmp_path: Path) -> None:
    voices = some_voices(65)
    data = bank(voices[:32]) + one_voice(voices[32], 5) + bank(voices[33:])
    assert read(tmp_path, data) == (voices, "")


def test_banks_without_headers_are_read(tmp_path: Path) -> None:
    voices = some_voices(64)
    found, notes = read(tmp_path, b"".join(map(packed, voices)))
    assert found == voices
    assert notes == "2 banks without header and checksum"


def test_a_wrong_checksum_is_told_and_read(tmp_path: Path) -> None:
    data = bytearray(bank(some_voices(32)))
    data[-2] ^= 1
    found, notes = read(tmp_path, bytes(data))
    assert len(found) == 32
    assert f"{checksum(bytes(data[6:-2])):02X}; read all the same" in notes


def test_messages_of_others_are_told_and_passed_over(tmp_path: Path) -> None:
    voice = some_voices(1)[0]
    found, notes = read(tmp_path, bytes.fromhex("f04110f7 f04310010604f7") + one_voice(voice) + b"\x00\x00")
    assert found == [voice]
    assert "byte 0 is of maker 41, not of Yamaha" in notes
    assert "byte 4 is too short for a dump" in notes


def test_values_beyond_their_range_are_held_and_told(tmp_path: Path) -> None:
    wild = bytearray(INIT_VOICE)
    wild[0], wild[134] = 127, 60
    found, notes = read(tmp_path, one_voice(bytes(wild)))
    assert (found[0][0], found[0][134]) == (99, 31)
    assert "1 voice with values beyond their range" in notes


def test_data_with_bit_7_is_no_end_of_a_bank(tmp_path: Path) -> None:
    voices = some_voices(32)
    data = bytearray(bank(voices))
    data[6 + 118] |= 0x80
    data[6 + 119] = 0xF7
    found, _ = read(tmp_path, bytes(data))
    assert len(found) == 32
    assert found[0][:145] == voices[0][:145]
    assert found[1:] == voices[1:]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "is empty"),
        (b"RIFF of a song", "it has no SysEx message, and 14 bytes are no whole bank"),
        (bytes(1000), "1000 bytes are no whole bank"),
        (bank([INIT_VOICE])[:900], "the message at byte 0 has no end .*cut off after 900 bytes"),
        (bank([INIT_VOICE])[:900] + b"\xf7", "has 893 bytes of data, and a bank has 4096"),
        (bytes.fromhex("f0411016120000f7"), "of maker 41, not of Yamaha"),
        (bytes.fromhex("f043000500310000f7"), r"no dump of DX7 voices \(bytes 00 05\)"),
        (b"\xf0\xf7", "of maker F7"),
    ],
)
def test_a_file_without_voices_is_refused_in_one_sentence(tmp_path: Path, data: bytes, words: str) -> None:
    with pytest.raises(InputError, match=words) as refused:
        read(tmp_path, data)
    assert str(refused.value).startswith(str(tmp_path / "found.syx"))
    assert "\n" not in str(refused.value)
