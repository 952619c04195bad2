"""A note's controls, beginning and end as bytes, by MIDI, by OSC and by both."""

from __future__ import annotations

from pathlib import Path

import pytest
from pythonosc.osc_bundle import OscBundle
from pythonosc.osc_message import OscMessage

from bridge.rig.profiles import PROFILES
from bridge.sampling.note_messages import NoteMessages
from bridge.sampling.synth import Note, SampledSynth, sampled_synth
from synth.errors import InputError
from tests.bridge.sampling.synths import box

TONE = 'name = "tone"\ncc = 20\nlow = 0\nhigh = 100'
DECAY = 'name = "decay"\naddress = "/{index}/{name}"\ntype = "i"\nlow = 0\nhigh = 127'
REST = 'name = "rest"\ncc = 21\ndefault = 5'


def profile(folder: Path, head: str) -> SampledSynth:
    """Return the synth of a profile with one OSC control and some lines of its own before its tables."""
    (folder / "osc.toml").write_text(
        f'name = "box"\n{head}\n[sources]\nm = "the manual"\n[sampling]\nsource = "m"\nosc_port = 9000\n'
        '[[controls]]\nname = "Cutoff"\nkey = "cutoff"\nlow = 0.0\nhigh = 8.0\nsource = "m"\n',
        encoding="utf-8",
    )
    return sampled_synth(str(folder / "osc.toml"))


def arguments(data: bytes) -> list[object]:
    return list(OscMessage(data).params)


def test_a_note_by_midi_is_its_controllers_then_a_note_on_and_a_note_off(tmp_path: Path) -> None:
    messages = NoteMessages(box(tmp_path, TONE))
    note = Note((99.6,), 38, 101)
    assert [packet.data for packet in messages.values(note)] == [bytes((0xB0, 20, 100))]
    assert messages.on(note).data == bytes((0x90, 38, 101))
    assert [packet.data for packet in messages.off(note)] == [bytes((0x80, 38, 64))]
    assert {packet.data[1] for packet in messages.silence()} == {120, 123}
    assert messages.ways == {"MIDI"}


def test_controls_by_osc_and_notes_by_midi_go_each_their_way(tmp_path: Path) -> None:
    box(tmp_path, TONE, DECAY, REST)
    messages = NoteMessages(sampled_synth(str(tmp_path / "box.toml"), ["tone", "decay"]))
    osc, midi = messages.values(Note((3.0, 64.0), 60, 100))
    assert (osc.way, OscMessage(osc.data).address, arguments(osc.data)) == ("OSC", "/2/decay", [64])
    assert midi.data == bytes((0xB0, 20, 3))
    assert messages.ways == {"MIDI", "OSC"}


def test_a_control_that_is_not_moved_is_sent_once_at_the_beginning(tmp_path: Path) -> None:
    box(tmp_path, TONE, REST, sampling='setup = [{ address = "/reset", args = [1, "all"] }]\n')
    messages = NoteMessages(sampled_synth(str(tmp_path / "box.toml"), ["tone"]))
    reset, rest = messages.beginning()
    assert (OscMessage(reset.data).address, arguments(reset.data)) == ("/reset", [1, "all"])
    assert rest.data == bytes((0xB0, 21, 5))


def test_one_message_carries_names_values_velocity_and_note(tmp_path: Path) -> None:
    args = 'trigger_args = ["s", "{pairs}", "{velocity}", "{note}", "{values}"]'
    head = f'layout = "single"\nlayout_source = "m"\ntrigger = "/play"\n{args}'
    messages = NoteMessages(profile(tmp_path, head))
    note = Note((2.5,), 40, 127)
    assert messages.values(note) == ()
    assert messages.off(note) == messages.silence() == ()
    assert arguments(messages.on(note).data) == ["s", "cutoff", 2.5, 1.0, 40, 2.5]


def test_a_word_that_no_sampled_note_has_is_refused(tmp_path: Path) -> None:
    head = 'layout = "single"\nlayout_source = "m"\ntrigger = "/play"\ntrigger_args = ["{centroid}"]'
    messages = NoteMessages(profile(tmp_path, head))
    with pytest.raises(InputError, match=r"'\{centroid\}', which no sampled note has"):
        messages.on(Note((2.5,), 40, 127))


def test_the_single_layout_needs_a_trigger(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="layout = 'single' is one message for each note; it needs a trigger"):
        NoteMessages(profile(tmp_path, 'layout = "single"\nlayout_source = "m"'))


def test_our_patch_gets_every_parameter_in_one_bundle_and_then_its_stroke() -> None:
    synth = sampled_synth(str(PROFILES.find("ghostnote-pd")))
    messages = NoteMessages(synth)
    note = synth.notes(synth.default_unit[None])[0]
    (packet,) = messages.values(note)
    parts = list(OscBundle(packet.data))
    assert [part.address for part in parts] == [f"/synth/{control.name}" for control in synth.controls]
    assert [part.params[0] for part in parts] == pytest.approx(note.values, abs=1e-6)
    on = OscMessage(messages.on(note).data)
    assert (on.address, list(on.params)) == ("/drum/sampled/hit", [1.0, 0.0])
