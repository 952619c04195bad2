"""MIDI byte for byte, as recorded and through a real pipe to the process that owns a port."""

from __future__ import annotations

import json
import os
import pickle
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from bridge.events import Moment, Transcript
from bridge.midi import child as midi_child
from bridge.midi.carrier import ChildMidiCarrier
from bridge.midi.child import MidiChild
from bridge.midi.listeners import alsa_listeners
from bridge.midi.messages import NoteOn, WireStroke
from bridge.realtime.child import wait_for
from bridge.realtime.loop import frame
from bridge.rig.targets import MidiTargetSettings, parse_target
from bridge.targets.midi import MidiTarget
from bridge.targets.midi_values import Step
from synth.errors import InputError
from tests.bridge.strokes import CONTEXT, at, numbers, play_of, sent, target_on

NOTE = {"note": 38}


def hexes(play: dict[str, Any], *strokes: dict[str, float], **target: Any) -> list[str]:
    """Return the messages of strokes a second apart, note-offs left out."""
    timed = sent(play, [(1.0 + index, stroke) for index, stroke in enumerate(strokes)], type="midi", **target)
    return [data.hex() for _, data in timed if data[0] & 0xF0 != 0x80]


def value(**fields: Any) -> dict[str, Any]:
    return {"values": [{"from": "unit.cutoff", **fields}]}


@pytest.mark.parametrize(
    ("play", "expected"),
    [
        (value(cc=74), ["b94a7f"]),
        (value(cc=0), ["b9007f"]),
        (value(rpn=0, null=False), ["b96500", "b96400", "b9067f", "b9267f"]),
        (value(cc14=16), ["b9107f", "b9307f"]),
        (value(nrpn=300), ["b96302", "b9622c", "b9067f", "b9267f", "b9637f", "b9627f"]),
        (value(nrpn=300, null=False), ["b96302", "b9622c", "b9067f", "b9267f"]),
        (value(rpn=1), ["b96500", "b96401", "b9067f", "b9267f", "b9657f", "b9647f"]),
        (value(nrpn_low_first=300), ["b96302", "b9622c", "b9267f", "b9067f", "b9637f", "b9627f"]),
        (value(bend=True), ["e97f7f"]),
        (value(signed_bend=True), ["e97f7f"]),
        (value(signed_bend=True, low=-8192, high=0), ["e90040"]),
        (value(pressure=True), ["d97f"]),
        (value(poly_pressure=True) | NOTE, ["a9267f", "997f40"]),
        (value(cc=74, low=127, high=0) | {"channel": 1}, ["b04a00"]),
        ({"program": 5, "channel": 3}, ["c204"]),
        ({"program": 128, "bank": 300, "channel": 16}, ["bf0002", "bf202c", "cf7f"]),
    ],
)
def test_every_kind_of_value_byte_for_byte(play: dict[str, Any], expected: list[str]) -> None:
    found = hexes({"channel": 10, **play}, numbers(1.0, velocity=1.0))
    assert [data.replace("99267f", "997f40") for data in found] == expected


@pytest.mark.parametrize(
    ("shape", "expected"),
    [
        ({}, [1, 64, 127]),
        ({"low": 20, "high": 120}, [20, 70, 120]),
        ({"curve": "exponential"}, [1, 11, 127]),
        ({"curve": "logarithmic", "range": [0.01, 1.0]}, [1, 108, 127]),
        ({"curve": "fixed", "value": 99}, [99, 99, 99]),
        ({"curve": "table", "table": [10, 100, 50]}, [10, 100, 50]),
        ({"from": "level"}, [64, 64, 64]),
    ],
)
def test_velocity_curves(shape: dict[str, Any], expected: list[int]) -> None:
    strokes = [numbers(velocity=velocity) for velocity in (0.0, 0.5, 1.0)]
    assert [int(data[4:], 16) for data in hexes({"note": 38, "velocity": shape}, *strokes)] == expected


