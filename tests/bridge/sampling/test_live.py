"""Where a synth is heard and reached in real time: as a person says, and else as its profile does."""

from __future__ import annotations

from pathlib import Path

import pytest

from bridge.midi_bytes import all_off
from bridge.sampling.engine import Way
from bridge.sampling.live_process import LONGEST_DELAY_S, places_of
from bridge.sampling.live_requests import Places
from bridge.sampling.measure import hottest
from bridge.sampling.note_messages import NoteMessages
from bridge.sampling.synth import SampledSynth, sampled_synth
from synth.errors import InputError
from tests.bridge.sampling.synths import box

TONE = 'name = "tone"\ncc = 20\nlow = 0\nhigh = 100\ndefault = 30'
LEVEL = 'name = "level"\ncc = 7\nlow = 0\nhigh = 120\ndefault = 60\nrole = "level"'


def places(synth: SampledSynth, way: Way | None = None) -> Places:
    return places_of(synth, way or Way(), NoteMessages(synth))


def test_a_profile_says_where_its_synth_is_reached_and_heard(tmp_path: Path) -> None:
    found = places(box(tmp_path, TONE, sampling='midi_port = "Box"\ninput = 3\n'))
    assert (found.midi_port, found.osc_port, found.device, found.input) == ("Box", None, "default", 3)
    assert [packet.data for packet in found.silence] == list(all_off(0))
    assert found.longest_s == pytest.approx(0.15 + LONGEST_DELAY_S)


def test_a_person_has_the_last_word(tmp_path: Path) -> None:
    synth = box(tmp_path, TONE, sampling='midi_port = "Box"\ninput = 3\njack_audio = "box:out"\n')
    own = places(synth, Way(device="Card", midi_port="Other", input=2, sample_rate=44_100))
    assert (own.device, own.input, own.midi_port, own.jack_audio, own.sample_rate) == ("Card", 2, "Other", "", 44_100)


def test_a_synth_with_a_jack_port_is_heard_there(tmp_path: Path) -> None:
    found = places(box(tmp_path, TONE, sampling='midi_port = "Box"\ninput = 3\njack_audio = "box:out"\n'))
    assert (found.device, found.input, found.jack_audio) == ("JACK", 1, "box:out")


def test_a_profile_without_a_midi_port_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"box: is played by MIDI; give --midi-port or midi_port in \[sampling\]"):
        places(box(tmp_path, TONE))


def test_a_profile_without_an_osc_port_is_refused(tmp_path: Path) -> None:
    synth = box(tmp_path, 'name = "tone"\naddress = "/tone"\nlow = 0\nhigh = 1', sampling='midi_port = "Box"\n')
    with pytest.raises(InputError, match=r"box: is played by OSC; give osc_port in \[sampling\]"):
        places(synth)


def test_our_patch_is_heard_at_its_own_jack_port() -> None:
    found = places(sampled_synth("ghostnote-pd"))
    assert (found.jack_audio, found.osc_port, found.midi_port) == ("pure_data:output_1", 9000, "")


def test_the_sound_that_clips_first_has_every_level_full_and_the_hardest_velocity(tmp_path: Path) -> None:
    note = hottest(box(tmp_path, TONE, LEVEL, sampling="velocities = [20, 110]\n"))
    assert (note.values, note.velocity) == ((30.0, 120.0), 110)
