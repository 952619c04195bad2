"""Notes as events of cycles, and a record cut into takes."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from bridge.rig.profiles import Profile
from bridge.sampling.programs import PROGRAMS, Program
from bridge.sampling.synth import Note, SampledSynth, synth_of
from bridge.sampling.timeline import DELAY_CYCLES, Event, Timeline
from synth.errors import InputError

RATE_HZ, PERIOD = 48_000, 256

PLAIN = dataclasses.replace(PROGRAMS["amsynth"], warm_up_s=0.0)
WARM = dataclasses.replace(PLAIN, warm_up_s=0.02)
OSC = PROGRAMS["zynaddsubfx"]

CC = {"name": "cutoff", "cc": 20, "source": "test"}
ADDRESS = {"name": "decay", "address": "/decay", "low": 0.0, "high": 2.0, "source": "test"}


def a_synth(*controls: dict[str, object], **sampling: object) -> SampledSynth:
    profile = {
        "name": "synth",
        "channel": 3,
        "channel_source": "test",
        "sources": {"test": "a test"},
        "sampling": {"source": "test", "engine": "jack", "note_ms": 10.0, "tail_ms": 5.0, **sampling},
        "controls": list(controls),
    }
    return synth_of(Profile.model_validate(profile), "synth", "synth.toml")


def a_timeline(program: Program, *controls: dict[str, object], **sampling: object) -> Timeline:
    return Timeline(a_synth(*controls, **sampling), program, RATE_HZ, PERIOD)


def test_values_go_before_their_note_in_the_same_cycle() -> None:
    timeline = a_timeline(PLAIN, CC)
    events = list(timeline.played([Note((99.6,), 60, 80), Note((5.0,), 61, 81)]))
    # 10 ms are 480 samples, so the note ends with cycle 2; 15 ms are 720, so a slot has 3 cycles.
    assert events == [
        Event(0, "midi", bytes((0xB2, 20, 100))),
        Event(0, "midi", bytes((0x92, 60, 80))),
        Event(2, "midi", bytes((0x82, 60, 64))),
        Event(3, "midi", bytes((0xB2, 20, 5))),
        Event(3, "midi", bytes((0x92, 61, 81))),
        Event(5, "midi", bytes((0x82, 61, 64))),
    ]


def test_a_control_that_settles_goes_so_much_earlier_in_whole_periods() -> None:
    timeline = a_timeline(PLAIN, CC | {"settle_ms": 6.0})
    events = list(timeline.played([Note((1.0,), 60, 80)], first=7))
    assert timeline.lead == 2  # 288 samples
    assert [event.cycle for event in events] == [7, 9, 11]
    assert timeline.slot == 2 + 3


def test_a_synth_that_glides_while_it_sounds_is_played_inaudibly_before_each_note() -> None:
    timeline = a_timeline(WARM, CC)
    events = list(timeline.played([Note((1.0,), 60, 80)]))
    sounding = [event for event in events if event.data[0] & 0xF0 in (0x80, 0x90)]
    assert sounding == [
        Event(0, "midi", bytes((0x92, 60, 1))),
        Event(4, "midi", bytes((0x82, 60, 64))),
        Event(4, "midi", bytes((0x92, 60, 80))),
        Event(6, "midi", bytes((0x82, 60, 64))),
    ]
    # All sound off lies between them, so that nothing of it is heard.
    assert events.index(Event(4, "midi", bytes((0xB2, 120, 0)))) < events.index(sounding[2])


def test_osc_goes_to_its_own_port_as_single_messages() -> None:
    timeline = a_timeline(OSC, ADDRESS)
    event = next(timeline.played([Note((0.5,), 60, 80)]))
    # OSC 1.0: address and type tags padded to four bytes, then a big-endian float; 0.5 is 3f000000.
    assert event == Event(0, "osc", b"/decay\0\0,f\0\0" + bytes.fromhex("3f000000"))


def test_what_a_synth_is_told_once_goes_a_message_a_cycle_setup_first() -> None:
    setup = [{"address": "/on", "args": [True]}, {"address": "/kind", "args": [3]}]
    rest = {"name": "level", "address": "/level", "default": 0.25, "source": "test"}
    events = a_timeline(OSC, ADDRESS, rest, setup=setup).opening()
    assert [event.cycle for event in events] == [0, 1, 2]
    assert [event.data.partition(b"\0")[0] for event in events] == [b"/on", b"/kind", b"/level"]


def test_takes_begin_with_their_notes_and_touch_no_neighbour() -> None:
    timeline = a_timeline(WARM, CC)
    count, first = 4, 5
    record = np.arange(timeline.length(count, first) * PERIOD, dtype=np.float32)
    takes = timeline.takes(record, count, first)
    assert takes.shape == (count, 720)
    notes = [Note((1.0,), 60, 80)] * count
    events = list(timeline.played(notes, first))
    ons = [event.cycle for event in events if event.data == bytes((0x92, 60, 80))]
    np.testing.assert_array_equal(takes[:, 0], [(on + DELAY_CYCLES) * PERIOD for on in ons])
    # What the next slot sends is heard DELAY_CYCLES later.
    begins = np.array([event.cycle for event in events if event.data == bytes((0xB2, 20, 1))])
    assert np.all(takes[:-1, -1] < (begins[1:] + DELAY_CYCLES) * PERIOD)


@pytest.mark.parametrize("note_ms", [1.0, 7.3, 16.0, 333.3])
@pytest.mark.parametrize("rate_hz", [44_100, 48_000, 96_000])
def test_a_slot_holds_its_take_at_any_length_and_rate(note_ms: float, rate_hz: int) -> None:
    timeline = Timeline(a_synth(CC, note_ms=note_ms), WARM, rate_hz, PERIOD)
    assert timeline.take_samples <= (timeline.slot - timeline.lead) * PERIOD < timeline.take_samples + PERIOD
    record = np.zeros(timeline.length(2) * PERIOD, np.float32)
    assert timeline.takes(record, 2).shape == (2, timeline.take_samples)


@pytest.mark.parametrize(
    ("program", "control", "words"),
    [
        (PLAIN, ADDRESS, "takes MIDI only"),
        (OSC, ADDRESS | {"address": "/{drum}/decay"}, "needs an address without"),
        (OSC, {"name": "decay", "key": "decay", "low": 0, "high": 1, "source": "test"}, "needs an address without"),
        (OSC, {"name": "press", "poly_pressure": True, "source": "test"}, "belongs to a note"),
    ],
)
def test_a_control_that_cannot_be_sent_is_refused_by_name(
    program: Program, control: dict[str, object], words: str
) -> None:
    with pytest.raises(InputError, match=rf"control '{control['name']}'.*{words}"):
        a_timeline(program, control)


def test_setup_messages_need_a_program_that_takes_osc() -> None:
    with pytest.raises(InputError, match="takes none"):
        a_timeline(PLAIN, CC, setup=[{"address": "/on"}])


def test_a_trigger_takes_the_place_of_a_note_and_needs_a_program_that_listens_to_osc() -> None:
    profile = {"trigger": "/hit", "trigger_args": ["{velocity}"]}
    synth = a_synth(CC)
    synth = dataclasses.replace(synth, profile=synth.profile.model_copy(update=profile))
    with pytest.raises(InputError, match="trigger is an OSC message"):
        Timeline(synth, PLAIN, RATE_HZ, PERIOD)
    events = list(Timeline(synth, OSC, RATE_HZ, PERIOD).played([Note((1.0,), 60, 127)]))
    assert [(event.port, event.data[:6]) for event in events] == [("midi", b"\xb2\x14\x01"), ("osc", b"/hit\0\0")]