def test_a_note_ends_after_its_length() -> None:
    assert sent({"note": 38, "note_ms": 250}, [(1.0, numbers())], type="midi")[-1] == (1.25, bytes((0x89, 38, 64)))


def test_only_changed_values_leave() -> None:
    assert hexes(value(cc=20), numbers(0.1), numbers(0.1), numbers(0.9)) == ["b9140d", "b91472"]


def test_hysteresis_keeps_a_value_from_chattering() -> None:
    step = Step(127, 0.1)
    assert [step(64 + wobble) for wobble in (0.45, 0.55, 0.45, 0.55, 0.65)] == [64, 64, 64, 64, 65]


def test_both_ends_are_reached_in_spite_of_hysteresis() -> None:
    step = Step(127, 1.0)
    assert [step(value) for value in (0.9, 0.0, 126.5, 127.0)] == [1, 0, 126, 127]


@pytest.mark.parametrize(("unit", "note"), [(0.0, 36), (0.24, 41), (0.5, 48), (1.0, 60)])
def test_a_note_may_follow_a_number_on_a_scale(unit: float, note: int) -> None:
    play = {"note": {"from": "centroid", "scale": "minor-pentatonic", "root": 36, "low": 36, "high": 60}}
    assert int(hexes(play, numbers(unit))[0][2:4], 16) == note


@pytest.mark.parametrize(
    ("play", "complaint"),
    [
        ({"values": [{"cc": 1, "nrpn": 2, "from": "level"}]}, "give exactly one of cc"),
        (
            {"cc": [{"number": 1, "from": "level"}, {"number": 1, "from": "cutoff"}]},
            "cc 1 on channel 10 is mapped twice",
        ),
        (value(cc=1, high=200), r"values\[1\].high is 200; a cc takes 0 to 127"),
        (value(signed_bend=True, low=-9000), r"values\[1\].low is -9000; a signed_bend takes -8192 to 8191"),
        (value(cc=123), r"values\[1\].cc: 123 is no seven-bit controller: 120 to 127 are channel mode messages"),
        ({"cc": [{"number": 120, "from": "level"}]}, r"cc\[1\].number: 120 is no seven-bit controller: 120 to 127 are"),
        (value(cc=128), r"values\[1\].cc is 128; allowed is a whole number from 0 to 119"),
        (
            {"values": [{"nrpn": 5, "from": "level"}, {"nrpn_low_first": 5, "from": "cutoff"}]},
            "nrpn 5 on channel 10 is mapped twice",
        ),
        (
            {"values": [{"bend": True, "from": "level"}, {"signed_bend": True, "from": "cutoff"}]},
            "bend on channel 10 is mapped twice",
        ),
        (
            {"velocity": {"curve": "table", "table": [0, 0]}},
            r"velocity.table\[1\] is 0; allowed is a whole number from 1",
        ),
        ({"choke": list(range(33))}, r"choke is .*; allowed is a list of at most 32"),
        ({"note": "C11"}, r"test\.note: C11 is note 144 where middle C is C4; MIDI has 0 to 127"),
        ({"note": [38, "H2"]}, r"test\.note\[2\]: 'H2' is a name; .* a pitch is written as C2 or F#2"),
        ({"note": [38, 128]}, r"note\[2\] is 128; allowed is a whole number from 0 to 127"),
        ({"note": []}, r"note is \[\]; allowed is"),
        ({"choke": ["open hat"]}, r"test\.choke\[1\]: 'open hat' is a name"),
        ({"channel": 1, "channels": [2, 3]}, "there is channel and channels; give one of them"),
        ({"channels": [2, 2]}, r"channels is \[2, 2\]; each may be named once"),
        (
            {"cc": [{"number": 33, "from": "level"}], **value(cc14=1)},
            r"cc 33 on channel 10 is mapped twice \(cc14 N is",
        ),
        ({"cc": [{"number": 1, "from": "level"}], **value(cc14=1)}, "cc 1 on channel 10 is mapped twice"),
        ({"note": {"from": "level", "low": 200, "high": 400}}, r"test\.note\.low is 200; a note takes 0 to 127"),
        ({"note": {"from": "level", "high": -1}}, r"test\.note\.high is -1; a note takes 0 to 127"),
        ({"bank": 5}, "bank is sent with a program change; give program"),
        ({"note": {"from": "level", "scale": "mayor"}}, "'mayor' is unknown; there are chromatic"),
        (value(control="snappy"), "a control needs a profile"),
        ({"note": "SD"}, "a named note needs profile"),
        (value(poly_pressure=True), "needs a play with one fixed note"),
        ({"velocity": {"from": "centroid"}, "trigger_when": "early"}, "'centroid' is not known at detection"),
        ({"note": {"from": "centroid"}, "trigger_when": "early"}, r"test\.note\.from: 'centroid' is not known at"),
        ({"velocity": {"from": "cutof"}}, r"test\.velocity\.from: 'cutof' is no number of a stroke"),
    ],
)
def test_a_wrong_map_is_refused_in_one_sentence(play: dict[str, Any], complaint: str) -> None:
    with pytest.raises(InputError, match=complaint):
        hexes(play)


