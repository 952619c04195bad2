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

from bridge.events import Moment
from bridge.midi import child as midi_child
from bridge.midi.carrier import ChildMidiCarrier
from bridge.midi.child import MidiChild
from bridge.midi.listeners import alsa_listeners
from bridge.midi.messages import NoteOn, WireStroke
from bridge.realtime.child import wait_for
from bridge.realtime.loop import frame
from bridge.rig.targets import MidiTargetSettings, parse_target
from bridge.targets.midi import MidiTarget, Step
from synth.errors import InputError
from tests.bridge.strokes import CONTEXT, at, numbers, play_of, sent

NOTE = {"note": 38}


def hexes(play: dict[str, Any], *strokes: dict[str, float], **target: Any) -> list[str]:
    """Return the messages of strokes a second apart, note-offs left out."""
    timed = sent(play, [(1.0 + index, stroke) for index, stroke in enumerate(strokes)], type="midi", **target)
    return [data.hex() for _, data in timed if data[0] & 0xF0 != 0x80]


def value(**fields: Any) -> dict[str, Any]:
    return {"values": [{"from": "cutoff", **fields}]}


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
        (value(bend=True), ["e97f7f"]),
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
        ({"curve": "exponential"}, [1, 16, 127]),
        ({"curve": "logarithmic"}, [1, 112, 127]),
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
    settings = {"port": "x", "virtual": True, "budget": "none", "running_status": False, "lead_s": 0.0}
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
    words = {"port": "x", "virtual": True, "api": None, "budget": "none", "running_status": False, "lead_s": 0}
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
