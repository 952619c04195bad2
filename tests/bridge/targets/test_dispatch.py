"""Every stroke reaches its plays, each at its moment."""

from __future__ import annotations

from dataclasses import replace
from queue import SimpleQueue

import pytest

from bridge.events import Onset, PlayKey, Strike, Transcript, TranscriptEntry
from bridge.mapping.mapping import CREST_DB
from bridge.targets.dispatch import Dispatcher, Sender, close_targets, open_targets, routes_of, stream_time
from synth.errors import InputError
from tests.bridge.rigs import RATE, hit_of, rig_from, snare_mapping

RIG = """
[[target]]
name = "osc"
type = "osc"
port = 9000
{timing}

[[target]]
name = "midi"
type = "midi"

[[drum]]
name = "snare"

[[drum.play]]
target = "osc"
send = ["unit.drive"]

[[drum.play]]
target = "midi"
note = 38
cc = [{{ number = 20, from = "{source}" }}]
trigger_when = "{when}"
"""

STEADY = 'type = "midi"\ntiming = "steady"'


def dispatched(
    *events: Onset | Strike, timing: str = "", source: str = "drive", when: str = "complete"
) -> list[TranscriptEntry]:
    rig, tape = rig_from(RIG.format(timing=timing, source=source, when=when)), Transcript()
    mappings = {PlayKey("snare"): snare_mapping()}
    targets = open_targets(rig, tape)
    dispatcher = Dispatcher(routes_of(rig, mappings, targets, "my.toml"), mappings, stream_time(RATE))
    for event in events:
        dispatcher.add(event)
    close_targets(targets)
    return tape.sorted()


def strike() -> Strike:
    return snare_mapping()(hit_of())


def test_what_is_on_its_way_when_a_performance_stops_is_not_sent() -> None:
    rig, tape = rig_from(RIG.format(timing="", source="drive", when="complete")), Transcript()
    mappings, targets = {PlayKey("snare"): snare_mapping()}, open_targets(rig, tape)
    dispatcher = Dispatcher(routes_of(rig, mappings, targets, "my.toml"), mappings, stream_time(RATE))
    heard: SimpleQueue[Onset | Strike] = SimpleQueue()
    plays = iter((True, False))
    sender = Sender(heard, dispatcher, wanted=lambda: next(plays))
    heard.put(strike())
    heard.put(strike())
    sender.close()
    close_targets(targets)
    assert (sender.events, targets["osc"].counters.strokes) == (2, 1)


def test_a_stroke_leaves_as_soon_as_it_is_ready() -> None:
    entries = dispatched(strike(), timing='timing = "asap"')
    assert [(entry.target, round(entry.time_s * RATE)) for entry in entries] == [
        ("osc", 1256),
        ("osc", 1256),
        ("midi", 1256),
        ("midi", 1256),
        ("midi", 1256 + 4800),
    ]


def test_osc_is_due_by_the_audio_hosts_clock_and_midi_by_the_streams() -> None:
    rig, tape = rig_from(RIG.format(timing="timing = { fixed_ms = 10 }", source="drive", when="complete")), Transcript()
    mappings, targets = {PlayKey("snare"): snare_mapping()}, open_targets(rig, tape)
    routes = routes_of(rig, mappings, targets, "my.toml")
    Dispatcher(routes, mappings, stream_time(RATE), lambda sample: 1.0 + sample / RATE).add(strike())
    close_targets(targets)
    first = {entry.target: round(entry.time_s * RATE) for entry in reversed(tape.sorted())}
    assert first == {"osc": RATE + 1480, "midi": 1256}


def test_a_fixed_delay_counts_from_the_onset() -> None:
    entries = dispatched(strike(), timing="timing = { fixed_ms = 10 }")
    assert [round(entry.time_s * RATE) for entry in entries if entry.target == "osc"] == [1480, 1480]


def test_a_steady_stroke_leaves_a_constant_moment_after_its_window() -> None:
    entries = dispatched(strike(), timing='timing = "steady"')
    assert [round(entry.time_s * RATE) for entry in entries if entry.target == "osc"] == [1280, 1280]


def test_osc_is_steady_unless_told_otherwise() -> None:
    assert dispatched(strike()) == dispatched(strike(), timing='timing = "steady"')


def test_a_steady_target_sends_an_early_note_at_once() -> None:
    rig, tape = (
        rig_from(RIG.format(timing="", source="drive", when="early").replace('type = "midi"', STEADY)),
        Transcript(),
    )
    mappings, targets = {PlayKey("snare"): snare_mapping()}, open_targets(rig, tape)
    dispatcher = Dispatcher(routes_of(rig, mappings, targets, "my.toml"), mappings, stream_time(RATE))
    dispatcher.add(Onset(0, 0, 1000, 1020, -20.0))
    close_targets(targets)
    assert round(tape.sorted()[0].time_s * RATE) == 1020


def test_a_fixed_delay_that_has_passed_leaves_at_once() -> None:
    entries = dispatched(strike(), timing="timing = { fixed_ms = 1 }")
    assert [round(entry.time_s * RATE) for entry in entries if entry.target == "osc"] == [1256, 1256]


def test_an_early_note_leaves_at_detection_and_its_values_follow() -> None:
    entries = dispatched(Onset(0, 0, 1000, 1010, -20.0 + CREST_DB), strike(), when="early")
    midi = [(round(entry.time_s * RATE), entry.data[0]) for entry in entries if entry.target == "midi"]
    assert midi == [(1010, 0x99), (1256, 0xB9), (1010 + 4800, 0x89)]


def test_an_onset_alone_sends_nothing_to_plays_that_wait() -> None:
    assert dispatched(Onset(0, 0, 1000, 1010, -20.0)) == []


def test_a_strike_of_another_drum_goes_nowhere() -> None:
    assert dispatched(replace(strike(), source=PlayKey("tom"))) == []


def test_an_unknown_number_is_refused_with_the_place_in_the_rig() -> None:
    with pytest.raises(InputError, match=r"my\.toml: drum 'snare' play\[2\]\.cc\[1\]\.from: 'dirve' is no number"):
        dispatched(source="dirve")


def test_the_thread_sends_all_that_was_heard_before_it_ends() -> None:
    outbox: SimpleQueue[Onset | Strike] = SimpleQueue()
    rig, tape = rig_from(RIG.format(timing="", source="drive", when="complete")), Transcript()
    mappings = {PlayKey("snare"): snare_mapping()}
    targets = open_targets(rig, tape)
    routes = routes_of(rig, mappings, targets, "my.toml")
    sender = Sender(outbox, Dispatcher(routes, mappings, stream_time(RATE)))
    for _ in range(20):
        outbox.put(strike())
    sender.close()
    assert (sender.events, sender.errors, targets["osc"].counters.strokes) == (20, 0, 20)


def test_a_stroke_that_fails_does_not_end_the_thread() -> None:
    outbox: SimpleQueue[Onset | Strike] = SimpleQueue()
    mappings = {PlayKey("snare"): snare_mapping()}
    rig = rig_from(RIG.format(timing="", source="drive", when="complete"))
    routes = routes_of(rig, mappings, open_targets(rig, Transcript()), "my.toml")
    sender = Sender(outbox, Dispatcher(routes, mappings, stream_time(0)))
    outbox.put(strike())
    sender.close()
    assert (sender.events, sender.errors) == (1, 1)
    assert sender.last_error.startswith("ZeroDivisionError")
