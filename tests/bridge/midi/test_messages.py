"""The encoder of MIDI bytes equals mido's, and one row of the table is all that a kind of value needs."""

from __future__ import annotations

import random
import subprocess
import sys

import pytest
from mido import Message

from bridge.midi.messages import NoteOn
from bridge.midi_bytes import (
    KINDS,
    all_off,
    bend_range,
    control_changes,
    mpe_configuration,
    note_off,
    poly_pressure,
    program_change,
)


def mido(kind: str, **fields: int) -> bytes:
    return bytes(Message(kind, **fields).bytes())


def mido_sysex(*data: int) -> bytes:
    return bytes(Message("sysex", data=data).bytes())


def cc(channel: int, *values: tuple[int, int]) -> list[bytes]:
    return [mido("control_change", channel=channel, control=number, value=value) for number, value in values]


@pytest.mark.parametrize("seed", range(50))
def test_a_channel_message_has_the_bytes_of_mido(seed: int) -> None:
    dice = random.Random(seed)
    channel, note, value = dice.randrange(16), dice.randrange(128), dice.randrange(128)
    note_on = mido("note_on", channel=channel, note=note, velocity=value)
    assert NoteOn(channel, note, value, 0.1).messages == (note_on,)
    assert NoteOn(channel, note, value, 0.1, also=((channel, note),)).messages == (note_on, note_on)
    assert list(all_off(channel)) == cc(channel, (123, 0), (120, 0))
    assert note_off((channel, note)) == mido("note_off", channel=channel, note=note, velocity=64)
    assert poly_pressure((channel, note), value) == mido("polytouch", channel=channel, note=note, value=value)
    assert control_changes(channel, (note, value), (value, note)) == (*cc(channel, (note, value), (value, note)),)


@pytest.mark.parametrize("seed", range(50))
def test_a_kind_of_value_has_the_bytes_of_mido(seed: int) -> None:
    dice = random.Random(seed)
    channel, number, value = dice.randrange(16), dice.randrange(16_383), dice.randrange(16_384)
    coarse, fine, seven, pair = value >> 7, value & 127, value & 127, number % 32
    entry = ((6, coarse), (38, fine))
    parameter = number % 156
    expected = {
        "dx7": [mido_sysex(0x43, 0x10 + channel, parameter >> 7, parameter & 127, seven)],
        "cc": cc(channel, (number % 120, seven)),
        "cc14": cc(channel, (pair, coarse), (pair + 32, fine)),
        "nrpn": cc(channel, (99, number >> 7), (98, number & 127), *entry, (99, 127), (98, 127)),
        "nrpn_low_first": cc(channel, (99, number >> 7), (98, number & 127), *entry[::-1], (99, 127), (98, 127)),
        "rpn": cc(channel, (101, number >> 7), (100, number & 127), *entry, (101, 127), (100, 127)),
        "bend": [mido("pitchwheel", channel=channel, pitch=value - 8192)],
        "signed_bend": [mido("pitchwheel", channel=channel, pitch=value % 8192)],
        "pressure": [mido("aftertouch", channel=channel, value=seven)],
        "poly_pressure": [mido("polytouch", channel=channel, note=number % 128, value=seven)],
    }
    for key, kind in KINDS.items():
        messages = kind.messages(channel, number % ((kind.numbers or 127) + 1), value % (kind.highest + 1))
        assert list(messages) == expected[key]
    assert list(KINDS["rpn"].messages(channel, number, value, null=False)) == expected["rpn"][:4]


@pytest.mark.parametrize("bank", [None, 0, 300, 16_383])
def test_a_program_change_has_the_bytes_of_mido(bank: int | None) -> None:
    select = [] if bank is None else cc(3, (0, bank >> 7), (32, bank & 127))
    assert list(program_change(3, 5, bank)) == [*select, mido("program_change", channel=3, program=5)]


NEW_KIND = """
from bridge.midi_bytes import KINDS, MidiKind
KINDS["aftertouch14"] = MidiKind(
    "two pressures", 16383, lambda c, n, v: (bytes((0xD0 | c, v >> 7)), bytes((0xD0 | c, v & 127))), numbers=31
)
from bridge.cli.protocol import midi_rows
from bridge.cli.reference import rig_page
from bridge.rig.profiles import Control
from tests.bridge.strokes import numbers, sent
play = {"values": [{"from": "cutoff", "aftertouch14": 2}]}
print([data.hex() for _, data in sent(play, [(1.0, numbers(1.0))], type="midi")])
print(midi_rows()[-1][:3])
print("`aftertouch14` | whole number from 0 to 31 | - | two pressures" in rig_page())
control = Control.model_validate({"name": "both", "source": "test", "aftertouch14": 2, "high": 16383})
print(control.kind, control.number, control.span)
for wrong in ({"aftertouch14": 32}, {"aftertouch14": 2, "high": 20000}, {"aftertouch14": 2, "cc": 1}):
    try:
        sent({"values": [{"from": "cutoff", **wrong}]}, [], type="midi")
    except Exception as error:
        print(error)
"""


def test_a_new_kind_is_one_row_in_maps_profiles_and_pages() -> None:
    done = subprocess.run([sys.executable, "-c", NEW_KIND], capture_output=True, text=True, check=True)
    where = "test (a play of the midi target 't'): values[1]"
    assert done.stdout.splitlines() == [
        "['d97f', 'd97f']",
        "('two pressures', '`aftertouch14`', 'd97f d97f')",
        "True",
        "aftertouch14 2 (0.0, 16383.0)",
        f"{where}.aftertouch14 is 32; allowed is a whole number from 0 to 31",
        "test.values[1].high is 20000; a aftertouch14 takes 0 to 16383",
        f"{where}: give exactly one of {', '.join(KINDS)}, aftertouch14, control; there is cc and aftertouch14",
    ]


def test_a_signed_bend_has_the_bytes_of_mido_on_both_sides_of_its_centre() -> None:
    for bend in (-8192, -1, 0, 1, 8191):
        assert KINDS["signed_bend"].messages(4, 0, bend) == (mido("pitchwheel", channel=4, pitch=bend),)


def test_a_zone_is_set_up_as_its_specification_says() -> None:
    assert list(mpe_configuration(0, 7)) == cc(0, (101, 0), (100, 6), (6, 7), (101, 127), (100, 127))
    assert list(bend_range(3, 48)) == cc(3, (101, 0), (100, 0), (6, 48), (38, 0), (101, 127), (100, 127))