def test_a_signed_bend_rests_in_the_middle() -> None:
    play = {"values": [{"from": "mod.cutoff", "signed_bend": True}]}
    assert hexes(play, *(numbers(unit) for unit in (0.0, 0.5, 1.0))) == ["e90000", "e90040", "e97f7f"]


@pytest.mark.parametrize(
    ("note", "middle_c", "number"),
    [("C4", "C4", 60), ("C3", "C3", 60), ("c5", "C5", 60), ("F#2", "C4", 42), ("Bb1", "C3", 46), ("C-1", "C4", 0)],
)
def test_a_note_may_be_a_pitch_in_any_makers_octaves(note: str, middle_c: str, number: int) -> None:
    assert hexes({"note": note, "middle_c": middle_c}, numbers())[0][2:4] == f"{number:02x}"


def test_a_list_of_notes_is_a_chord_or_takes_turns() -> None:
    notes = {"note": [60, "E4", 67], "channel": 1}
    assert hexes(notes, numbers()) == ["903c40", "904040", "904340"]
    assert hexes(notes | {"note_order": "turn"}, *[numbers()] * 4) == ["903c40", "904040", "904340", "903c40"]


def test_every_note_of_a_chord_is_ended() -> None:
    messages = [data.hex() for _, data in sent({"note": [60, 64], "channel": 1}, [(1.0, numbers())], type="midi")]
    assert messages == ["903c40", "904040", "803c40", "804040"]


def test_strokes_take_channels_in_turn_with_values_and_note() -> None:
    play = {"channels": [3, 5], "note": 38, "program": 1, "cc": [{"number": 74, "from": "cutoff"}]}
    assert hexes(play, numbers(0.0), numbers(1.0), numbers(1.0)) == (
        ["c200", "c400", "b24a00", "922640", "b44a7f", "942640", "b24a7f", "922640"]
    )


def test_a_stroke_cuts_notes_on_every_channel_of_its_turn() -> None:
    play = {"channels": [1, 2], "note": 46, "note_ms": 60_000, "choke": [46]}
    messages = [data.hex() for _, data in sent(play, [(1.0, numbers()), (2.0, numbers())], type="midi")]
    assert messages[:3] == ["902e40", "802e40", "912e40"]


MPE = {"mpe": {"members": 3, "bend_semitones": 24}}
ZONE = ["b06500", "b06406", "b00603", "b0657f", "b0647f"]
REACH = [f"b{c}{data}" for c in "123" for data in ("6500", "6400", "0618", "2600", "657f", "647f")]


