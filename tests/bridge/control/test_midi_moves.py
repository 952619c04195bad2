"""Live controls turned by notes, program changes, 14-bit controllers and encoders without an end."""

from __future__ import annotations

import json
import random
from collections.abc import Iterable
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from bridge.control.controls import live_controls
from bridge.control.midi_bindings import checked_bindings
from bridge.control.midi_moves import recognised, source_of
from bridge.control.remote import RemoteControl
from bridge.control.surface import StillSurface
from bridge.events import PlayKey
from bridge.rig.control import ControlSettings
from bridge.rig.validation import checked
from synth.errors import InputError
from tests.bridge.control.remotes import AMOUNT, remote_of
from tests.bridge.stages import DRUMS, QuietStage

LOCK = "/ghostnote/drum/snare/parameter/drive/lock"
PRESET = "/ghostnote/drum/snare/preset"
ENABLED = "/ghostnote/enabled"
PANIC = "/ghostnote/panic"


def heard(stage: QuietStage, messages: Iterable[str], address: str, **table: Any) -> list[Any]:
    """Return the value of a control after each message."""
    with remote_of(stage, **table) as remote:
        return list(values_after(remote, messages, address))


def values_after(remote: RemoteControl, messages: Iterable[str], address: str) -> Iterable[Any]:
    for message in messages:
        assert remote.midi.take(bytes.fromhex(message)), message
        assert remote._loader.settle(5.0)
        yield remote.controls[address].get()


def test_a_note_toggles_a_switch_and_its_end_does_nothing(stage: QuietStage) -> None:
    notes = [{"number": 36, "control": ENABLED}]
    assert heard(stage, ["90247f", "802400", "90247f", "902400"], ENABLED, note=notes) == [False, False, True, True]


def test_a_momentary_note_holds_for_as_long_as_it_sounds(stage: QuietStage) -> None:
    notes = [{"number": 36, "control": AMOUNT, "mode": "momentary"}]
    assert heard(stage, ["902401", "802440"], AMOUNT, note=notes) == [4.0, 0.0]


def test_a_note_turns_a_control_by_its_velocity(stage: QuietStage) -> None:
    notes = [{"number": 36, "control": AMOUNT, "mode": "velocity"}]
    assert heard(stage, ["90247f", "902400"], AMOUNT, note=notes) == [4.0, 4.0]


def test_a_note_sets_what_the_rig_says(stage: QuietStage) -> None:
    notes = [
        {"number": 36, "control": AMOUNT, "value": 2.5},
        {"number": 37, "control": PRESET, "value": "snare-2"},
        {"number": 38, "channel": 2, "control": ENABLED, "value": False},
    ]
    with remote_of(stage, note=notes) as remote:
        assert list(values_after(remote, ["902464", "802464"], AMOUNT)) == [2.5, 2.5]
        assert list(values_after(remote, ["952564"], PRESET)) == ["snare-2"]
        assert list(values_after(remote, ["912664"], ENABLED)) == [False]
        assert not remote.midi.take(bytes((0x90, 38, 100)))


def test_a_note_pulls_a_trigger_once(stage: QuietStage) -> None:
    heard(stage, ["90247f", "802400"], ENABLED, note=[{"number": 36, "control": PANIC}])
    assert stage.panics == 1


def test_a_note_chooses_the_next_name(stage: QuietStage) -> None:
    first, second, third = heard(stage, ["90247f"] * 3, PRESET, note=[{"number": 36, "control": PRESET}])
    assert len({first, second, third}) == 3


def test_program_changes_choose_by_number(stage: QuietStage) -> None:
    programs = [
        {"control": PRESET, "values": ["snare-3", "snare-1"]},
        {"control": AMOUNT, "channel": 2, "values": [0, 1.5]},
    ]
    with remote_of(stage, program=programs) as remote:
        assert list(values_after(remote, ["c000", "c301"], PRESET)) == ["snare-3", "snare-1"]
        assert list(values_after(remote, ["c101"], AMOUNT)) == [1.5]
        assert not remote.midi.take(bytes((0xC0, 2)))


def test_a_preset_that_is_read_holds_no_message_back_and_steps_count_from_it(stage: QuietStage) -> None:
    released = Event()
    with remote_of(stage, note=[{"number": 36, "control": PRESET}, {"number": 37, "control": PANIC}]) as remote:
        names = remote.controls[PRESET].choices
        there = names.index(str(remote.controls[PRESET].get()))
        remote._loader.ask("a disk that sleeps", released.wait)
        for message in ("90247f", "90247f", "90257f"):
            assert remote.midi.take(bytes.fromhex(message))
        assert (names.index(str(remote.controls[PRESET].get())), stage.panics) == (there, 1)
        released.set()
        assert remote._loader.settle(5.0)
        assert names.index(str(remote.controls[PRESET].get())) == (there + 2) % len(names)


