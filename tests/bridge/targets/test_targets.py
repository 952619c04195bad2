"""One contract over all targets.

The built-in voice has no messages: what it shares with the others is held by whole rigs, played as `render` plays them.
That panic silences it is in `test_engine`.
"""

from __future__ import annotations

import json
import os
import resource
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bridge.audio.files import Recording
from bridge.events import Transcript, TranscriptEntry
from bridge.rig.rig import rig_from_table
from bridge.rig.targets import parse_target, target_kinds
from bridge.session.offline import Performance, perform
from bridge.targets.tape import TapeTarget, TapeTargetSettings
from synth.errors import InputError
from tests.bridge.rigs import RATE, short_take
from tests.bridge.strokes import CONTEXT, at, numbers, play_of, target_on

OSC = ({"type": "osc", "port": 9000}, {"send": ["unit.cutoff", "unit.gain"]})
CC = ({"type": "midi"}, {"note": 38, "cc": [{"number": 20, "from": "cutoff"}, {"number": 21, "from": "gain"}]})
DIN = ({"type": "midi", "budget": "din"}, CC[1])
USB = ({"type": "midi", "budget": "usb"}, CC[1])
NRPN = ({"type": "midi"}, {"note": 38, "values": [{"nrpn": 300, "from": "cutoff"}, {"bend": True, "from": "gain"}]})
TAPE: tuple[dict[str, Any], dict[str, Any]] = ({"type": "tape"}, {})
EVERY = [OSC, CC, DIN, USB, NRPN, TAPE]

KINDS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "voice": ({}, {}),
    "osc": ({"port": 9000}, {"send": ["drive"]}),
    "midi": ({}, {"note": 38, "cc": [{"number": 20, "from": "drive"}]}),
    "tape": ({}, {}),
}
TAKE = Recording(short_take(1.0).audio, RATE, Path("take"))


def played(target: dict[str, Any], play: dict[str, Any], strokes: list[dict[str, float]]) -> list[TranscriptEntry]:
    tape = Transcript()
    with target_on(tape, **target) as opened:
        bound = opened.bind(play_of(opened, **play), CONTEXT, "test")
        for index, stroke in enumerate(strokes):
            opened.strike(bound, stroke, at(1.0 + index))
    return tape


def is_trigger(entry: TranscriptEntry) -> bool:
    return (entry.kind == "midi" and entry.data[0] & 0xF0 == 0x90) or entry.message.get("address") == "/drum/snare/hit"


@pytest.mark.parametrize(("target", "play"), [OSC, CC, DIN, USB, NRPN])
def test_parameters_leave_before_the_trigger(target: dict[str, Any], play: dict[str, Any]) -> None:
    entries = [entry for entry in played(target, play, [numbers(0.3)]) if entry.data[:1] != b"\x89"]
    assert [is_trigger(entry) for entry in entries] == [False] * (len(entries) - 1) + [True]


@pytest.mark.parametrize(("target", "play"), EVERY)
def test_close_twice_is_harmless(target: dict[str, Any], play: dict[str, Any]) -> None:
    opened = target_on(Transcript(), **target)
    opened.close()
    opened.close()
    assert opened.closed


@pytest.mark.parametrize(("target", "play"), [CC, DIN, USB, NRPN])
def test_panic_ends_every_note(target: dict[str, Any], play: dict[str, Any]) -> None:
    tape = Transcript()
    opened = target_on(tape, **target)
    bound = opened.bind(play_of(opened, **play), CONTEXT, "test")
    opened.strike(bound, numbers(), at(1.0))
    opened.strike(bound, numbers(), at(1.05))
    opened.panic()
    assert [entry.data.hex() for entry in tape[-3:]] == ["892640", "b97b00", "b97800"]


@pytest.mark.parametrize("unit", [0.0, 1.0])
def test_the_full_range_reaches_both_ends_in_midi(unit: float) -> None:
    values = [entry.data for entry in played(*CC, [numbers(unit)])[:2]]
    assert values == [bytes((0xB9, 20, round(127 * unit))), bytes((0xB9, 21, round(127 * unit)))]


@pytest.mark.parametrize("unit", [0.0, 1.0])
def test_the_full_range_reaches_both_ends_in_osc(unit: float) -> None:
    assert [entry.message["args"] for entry in played(*OSC, [numbers(unit)])[:2]] == [[unit], [unit]]


@pytest.mark.parametrize("end", ["low", "high"])
def test_an_end_too_large_for_osc_is_refused(end: str) -> None:
    play = {"send": [{"from": "cutoff", "low": 0, "high": 1, end: 1e300}], "trigger": ""}
    with pytest.raises(InputError, match=rf"{end}: it is 1e\+300; allowed is -3\.4e\+38 to 3\.4e\+38"):
        played({"type": "osc", "port": 9}, play, [numbers(1.0)])