def test_in_a_zone_each_stroke_has_a_channel_of_its_own() -> None:
    values = [{"from": "mod.cutoff", "signed_bend": True}, {"from": "level", "pressure": True}]
    strokes = [numbers(1.0), numbers(0.5), numbers(0.0), numbers(1.0)]
    found = hexes({"note": 60, "values": values}, *strokes, **MPE)
    assert found[: len(ZONE + REACH)] == [*ZONE, *REACH]
    # The fourth stroke has the first one's channel, which holds its values already.
    expected = "e17f7f d17f 913c40 e20040 d240 923c40 e30000 d300 933c40 913c40"
    assert found[len(ZONE + REACH) :] == expected.split()


def test_in_a_zone_each_note_of_a_chord_has_a_channel_of_its_own() -> None:
    play = {"note": [60, 64], "values": [{"from": "cutoff", "cc": 74}]}
    assert hexes(play, numbers(1.0), **MPE)[len(ZONE + REACH) :] == ["b14a7f", "b24a7f", "913c40", "924040"]


def test_the_upper_zone_counts_down_from_channel_16() -> None:
    sent_hex = hexes({"note": 60}, numbers(), numbers(), mpe={"zone": "upper", "members": 2})
    assert sent_hex == ["bf6500", "bf6406", "bf0602", "bf657f", "bf647f", "9e3c40", "9d3c40"]


def test_plays_of_one_zone_share_its_channels() -> None:
    tape = Transcript()
    with target_on(tape, type="midi", mpe={"members": 2}) as opened:
        plays = [opened.bind(play_of(opened, note=note), CONTEXT, "test") for note in (60, 62)]
        for play in plays:
            opened.strike(play, numbers(), at(1.0))
    assert [entry.data.hex() for entry in tape if entry.data[0] & 0xF0 == 0x90] == ["913c40", "923e40"]


def test_a_channel_that_the_zone_gives_out_is_refused() -> None:
    with pytest.raises(InputError, match=r"channel is 3, which the target's MPE zone gives out itself \(2 to 16\)"):
        hexes({"channel": 3, "note": 60}, mpe={})
    assert hexes({"channel": 1, "values": [{"from": "level", "pressure": True}]}, numbers(0.0), mpe={})[-1] == "d000"


def test_an_early_note_and_its_values_have_one_channel() -> None:
    tape = Transcript()
    with target_on(tape, type="midi", mpe={}) as opened:
        play = {"note": 60, "trigger_when": "early", "values": [{"from": "unit.cutoff", "cc": 74}]}
        bound = opened.bind(play_of(opened, **play), CONTEXT, "test")
        for number in (1.0, 2.0):
            opened.early(bound, numbers(stroke=number), at(number))
        for number in (1.0, 2.0):
            opened.strike(bound, numbers(number / 2, stroke=number), at(number + 1.5))
    assert [entry.data.hex()[1] for entry in tape if entry.data[1] in (60, 74)][:4] == ["1", "1", "2", "2"]
    assert [entry.data.hex() for entry in tape if entry.data[1] == 74] == ["b14a40", "b24a7f"]


def taken_back(play: dict[str, Any], **target: Any) -> list[tuple[float, str]]:
    """Return what leaves where the first of two early strokes was none, less what is set at start."""
    tape = Transcript()
    with target_on(tape, type="midi", **target) as opened:
        bound = opened.bind(play_of(opened, trigger_when="early", **play), CONTEXT, "test")
        opened.early(bound, numbers(stroke=7.0), at(1.0))
        opened.cancel(bound, {"stroke": 7.0, "onset_samples": 0.0}, at(1.005))
        opened.early(bound, numbers(stroke=8.0), at(1.008))
        opened.cancel(bound, {"stroke": 7.0, "onset_samples": 0.0}, at(1.01))
    return [(round(entry.time_s, 6), entry.data.hex()) for entry in tape if entry.time_s]