def test_without_a_list_program_changes_choose_the_controls_own_names(stage: QuietStage) -> None:
    with remote_of(stage, program=[{"control": PRESET}]) as remote:
        names = remote.controls[PRESET].choices
        assert list(values_after(remote, ["c000", "c001"], PRESET)) == list(names[:2])


def test_fourteen_bits_turn_in_fine_steps(stage: QuietStage) -> None:
    cc = [{"number": 1, "control": AMOUNT, "encoding": "14-bit"}]
    found = heard(stage, ["b0017f", "b0217f", "b00140", "b02100", "b00140", "b02101"], AMOUNT, cc=cc)
    fine = [4 * value / 16383 for value in (127 << 7, 16383, 8192, 8192, 8192, 8193)]
    assert found == pytest.approx(fine)


@pytest.mark.parametrize(
    ("encoding", "up", "down", "down_two"),
    [("twos-complement", 1, 127, 126), ("signed-bit", 1, 65, 66), ("binary-offset", 65, 63, 62)],
)
def test_an_encoder_without_an_end_turns_from_where_the_control_is(
    stage: QuietStage, encoding: str, up: int, down: int, down_two: int
) -> None:
    cc = [{"number": 7, "control": AMOUNT, "encoding": encoding, "step": 0.05}]
    messages = [f"b007{value:02x}" for value in (up, down, down_two, *[down] * 9)]
    found = heard(stage, messages, AMOUNT, cc=cc)
    assert found == pytest.approx([1.2, 1.0, 0.6, 0.4, 0.2, *[0.0] * 7], abs=1e-9)


def test_an_encoder_steps_through_names_and_switches(stage: QuietStage) -> None:
    encoding = {"encoding": "twos-complement"}
    cc = [{"number": 7, "control": PRESET, **encoding}, {"number": 8, "control": ENABLED, **encoding}]
    with remote_of(stage, cc=cc) as remote:
        names = remote.controls[PRESET].choices
        there = names.index(remote.controls[PRESET].get())
        up, down = min(there + 1, len(names) - 1), min(there + 1, len(names) - 1) - 1
        assert list(values_after(remote, ["b00701", "b0077f"], PRESET)) == [names[up], names[max(down, 0)]]
        assert list(values_after(remote, ["b0087f", "b00801"], ENABLED)) == [False, True]


@pytest.mark.parametrize(
    ("values", "encoding"),
    [
        ([1, 1, 1], "twos-complement"),
        ([127, 127, 1], "twos-complement"),
        ([1, 2, 1, 1, 127, 126], "twos-complement"),
        ([65, 65, 63], "binary-offset"),
        ([63, 63, 63], "binary-offset"),
        ([1, 1, 65], "signed-bit"),
        ([65, 65, 1], "signed-bit"),
        ([1, 1], "absolute"),
        ([40, 41, 42], "absolute"),
        ([3, 4, 5, 6], "absolute"),
        ([127, 127, 127, 120, 100], "absolute"),
        ([0, 0, 0], "absolute"),
        ([64, 64, 65, 65], "absolute"),
    ],
)
def test_a_few_messages_show_what_kind_of_knob_moves(values: list[int], encoding: str) -> None:
    assert recognised(values) == encoding


def learned(stage: QuietStage, messages: Iterable[str], address: str = AMOUNT) -> tuple[Any, Any]:
    """Return what was bound by messages, and the control's value after them."""
    with remote_of(stage) as remote:
        assert remote.take("/ghostnote/learn", [address])
        for message in messages:
            remote.midi.take(bytes.fromhex(message))
        [binding] = remote.midi.bindings.values()
        return binding, remote.controls[address].get()


def test_an_encoder_that_is_learned_steps_from_where_the_control_was(stage: QuietStage) -> None:
    binding, value = learned(stage, ["b0077f", "b0077f", "b0077f", "b00701", "b00701"])
    assert (binding.encoding, value) == ("twos-complement", pytest.approx(1.0 + 4 * 0.01))


def test_a_knob_that_begins_at_its_end_is_learned_as_one_with_an_end(stage: QuietStage) -> None:
    binding, value = learned(stage, [f"b007{value:02x}" for value in (127, 127, 127, 126, 120, 100, 90, 0)])
    assert (binding.encoding, value) == ("absolute", 0.0)


def test_a_button_that_only_says_on_is_no_encoder(stage: QuietStage) -> None:
    binding, value = learned(stage, ["b0077f"] * 6, LOCK)
    assert (binding.encoding, value) == ("absolute", True)


def test_a_pair_of_controllers_is_learned_as_fourteen_bits(stage: QuietStage) -> None:
    binding, value = learned(stage, ["b00140", "b02100", "b00140", "b02101"])
    assert (binding.number, binding.encoding, value) == (1, "14-bit", pytest.approx(4 * 8193 / 16383))


