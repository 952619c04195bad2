"""Every stroke reaches its plays, each at its moment."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from operator import attrgetter
from queue import SimpleQueue
from typing import Any, NamedTuple

import pytest

from bridge.events import Dismissed, Event, Onset, PlayKey, Strike, Transcript, TranscriptEntry
from bridge.targets.base import Target
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
{midi}

[[drum]]
name = "snare"

[[drum.play]]
target = "osc"
send = ["unit.drive"]

[[drum.play]]
target = "midi"
note = {note}
cc = [{{ number = 20, from = "{source}" }}]
trigger_when = "{when}"
{takes}
"""


class Opened(NamedTuple):
    """A dispatcher, its targets by name, and the tape on which they write."""

    dispatcher: Dispatcher
    targets: dict[str, Target]
    tape: Transcript

    def close(self) -> list[TranscriptEntry]:
        """Close the targets and return what they have sent."""
        close_targets(self.targets)
        return sorted(self.tape, key=attrgetter("time_s"))


def opened(*, rate: int = RATE, osc_clock: Callable[[float], float] | None = None, **words: str) -> Opened:
    """Return a dispatcher of the rig with these words in it."""
    default = {"timing": "", "midi": "", "source": "drive", "when": "complete", "takes": "", "note": "38"}
    rig = rig_from(RIG.format_map(default | words))
    tape, mappings = Transcript(), {PlayKey("snare"): snare_mapping()}
    targets = open_targets(rig, tape)
    routes = routes_of(rig, mappings, targets, "my.toml")
    return Opened(Dispatcher(routes, mappings, stream_time(rate), osc_clock), targets, tape)


def dispatched(*events: Event, **words: Any) -> list[TranscriptEntry]:
    """Return what the rig with these words sends for events."""
    to = opened(**words)
    for event in events:
        to.dispatcher.add(event)
    return to.close()


def heard(*events: Event) -> SimpleQueue[Event]:
    """Return a queue of events."""
    outbox: SimpleQueue[Event] = SimpleQueue()
    for event in events:
        outbox.put(event)
    return outbox


def strike() -> Strike:
    return snare_mapping()(hit_of())


def test_what_is_on_its_way_when_a_performance_stops_is_not_sent() -> None:
    to, plays = opened(), iter((True, False))
    sender = Sender(heard(strike(), strike()), to.dispatcher, wanted=lambda: next(plays))
    sender.close()
    to.close()
    assert (sender.events, to.targets["osc"].counters.strokes) == (2, 1)


EARLY_OSC = 'send = ["unit.drive"]\ntrigger_when = "early"'


@pytest.mark.parametrize(("timing", "after"), [('"asap"', 400), ("{ fixed_ms = 20 }", 960)])
def test_what_was_no_stroke_is_taken_back_when_it_is_known(timing: str, after: int) -> None:
    table = RIG.replace('send = ["unit.drive"]', EARLY_OSC)
    words = {
        "timing": f"timing = {timing}",
        "midi": "",
        "source": "drive",
        "when": "complete",
        "takes": "",
        "note": "38",
    }
    rig, tape, mappings = rig_from(table.format_map(words)), Transcript(), {PlayKey("snare"): snare_mapping()}
    targets = open_targets(rig, tape)
    dispatcher = Dispatcher(routes_of(rig, mappings, targets, "my.toml"), mappings, stream_time(RATE))
    for event in (Onset(7, 0, 1000, 1030, -20.0), Dismissed(7, 0, 1000, 1400), Dismissed(8, 1, 1000, 1400)):
        dispatcher.add(event)
    sent = [(entry.message["address"], round(entry.time_s * RATE) - 1000) for entry in tape]
    assert sent == [("/drum/snare/hit", 30 if after == 400 else 960), ("/drum/snare/cancel", after)]
    assert tape[-1].message["args"] == [7]
    assert targets["osc"].counters.late == 0