@pytest.mark.parametrize(
    ("play", "target", "expected"),
    [
        ({"note": 38}, {}, ["992640", "892640", "992640", "892640"]),
        ({"note": [38, 40]}, {}, ["992640", "992840", "892640", "892840", "992640", "992840", "892640", "892840"]),
        ({"note": 38, "channels": [1, 2]}, {}, ["902640", "802640", "912640", "812640"]),
        ({"note": 38}, {"mpe": {"members": 2}}, ["912640", "812640", "922640", "822640"]),
    ],
)
def test_an_early_note_whose_stroke_was_none_ends_where_it_sounds(
    play: dict[str, Any], target: dict[str, Any], expected: list[str]
) -> None:
    messages = taken_back(play, **target)
    assert [data for _, data in messages] == expected
    assert {time_s for time_s, _ in messages} == {1.0, 1.005, 1.008, 1.108}


def test_the_child_takes_an_early_note_back(target: MidiTarget, lines: Path) -> None:
    bound = target.bind(play_of(target, note=38, note_ms=60_000, trigger_when="early"), CONTEXT, "test")
    target.early(bound, numbers(stroke=7.0), at(time.monotonic()))
    assert wait_for(lambda: written(lines) == ["992640"], 5.0)
    target.cancel(bound, {"stroke": 7.0, "onset_samples": 0.0}, at(time.monotonic()))
    assert wait_for(lambda: written(lines) == ["992640", "892640"], 5.0)


def midi_settings(**table: Any) -> MidiTargetSettings:
    settings = parse_target({"name": "t", "type": "midi", **table}, "test")
    assert isinstance(settings, MidiTargetSettings)
    return settings


@pytest.fixture
def lines(tmp_path: Path) -> Path:
    return tmp_path / "messages.txt"


@pytest.fixture
def target(lines: Path) -> Iterator[MidiTarget]:
    with MidiTarget(midi_settings(), lines=str(lines)) as opened:
        yield opened


def written(lines: Path) -> list[str]:
    return [line.split()[1] for line in lines.read_text().splitlines()] if lines.exists() else []


def has_lines(lines: Path, count: int) -> bool:
    return len(written(lines)) >= count


def test_the_child_sends_what_the_tape_records(target: MidiTarget, lines: Path) -> None:
    play = {"note": 38, "note_ms": 20, "program": 3, "cc": [{"number": 20, "from": "cutoff"}]}
    bound = target.bind(play_of(target, **play), CONTEXT, "test")
    recorded = [data.hex() for _, data in sent(play, [(1.0, numbers(0.1)), (2.0, numbers(0.9))], type="midi")]
    first = len(sent(play, [(1.0, numbers(0.1))], type="midi"))
    assert wait_for(partial(has_lines, lines, 1), 5.0)  # the program, which a stroke at once would overtake
    # A busy machine may end the first note late: the second waits for it.
    for unit, count in ((0.1, first), (0.9, len(recorded))):
        target.strike(bound, numbers(unit), at(time.monotonic()))
        assert wait_for(partial(has_lines, lines, count), 5.0)
    assert written(lines) == recorded


def test_a_fixed_stroke_leaves_at_its_moment(target: MidiTarget, lines: Path) -> None:
    bound = target.bind(play_of(target, note=38, note_ms=1), CONTEXT, "test")
    now_s = time.monotonic()
    target.strike(bound, numbers(), Moment(now_s, now_s, now_s + 0.15))
    assert wait_for(lambda: len(written(lines)) == 2, 5.0)
    assert float(lines.read_text().split()[0]) >= now_s + 0.15


@pytest.mark.parametrize("death", ["panic", "close"])
def test_no_note_is_left_on(target: MidiTarget, lines: Path, death: str) -> None:
    target.strike(
        target.bind(play_of(target, note=38, note_ms=60_000), CONTEXT, "test"), numbers(), at(time.monotonic())
    )
    assert wait_for(lambda: len(written(lines)) == 1, 5.0)
    getattr(target, death)()
    assert wait_for(lambda: written(lines)[1:] == ["892640", "b97b00", "b97800"], 5.0)