@pytest.mark.parametrize(("target", "play"), [OSC, CC])
def test_an_unknown_number_is_refused_by_name(target: dict[str, Any], play: dict[str, Any]) -> None:
    opened = target_on(Transcript(), **target)
    wrong = {"send": ["cutof"]} if target["type"] == "osc" else {"cc": [{"number": 1, "from": "cutof"}]}
    with pytest.raises(InputError, match=r"'cutof' is no number of a stroke .*; did you mean 'cutoff' or"):
        opened.bind(play_of(opened, **wrong), CONTEXT, "rig.toml: drum 'snare' play[1]")


@pytest.mark.parametrize(("target", "play"), EVERY)
def test_every_stroke_is_counted(target: dict[str, Any], play: dict[str, Any]) -> None:
    opened = target_on(Transcript(), **target)
    bound = opened.bind(play_of(opened, **play), CONTEXT, "test")
    for index in range(3):
        opened.strike(bound, numbers(), at(float(index)))
    opened.close()
    assert opened.counters.strokes == 3
    assert opened.counters.messages >= 3


@pytest.mark.parametrize(("target", "play"), [OSC, CC])
def test_an_early_trigger_leaves_first_and_its_values_follow(target: dict[str, Any], play: dict[str, Any]) -> None:
    tape = Transcript()
    with target_on(tape, **target) as opened:
        bound = opened.bind(play_of(opened, **play, trigger_when="early"), CONTEXT, "test")
        opened.early(bound, {"level": -20.0, "velocity": 0.5, "stroke": 1.0, "onset_samples": 0.0}, at(1.0))
        opened.strike(bound, numbers(), at(1.006))
    assert [is_trigger(entry) for entry in tape[:3]] == [True, False, False]


def cancelled(**play: Any) -> list[dict[str, Any]]:
    """Return what an early trigger and its cancelling send."""
    tape = Transcript()
    with target_on(tape, type="osc", port=9000) as opened:
        bound = opened.bind(play_of(opened, trigger_args=["{stroke}"], **play), CONTEXT, "test")
        opened.early(bound, {"velocity": 0.5, "stroke": 7.0, "onset_samples": 0.0}, at(1.0))
        opened.cancel(bound, {"stroke": 7.0, "onset_samples": 0.0}, at(1.006))
    return [entry.message for entry in tape]


def test_an_early_trigger_whose_stroke_was_none_is_taken_back_by_its_number() -> None:
    note = {"address": "/drum/snare/hit", "args": [7]}
    assert cancelled(trigger_when="early") == [note, {"address": "/drum/snare/cancel", "args": [7]}]
    own = cancelled(trigger_when="early", cancel="/off/{drum}")
    assert own == [note, {"address": "/off/snare", "args": [7]}]
    assert cancelled(trigger_when="early", cancel="") == [note]


@pytest.mark.parametrize(("target", "play"), EVERY)
def test_every_target_may_be_told_that_an_early_stroke_was_none(target: dict[str, Any], play: dict[str, Any]) -> None:
    opened = target_on(Transcript(), **target)
    early = opened.bind(play_of(opened, **play, trigger_when="early"), CONTEXT, "test")
    opened.cancel(early, {"stroke": 7.0, "onset_samples": 0.0}, at(1.0))


def test_an_early_trigger_knows_no_features() -> None:
    opened = target_on(Transcript(), type="osc", port=9000)
    with pytest.raises(InputError, match="'centroid' is not known at detection"):
        opened.bind(play_of(opened, trigger_when="early", trigger_args=["{centroid}"]), CONTEXT, "test")


def performed(kind: str, timing: Any = "asap", **play: Any) -> Performance:
    """Return a take as one drum plays it on one target of a kind."""
    target, own = KINDS[kind]
    table = {
        "target": [{"name": "t", "type": kind, "timing": timing, **target}],
        "drum": [{"name": "snare", "play": [{"target": "t", **own, **play}]}],
    }
    return perform(rig_from_table(table, "my.toml"), TAKE)


def first_start(kind: str, performance: Performance) -> int:
    """Return the sample at which the first stroke's sound begins, or its note or line leaves."""
    if kind == "voice":
        return int(np.flatnonzero(performance.synth)[0])
    times_s = [entry.time_s for entry in performance.tape if is_trigger(entry) or entry.kind in ("strike", "early")]
    return round(times_s[0] * RATE)


def test_the_contract_is_over_every_kind_of_target() -> None:
    assert set(target_kinds()) == set(KINDS)


