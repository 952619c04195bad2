"""The MIDI file that `render` leaves holds what the port would be sent."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from mido import MidiFile

from bridge.events import Transcript
from bridge.midi.file import write_midi_file
from tests.bridge.strokes import CONTEXT, at, numbers, play_of, target_on

PLAYS = [
    ({}, {"note": [60, 64, 67], "program": 3, "cc": [{"number": 74, "from": "cutoff"}]}),
    ({"mpe": {}}, {"note": [60, 64], "values": [{"from": "mod.cutoff", "signed_bend": True}]}),
    ({"budget": "din"}, {"channels": [1, 2], "note": "F#2", "values": [{"from": "cutoff", "nrpn_low_first": 1032}]}),
]


@pytest.mark.parametrize(("target", "play"), PLAYS)
def test_a_file_has_the_messages_of_the_port_in_their_order(
    target: dict[str, Any], play: dict[str, Any], tmp_path: Path
) -> None:
    tape = Transcript()
    with target_on(tape, type="midi", **target) as opened:
        bound = opened.bind(play_of(opened, **play), CONTEXT, "test")
        for index in range(4):
            opened.strike(bound, numbers(index / 3), at(1.0 + index / 4))
    write_midi_file(tmp_path / "take.mid", tape)
    [_, track] = MidiFile(tmp_path / "take.mid").tracks
    assert [bytes(message.bytes()) for message in track if not message.is_meta] == [entry.data for entry in tape]