def test_a_panic_arrives_where_the_pipe_was_full(target: MidiTarget, lines: Path) -> None:
    assert isinstance(target.carrier, ChildMidiCarrier)
    bound = target.bind(play_of(target, note=38, note_ms=60_000), CONTEXT, "test")
    os.kill(target.carrier.child.pid, signal.SIGSTOP)
    while not target.counters.lost:
        target.strike(bound, numbers(), at(time.monotonic() + 1e6))
    target.panic()
    os.kill(target.carrier.child.pid, signal.SIGCONT)
    assert wait_for(lambda: written(lines)[-2:] == ["b97b00", "b97800"], 5.0)


def test_a_child_that_is_told_to_end_silences_first(target: MidiTarget, lines: Path) -> None:
    assert isinstance(target.carrier, ChildMidiCarrier)
    target.strike(
        target.bind(play_of(target, note=38, note_ms=60_000), CONTEXT, "test"), numbers(), at(time.monotonic())
    )
    assert wait_for(lambda: len(written(lines)) == 1, 5.0)
    os.kill(target.carrier.child.pid, signal.SIGTERM)
    assert wait_for(lambda: written(lines)[1:4] == ["892640", "b97b00", "b97800"], 5.0)


def test_a_child_that_was_killed_is_replaced_and_gets_its_state_again(target: MidiTarget, lines: Path) -> None:
    assert isinstance(target.carrier, ChildMidiCarrier)
    play = {"note": 38, "note_ms": 60_000, "program": 3, "cc": [{"number": 20, "from": "cutoff"}]}
    target.strike(target.bind(play_of(target, **play), CONTEXT, "test"), numbers(1.0), at(time.monotonic()))
    assert wait_for(lambda: written(lines) == ["c902", "b9147f", "99267f"[:4] + "40"], 5.0)
    os.kill(target.carrier.child.pid, signal.SIGKILL)
    assert wait_for(lambda: written(lines)[3:8] == ["892640", "b97b00", "b97800", "c902", "b9147f"], 5.0)


def test_what_was_sent_is_sent_again_when_asked_for(target: MidiTarget, lines: Path) -> None:
    play = {"program": 3, "cc": [{"number": 20, "from": "cutoff"}]}
    target.strike(target.bind(play_of(target, **play), CONTEXT, "test"), numbers(1.0), at(time.monotonic()))
    assert wait_for(lambda: written(lines) == ["c902", "b9147f"], 5.0)
    target.resend()
    assert wait_for(lambda: written(lines)[2:] == ["c902", "b9147f"], 5.0)


@pytest.mark.parametrize(("rest_s", "expected"), [(0.0, ["c902", "b9147f", "997f40"]), (1e9, ["997f40"])])
def test_where_nobody_sees_who_listens_a_stroke_after_a_rest_carries_everything_again(
    target: MidiTarget, lines: Path, monkeypatch: pytest.MonkeyPatch, rest_s: float, expected: list[str]
) -> None:
    play = {"program": 3, "cc": [{"number": 20, "from": "cutoff"}], "note": 127, "note_ms": 60_000}
    bound = target.bind(play_of(target, **play), CONTEXT, "test")
    target.strike(bound, numbers(1.0), at(time.monotonic()))
    assert wait_for(lambda: written(lines) == ["c902", "b9147f", "997f40"], 5.0)
    monkeypatch.setattr("bridge.midi.carrier.SILENCE_S", rest_s)
    target.strike(bound, numbers(1.0), at(time.monotonic()))
    assert wait_for(lambda: [data for data in written(lines)[3:] if data != "897f40"] == expected, 5.0)


