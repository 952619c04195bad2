"""MIDI controllers turn live controls, and learn which."""

from __future__ import annotations

import json
import re
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from bridge.control.controls import live_controls
from bridge.control.midi_bindings import checked_bindings
from bridge.control.midi_moves import Binding, Source
from bridge.control.surface import StillSurface
from bridge.events import PlayKey
from bridge.rig.control import CcControl, ControlSettings
from synth.errors import InputError
from tests.bridge.control.remotes import AMOUNT, remote_of
from tests.bridge.stages import DRUMS, QuietStage


def turned(bindings: dict[Source, Binding]) -> dict[tuple[int | None, int], str]:
    """Return what controllers turn, by channel and number."""
    return {(source.channel, source.number): bound.control for source, bound in bindings.items() if source.kind == "cc"}


def test_a_controllers_input_that_is_not_there_is_one_sentence_and_is_waited_for(stage: QuietStage) -> None:
    sentence = r"control: midi is 'no such controller'(; the MIDI inputs here are|, which cannot be opened)"
    with remote_of(stage, midi="no such controller") as remote:
        assert [re.search(sentence, away) is not None for away in remote.away] == [True]


def test_a_controller_covers_the_whole_range(stage: QuietStage) -> None:
    with remote_of(stage, cc=[{"number": 7, "channel": 1, "control": AMOUNT}]) as remote:
        amounts = []
        for value in (0, 127):
            assert remote.midi.take(bytes((0xB0, 7, value)))
            amounts.append(stage.mappings[PlayKey("snare")].controls.amount)
        assert amounts == [0.0, 4.0]
        assert not remote.midi.take(bytes((0xB1, 7, 64)))


def test_what_is_learned_is_kept(stage: QuietStage, tmp_path: Path) -> None:
    file = tmp_path / "learned.json"
    with remote_of(stage, learned=str(file)) as remote:
        assert remote.take("/ghostnote/learn", [AMOUNT])
        assert not remote.take("/ghostnote/learn", ["/nothing"])
        assert remote.midi.take(bytes((0xB3, 21, 127)))
    with remote_of(stage, learned=str(file)) as again:
        assert turned(again.midi.bindings) == {(3, 21): AMOUNT}
        assert again.take("/ghostnote/unlearn", [AMOUNT])
    assert json.loads(file.read_text()) == []


def test_only_what_was_learned_is_kept_and_the_rigs_own_may_change(stage: QuietStage, tmp_path: Path) -> None:
    own, other, file = {"number": 7, "channel": 1}, "/ghostnote/drum/snare/follow_level", tmp_path / "learned.json"
    with remote_of(stage, learned=str(file), cc=[{**own, "control": AMOUNT}]) as remote:
        remote.take("/ghostnote/learn", [other])
        remote.midi.take(bytes((0xB3, 21, 0)))
        assert turned(remote.midi.bindings) == {(0, 7): AMOUNT, (3, 21): other}
    assert [entry["number"] for entry in json.loads(file.read_text())] == [21]
    with remote_of(stage, learned=str(file), cc=[{**own, "control": other}]) as again:
        assert turned(again.midi.bindings) == {(0, 7): other, (3, 21): other}


def test_what_was_learned_goes_before_the_rig_and_is_unlearned_with_it(stage: QuietStage, tmp_path: Path) -> None:
    file, other = tmp_path / "learned.json", "/ghostnote/drum/snare/follow_level"
    cc = [{"number": 21, "channel": 4, "control": AMOUNT}, {"number": 22, "control": other}]
    with remote_of(stage, learned=str(file), cc=cc) as remote:
        remote.take("/ghostnote/learn", [other])
        remote.midi.take(bytes((0xB3, 21, 0)))
        assert turned(remote.midi.bindings) == {(3, 21): other, (None, 22): other}
        assert remote.take("/ghostnote/unlearn", [other])
        assert not remote.midi.take(bytes((0xB3, 22, 0)))
        assert turned(remote.midi.bindings) == {(3, 21): AMOUNT}


def test_what_was_learned_is_written_where_no_message_waits_and_before_the_end(
    stage: QuietStage, tmp_path: Path
) -> None:
    file, released = tmp_path / "learned.json", threading.Event()
    with remote_of(stage, learned=str(file)) as remote:
        remote._loader.ask("a disk that sleeps", released.wait)
        remote.take("/ghostnote/learn", [AMOUNT])
        assert remote.midi.take(bytes((0xB3, 21, 127)))
        assert not file.exists()
        released.set()
    assert [entry["number"] for entry in json.loads(file.read_text())] == [21]