@pytest.mark.parametrize("kind", KINDS)
def test_a_stroke_plays_when_its_values_are_known(kind: str) -> None:
    performance = performed(kind)
    assert first_start(kind, performance) == performance.strikes[0].hit.ready


@pytest.mark.parametrize("kind", KINDS)
def test_a_fixed_delay_counts_from_the_strokes_onset(kind: str) -> None:
    performance = performed(kind, {"fixed_ms": 10.0})
    assert first_start(kind, performance) == performance.strikes[0].hit.onset + round(0.010 * RATE)


@pytest.mark.parametrize("kind", KINDS)
def test_an_early_stroke_plays_when_it_is_noticed(kind: str) -> None:
    performance = performed(kind, trigger_when="early")
    assert first_start(kind, performance) == performance.strikes[0].hit.detected


def tape_target(path: Path) -> TapeTarget:
    settings = parse_target({"name": "t", "type": "tape", "path": str(path)}, "test")
    assert isinstance(settings, TapeTargetSettings)
    return TapeTarget(settings)


def test_a_tape_is_a_file_with_a_line_a_stroke_and_an_older_one_is_kept(tmp_path: Path) -> None:
    (tmp_path / "tape.jsonl").write_text("from before\n")
    path = tmp_path / "tape-2.jsonl"
    with tape_target(tmp_path / "tape.jsonl") as opened:
        bound = opened.bind(play_of(opened), CONTEXT, "test")
        opened.early(bound, {"level": -20.0}, at(1.0))
        opened.strike(bound, numbers(0.3), at(2.0))
        # Read while it plays: whoever watches the file sees each stroke at once.
        lines = [json.loads(line) for line in path.read_text().splitlines()]
    assert (tmp_path / "tape.jsonl").read_text() == "from before\n"
    assert lines == [
        {"time_s": 1.0, "kind": "early", "drum": "snare", "level": -20.0},
        {"time_s": 2.0, "kind": "strike", "drum": "snare", **numbers(0.3)},
    ]


def test_a_tape_that_cannot_be_written_is_refused_in_one_sentence(tmp_path: Path) -> None:
    for path, why in ((tmp_path, "it is a folder"), (tmp_path / ("x" * 300), "File name too long")):
        with pytest.raises(InputError, match=rf"target 't': path: {path}: cannot be written \({why}\)"):
            tape_target(path)


def test_a_session_that_does_not_play_touches_no_tape(tmp_path: Path) -> None:
    (tmp_path / "tape.jsonl").write_text("from before\n")
    tape_target(tmp_path / "tape.jsonl").close()
    assert [path.read_text() for path in tmp_path.iterdir()] == ["from before\n"]


def test_a_tape_tells_the_file_that_it_has_made(tmp_path: Path) -> None:
    (tmp_path / "tape.jsonl").write_text("from before\n")
    with tape_target(tmp_path / "tape.jsonl") as opened:
        assert opened.written == ""
        opened.strike(opened.bind(play_of(opened), CONTEXT, "test"), numbers(), at(1.0))
        assert opened.written == str(tmp_path / "tape-2.jsonl")
        assert opened.place == f"file {tmp_path / 'tape-2.jsonl'}"


@pytest.mark.timeout(10)  # a pipe that nobody reads would be waited for
def test_a_pipe_that_nobody_reads_costs_the_tape_its_lines(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    with tape_target(tmp_path / "fifo") as opened:
        opened.strike(opened.bind(play_of(opened), CONTEXT, "test"), numbers(), at(1.0))
    assert opened.counters.lost == 1


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a file that is always full")
def test_a_full_disk_costs_the_tape_its_lines_and_ends_nothing() -> None:
    with tape_target(Path("/dev/full")) as opened:
        bound = opened.bind(play_of(opened), CONTEXT, "test")
        for index in range(3):
            opened.strike(bound, numbers(), at(float(index)))
    assert (opened.counters.strokes, opened.counters.lost) == (3, 3)
    assert opened.trouble.endswith(": /dev/full cannot be written (No space left on device)")


def test_a_disk_that_fills_up_in_a_line_costs_that_line_whole_and_the_next_ones_follow(tmp_path: Path) -> None:
    path = tmp_path / "tape.jsonl"
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    with tape_target(path) as opened:
        bound = opened.bind(play_of(opened), CONTEXT, "test")
        opened.strike(bound, numbers(), at(0.0))
        resource.setrlimit(resource.RLIMIT_FSIZE, (path.stat().st_size + 20, limits[1]))
        try:
            opened.strike(bound, numbers(), at(1.0))
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        opened.strike(bound, numbers(), at(2.0))
    assert [json.loads(line)["time_s"] for line in path.read_text().splitlines()] == [0.0, 2.0]
    assert (opened.counters.strokes, opened.counters.lost) == (3, 1)