def test_notes_and_program_changes_are_learned(stage: QuietStage, tmp_path: Path) -> None:
    file = tmp_path / "learned.json"
    with remote_of(stage, learned=str(file)) as remote:
        for address, message in ((ENABLED, "802440 902440"), (PRESET, "c100"), (AMOUNT, "b04a40")):
            remote.take("/ghostnote/learn", [address])
            for word in message.split():
                remote.midi.take(bytes.fromhex(word))
        told = {source: binding.control for source, binding in remote.midi.bindings.items()}
    assert [source.kind for source in told] == ["note", "program", "cc"]
    with remote_of(stage, learned=str(file)) as again:
        assert {source: binding.control for source, binding in again.midi.bindings.items()} == told
    assert [entry.get("source") for entry in json.loads(file.read_text())] == ["note", "program", None]


@pytest.mark.parametrize("silence", ["b07b00", "b07800", "b07f00"])
def test_all_notes_off_is_no_knob(stage: QuietStage, silence: str) -> None:
    with remote_of(stage) as remote:
        remote.take("/ghostnote/learn", [AMOUNT])
        assert not remote.midi.take(bytes.fromhex(silence))
        assert remote.midi.bindings == {}


@pytest.mark.parametrize(
    "text",
    [
        '[{"channel": 17, "number": 1, "control": "/a"}]',
        '[{"channel": 1, "number": -1, "control": "/a"}]',
        '[{"source": "wheel", "channel": 1, "number": 1, "control": "/a"}]',
        "[1]",
        "{}x",
        "[" * 50_000,
        '[{"a": 1}]',
    ],
)
def test_a_file_that_holds_no_binding_is_refused(stage: QuietStage, tmp_path: Path, text: str) -> None:
    file = tmp_path / "learned.json"
    file.write_text(text)
    with pytest.raises(InputError, match="is not what"):
        remote_of(stage, learned=str(file))


@pytest.mark.parametrize(
    ("table", "complaint"),
    [
        (
            {"cc": [{"number": 123, "control": AMOUNT}]},
            r"cc\[1\].number: 123 is no seven-bit controller: 120 to 127 are",
        ),
        (
            {"cc": [{"number": 40, "control": AMOUNT, "encoding": "14-bit"}]},
            "number is 40; a 14-bit controller is 0 to 31",
        ),
        ({"note": [{"number": 40, "control": "/ghostnote/state/strokes"}]}, r"note\[1\]: '/.*strokes' is only read"),
        ({"note": [{"number": 40, "control": AMOUNT, "value": "loud"}]}, r"note\[1\]: 'loud' does not fit .* a number"),
        ({"note": [{"number": 40, "control": AMOUNT, "value": 5}]}, r"note\[1\]: 5 is beyond the range of .*, 0 to 4"),
        ({"note": [{"number": 40, "control": AMOUNT, "value": 10**400}]}, r"note\[1\]: 1000.* is beyond the range of"),
        ({"program": [{"control": AMOUNT}]}, r"program\[1\]: '/.*amount' has no names to choose from; give values"),
        (
            {"cc": [{"number": 1, "control": PANIC, "encoding": "signed-bit"}]},
            r"cc\[1\]: '/ghostnote/panic' is a trigger; an encoder",
        ),
        (
            {"cc": [{"number": 1, "control": AMOUNT, "encoding": "14-bit"}, {"number": 33, "control": LOCK}]},
            "cc: controller 33 on any channel is the lower half of controller 1, which is 14-bit",
        ),
        ({"note": [{"number": 1, "control": LOCK}] * 2}, r"note\[2\]: note 1 on any channel turns '/.*lock' already"),
    ],
)
def test_a_binding_that_could_turn_nothing_is_refused(stage: QuietStage, table: dict[str, Any], complaint: str) -> None:
    with pytest.raises(InputError, match=complaint):
        checked_bindings(checked(ControlSettings, table, "control"), live_controls(StillSurface(stage.live), DRUMS))


def test_garbage_turns_what_it_is_bound_to_and_harms_nothing(stage: QuietStage) -> None:
    dice = random.Random(5)
    with remote_of(stage, cc=[{"number": 1, "control": AMOUNT, "encoding": "14-bit"}]) as remote:
        for _ in range(2000):
            remote.midi.take(dice.randbytes(dice.randrange(6)))
            remote.midi.take(bytes((0x80 | dice.randrange(128), dice.randrange(256), dice.randrange(256))))
    assert 0.0 <= stage.mappings[PlayKey("snare")].controls.amount <= 4.0


def test_a_source_is_told_by_its_kind() -> None:
    settings = ControlSettings.model_validate({"note": [{"number": 7, "channel": 1, "control": AMOUNT}]})
    assert source_of(settings.note[0]).words == "note 7 on channel 1"