def test_what_cannot_be_written_is_told_and_holds(stage: QuietStage, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with remote_of(stage, learned=str(tmp_path / "file" / "learned.json")) as remote:
        remote.take("/ghostnote/learn", [AMOUNT])
        assert remote.midi.take(bytes((0xB3, 21, 127)))
        assert remote._loader.settle(5.0)
        (sentence,) = remote.findings
        assert re.search(r"learned\.json: cannot be written \(.*\); what was learned holds until", sentence)
        assert turned(remote.midi.bindings) == {(3, 21): AMOUNT}


def test_two_threads_may_learn_and_forget(stage: QuietStage, tmp_path: Path) -> None:
    file, level = tmp_path / "learned.json", "/ghostnote/drum/snare/follow_level"
    with remote_of(stage, learned=str(file)) as remote, ThreadPoolExecutor(1) as other:
        forgetting = [other.submit(remote.take, "/ghostnote/unlearn", [level]) for _ in range(1000)]
        for number in range(1000):
            remote.midi.learn(AMOUNT)
            assert remote.midi.take(bytes((0xB0 + number % 16, number // 16, 127)))
        assert [one.result() for one in forgetting] == [False] * 1000
    assert len(json.loads(file.read_text())) == 1000


def test_what_is_only_read_cannot_be_learned(stage: QuietStage) -> None:
    with remote_of(stage) as remote:
        assert not remote.take("/ghostnote/learn", ["/ghostnote/state/level_db"])


def test_a_file_that_is_no_memory_is_refused(stage: QuietStage, tmp_path: Path) -> None:
    file = tmp_path / "learned.json"
    file.write_text("{")
    with pytest.raises(InputError, match="is not what"):
        remote_of(stage, learned=str(file))


def test_a_controller_for_an_unknown_control_is_refused(stage: QuietStage) -> None:
    with pytest.raises(InputError, match="'/ghostnote/volume' is no live control"):
        remote_of(stage, cc=[CcControl(number=7, control="/ghostnote/volume").model_dump()])


def test_a_rig_is_checked_for_controls_that_are_not_there(stage: QuietStage) -> None:
    controls = live_controls(StillSurface(stage.live), DRUMS)
    table = {"cc": [{"number": 7, "control": "/ghostnote/drum/snare/amoun"}]}
    settings = ControlSettings.model_validate(table, context={"source": "my.toml"})
    with pytest.raises(InputError, match=r"my\.toml: control\.cc\[1\]: .* did you mean '/ghostnote/drum/snare/amount'"):
        checked_bindings(settings, controls)


@pytest.mark.parametrize(
    ("entries", "complaint"),
    [
        ([(7, None, AMOUNT), (7, None, AMOUNT)], r"cc\[2\]: controller 7 on any channel turns '/.*/amount' already"),
        (
            [(7, 2, AMOUNT), (7, 2, "/ghostnote/panic")],
            r"cc\[2\]: controller 7 on channel 2 turns '/.*/amount' already",
        ),
        ([(7, None, "/ghostnote/state/level_db")], r"cc\[1\]: '/ghostnote/state/level_db' is only read"),
    ],
)
def test_a_controller_that_could_turn_nothing_is_refused(
    stage: QuietStage, entries: list[tuple[int, int | None, str]], complaint: str
) -> None:
    cc = [{"number": number, "channel": channel, "control": control} for number, channel, control in entries]
    settings = ControlSettings.model_validate({"cc": cc}, context={"source": "my.toml"})
    with pytest.raises(InputError, match=r"my\.toml: control\." + complaint):
        checked_bindings(settings, live_controls(StillSurface(stage.live), DRUMS))


def test_a_channel_may_have_another_control_than_the_others(stage: QuietStage) -> None:
    cc = [{"number": 7, "control": AMOUNT}, {"number": 7, "channel": 2, "control": "/ghostnote/panic"}]
    settings = ControlSettings.model_validate({"cc": cc})
    bindings = checked_bindings(settings, live_controls(StillSurface(stage.live), DRUMS))
    assert turned(bindings) == {(None, 7): AMOUNT, (1, 7): "/ghostnote/panic"}