def test_on_a_crowded_cable_programs_go_before_the_note_after_a_rest(
    lines: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bridge.midi.carrier.SILENCE_S", 0.0)
    with MidiTarget(midi_settings(budget="din", lead_ms=0), lines=str(lines)) as target:
        bound = target.bind(play_of(target, program=3, note=38, note_ms=60_000), CONTEXT, "test")
        assert wait_for(lambda: written(lines) == ["c902"], 5.0)
        target.strike(bound, numbers(), at(time.monotonic()))
        assert wait_for(lambda: written(lines) == ["c902", "c902", "992640"], 5.0)


@pytest.mark.parametrize(
    ("came", "told"),
    [
        ([set(), set()], 0),
        ([set(), {"synth"}, {"synth"}], 1),
        ([{"a"}, {"a", "b"}], 2),
        ([{"a"}, set(), {"a"}], 2),
        ([None, None], 0),
    ],
)
def test_the_child_tells_of_everyone_who_connects(
    came: list[set[str] | None], told: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    reports: list[dict[str, Any]] = []
    moments = [None if names is None else frozenset(names) for names in (came[0], *came)]
    monkeypatch.setattr(MidiChild, "report", lambda _, **words: reports.append(words))
    monkeypatch.setattr(midi_child.LinePort, "listeners", lambda _: moments.pop(0))
    settings = {"port": "x", "virtual": True, "budget": "none", "lead_s": 0.0}
    child = MidiChild(settings | {"lines": os.devnull}, 0, 1)
    child.open()
    for _ in came:
        assert child.look_after()
    assert sum("listener" in words for words in reports) == told


@pytest.mark.parametrize(("client", "found"), [("ghostnote", {"129:0", "20:0[r:0]"}), ("synth", set()), ("x", set())])
def test_the_kernels_list_says_who_listens(client: str, found: set[str]) -> None:
    text = """Client info
Client  14 : "Midi Through" [Kernel Legacy]
  Port   0 : "Midi Through Port-0" (RWe-) [In/Out]
    Connecting To: 128:7
Client 128 : "ghostnote" [User Legacy]
  Port   0 : "out" (R-e-) [Out]
    Connecting To: 129:0, 20:0[r:0]
  Port   1 : "other" (R-e-) [Out]
    Connecting To: 131:0
Client 129 : "synth" [User Legacy]
  Port   0 : "in" (-We-) [In]
    Connected From: 128:0
"""
    assert alsa_listeners(text, client, "out") == found


def test_a_player_that_is_killed_leaves_no_note_on(lines: Path) -> None:
    words = {"port": "x", "virtual": True, "api": None, "budget": "none", "lead_s": 0}
    child = subprocess.Popen(
        [sys.executable, "-m", "bridge.midi.child", json.dumps(words | {"lines": str(lines)})],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
    )
    assert child.stdin is not None
    child.stdin.write(frame(pickle.dumps(("stroke", WireStroke(0.0, 0.0, (), NoteOn(9, 38, 64, 60.0))))))
    child.stdin.flush()
    assert wait_for(lambda: written(lines) == ["992640"], 5.0)
    child.stdin.close()
    assert child.wait(5.0) == 0
    assert written(lines)[1:] == ["892640", "b97b00", "b97800"]


def test_a_port_that_is_not_there_is_one_sentence_and_costs_counted_messages() -> None:
    with MidiTarget(midi_settings(port="TR-08")) as target:
        (sentence,) = target.away
        assert re.search(r"target 't': port is 'TR-08'(; the MIDI ports here are|, which cannot be opened)", sentence)
        target.strike(target.bind(play_of(target, note=38), CONTEXT, "test"), numbers(), at(time.monotonic()))
        assert (target.counters.strokes, target.counters.messages, target.counters.lost) == (1, 0, 1)


def test_the_child_needs_nothing_but_rtmidi_and_the_standard_library() -> None:
    code = "import sys, bridge.midi.child; print(sorted({'numpy', 'mido', 'pydantic'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"
    assert MidiChild.__module__ == "bridge.midi.child"