@pytest.mark.parametrize(
    ("timing", "left"), [("", [("992640", 30), ("892640", 400)]), ("timing = { fixed_ms = 20 }", [])]
)
def test_an_early_note_of_what_was_no_stroke_ends_when_that_is_known_or_never_leaves(
    timing: str, left: list[tuple[str, int]]
) -> None:
    onset, none = Onset(7, 0, 1000, 1030, -20.0), Dismissed(7, 0, 1000, 1400)
    entries = dispatched(onset, none, midi=f"lead_ms = 0\n{timing}", source="velocity", when="early")
    velocities = [(entry.data.hex()[:4], round(entry.time_s * RATE) - 1000) for entry in entries]
    assert velocities == [(data[:4], after) for data, after in left]


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
    to = opened(timing="timing = { fixed_ms = 10 }", osc_clock=lambda sample: 1.0 + sample / RATE)
    to.dispatcher.add(strike())
    first = {entry.target: round(entry.time_s * RATE) for entry in reversed(to.close())}
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
    entries = dispatched(Onset(0, 0, 1000, 1020, -20.0), when="early", midi='timing = "steady"')
    assert round(entries[0].time_s * RATE) == 1020


def test_a_fixed_delay_that_has_passed_leaves_at_once() -> None:
    entries = dispatched(strike(), timing="timing = { fixed_ms = 1 }")
    assert [round(entry.time_s * RATE) for entry in entries if entry.target == "osc"] == [1256, 1256]


def test_an_early_note_leaves_at_detection_and_its_values_follow() -> None:
    entries = dispatched(Onset(0, 0, 1000, 1010, -20.0), strike(), when="early")
    midi = [(round(entry.time_s * RATE), entry.data[0]) for entry in entries if entry.target == "midi"]
    assert midi == [(1010, 0x99), (1256, 0xB9), (1010 + 4800, 0x89)]


def test_an_onset_alone_sends_nothing_to_plays_that_wait() -> None:
    assert dispatched(Onset(0, 0, 1000, 1010, -20.0)) == []


def test_a_strike_of_another_drum_goes_nowhere() -> None:
    assert dispatched(replace(strike(), source=PlayKey("tom"))) == []


@pytest.mark.parametrize(("part", "played"), [("[60, 100]", False), ("[100, inf]", True)])
def test_a_play_sends_only_the_strokes_that_its_when_takes(part: str, played: bool) -> None:
    to = opened(takes=f"when = {{ centroid = {part} }}")
    to.dispatcher.add(strike())
    assert [to.targets[name].counters.strokes for name in ("osc", "midi")] == [1, int(played)]
    assert {entry.target for entry in to.close()} == ({"osc", "midi"} if played else {"osc"})


def test_notes_in_turn_wait_for_the_strokes_that_their_play_takes() -> None:
    to = opened(note="[38, 40, 42]", takes='when = { level = [-25, 0] }\nnote_order = "turn"')
    for level_db in (-20.0, -30.0, -20.0):
        to.dispatcher.add(snare_mapping()(hit_of(level_db)))
    assert [entry.data[1] for entry in to.close() if entry.data[:1] == b"\x99"] == [38, 40]


def test_an_unknown_number_of_when_is_refused_with_the_place_in_the_rig() -> None:
    with pytest.raises(InputError, match=r"my\.toml: drum 'snare' play\[2\]\.when: 'levle' is no number of a stroke"):
        dispatched(takes="when = { levle = [-30, 0] }")


def test_an_unknown_number_is_refused_with_the_place_in_the_rig() -> None:
    with pytest.raises(InputError, match=r"my\.toml: drum 'snare' play\[2\]\.cc\[1\]\.from: 'dirve' is no number"):
        dispatched(source="dirve")


def test_the_thread_sends_all_that_was_heard_before_it_ends() -> None:
    to = opened()
    sender = Sender(heard(*[strike()] * 20), to.dispatcher)
    sender.close()
    assert (sender.events, sender.errors, to.targets["osc"].counters.strokes) == (20, 0, 20)


def test_a_stroke_that_fails_does_not_end_the_thread() -> None:
    sender = Sender(heard(strike()), opened(rate=0).dispatcher)
    sender.close()
    assert (sender.events, sender.errors) == (1, 1)
    assert sender.last_error.startswith("ZeroDivisionError")
