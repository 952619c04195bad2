"""Which message leaves a MIDI port, and when."""

from __future__ import annotations

import random

import pytest

from bridge.midi.messages import NoteOn, Value, Wire, WireStroke
from bridge.midi.scheduler import WireQueue
from bridge.midi_bytes import note_off

BYTE_S = 10 / 31_250
SNARE = NoteOn(9, 38, 100, 0.1)


def cc(number: int, value: int) -> Value:
    return Value(f"cc {number}", (bytes((0xB9, number, value)),))


def nrpn(number: int, value: int) -> Value:
    return Value(f"nrpn {number}", tuple(bytes((0xB9, c, v)) for c, v in ((99, 0), (98, number), (6, value), (38, 0))))


def played(queue: WireQueue, *strokes: WireStroke) -> list[tuple[float, str]]:
    """Return what leaves, strokes being added when they begin."""
    result: list[tuple[float, str]] = []
    now_s = 0.0
    waiting = list(strokes)
    while True:
        due_s = queue.next_s(now_s)
        if waiting and (due_s is None or waiting[0].start_s <= due_s):
            now_s = max(now_s, waiting[0].start_s)
            queue.strike(waiting.pop(0))
            continue
        if due_s is None:
            return result
        now_s = due_s
        message = queue.take(now_s)
        if message is not None:
            result.append((round(now_s * 1000, 3), message.hex()))


def stroke(start_s: float, *values: Value, note: NoteOn | None = SNARE) -> WireStroke:
    return WireStroke(start_s, start_s, values, note)


def din(lead_ms: float = 2.0) -> WireQueue:
    return WireQueue(Wire("din"), lead_ms / 1000)


def test_without_a_budget_all_values_go_before_the_note() -> None:
    queue = WireQueue(Wire(), 0.0)
    assert played(queue, stroke(1.0, cc(1, 5), cc(2, 6))) == [
        (1000, "b90105"),
        (1000, "b90206"),
        (1000, "992664"),
        (1100, "892640"),
    ]


def test_on_din_only_the_lead_goes_before_the_note_and_the_rest_follows_in_order() -> None:
    assert played(din(), stroke(1.0, *(cc(number, 5) for number in range(1, 5)))) == [
        (1000, "b90105"),
        (1000.96, "b90205"),
        (1001.92, "992664"),
        (1002.88, "b90305"),
        (1003.84, "b90405"),
        (1101.92, "892640"),
    ]


def test_a_repeated_status_byte_is_counted_because_it_is_handed_over() -> None:
    sent = played(din(), stroke(1.0, cc(1, 5), cc(2, 5)))
    assert [len(data) // 2 for _, data in sent] == [3, 3, 3, 3]
    assert sent[2][0] == pytest.approx(1000 + 2 * 3 * 0.32)


def test_only_changed_values_leave() -> None:
    queue = WireQueue(Wire(), 0.0)
    sent = played(queue, stroke(1.0, cc(1, 5), cc(2, 6)), stroke(2.0, cc(1, 5), cc(2, 7)))
    assert [data for _, data in sent] == ["b90105", "b90206", "992664", "892640", "b90207", "992664", "892640"]


def test_the_latest_value_takes_the_place_of_one_that_waits() -> None:
    values = [cc(number, 1) for number in range(1, 30)]
    sent = played(din(), stroke(1.0, *values), stroke(1.01, cc(25, 99), note=None))
    assert [data for _, data in sent if data.startswith("b919")] == ["b91963"]


def test_a_note_waits_for_one_message_of_other_traffic_at_most() -> None:
    dice = random.Random(1)
    strokes = [
        stroke(0.01 * i + 0.003 * dice.random(), *(nrpn(n, dice.randrange(128)) for n in range(20))) for i in range(300)
    ]
    sent = played(din(lead_ms=0.0), *strokes)
    ons = [time_ms for time_ms, data in sent if data.startswith("99")]
    turns, free_ms = [], 0.0
    for one in strokes:
        turns.append(max(one.start_s * 1000, free_ms))
        free_ms = turns[-1] + 2 * 0.96
    assert len(ons) == 300
    # A retriggered note is preceded by the note-off that it owes, its own.
    assert max(on - turn for on, turn in zip(ons, turns, strict=True)) <= 2 * 0.96 + 1e-3


def test_every_note_is_ended_exactly_once() -> None:
    dice = random.Random(2)
    strokes = sorted(
        (
            stroke(
                dice.random() * 4, *(cc(n, dice.randrange(128)) for n in range(9)), note=NoteOn(9, 36 + i % 3, 90, 0.1)
            )
            for i in range(96)
        ),
        key=lambda one: one.start_s,
    )
    sounding: dict[str, int] = {}
    for _, data in played(din(), *strokes):
        if data[:2] in ("99", "89"):
            sounding[data[2:4]] = sounding.get(data[2:4], 0) + (1 if data[:2] == "99" else -1)
            assert 0 <= sounding[data[2:4]] <= 1
    assert set(sounding.values()) == {0}


def test_a_parameter_number_is_never_split_by_another() -> None:
    dice = random.Random(3)
    strokes = [stroke(0.007 * i, *(nrpn(n, dice.randrange(128)) for n in range(4))) for i in range(200)]
    group: list[int] = []
    for _, data in played(din(lead_ms=4.0), *strokes):
        if data.startswith("b9"):
            controller = int(data[2:4], 16)
            assert controller == 99 or group
            group = [99] if controller == 99 else [*group, controller]
            assert group == [99, 98, 6, 38][: len(group)]
            group = [] if len(group) == 4 else group


def test_a_fixed_note_leaves_on_its_moment_with_its_values_before_it() -> None:
    sent = played(din(), WireStroke(1.0, 1.002, (cc(1, 5), cc(2, 5), cc(3, 5)), SNARE))
    assert sent[:4] == [(1000, "b90105"), (1000.96, "b90205"), (1002, "992664"), (1002.96, "b90305")]


def early(start_s: float, number: int, note_s: float | None = None) -> WireStroke:
    return WireStroke(start_s, start_s if note_s is None else note_s, (), SNARE, number=number)


def test_an_early_note_whose_stroke_was_none_ends_at_once() -> None:
    queue = WireQueue(Wire(), 0.0)
    queue.strike(early(1.0, 7))
    assert queue.take(1.0) == bytes.fromhex("992664")
    queue.cancel(7, 1.006)
    assert played(queue) == [(1006, "892640")]


def test_an_early_note_that_another_stroke_has_struck_again_stays_that_ones() -> None:
    queue = WireQueue(Wire(), 0.0)
    for stroke_ in (early(1.0, 7), early(1.004, 8)):
        queue.strike(stroke_)
    assert [queue.take(time_s) for time_s in (1.0, 1.004)] == [bytes.fromhex("992664"), bytes.fromhex("892640")]
    queue.cancel(7, 1.006)
    assert played(queue) == [(1004, "992664"), (1104, "892640")]


def test_an_early_note_that_waits_does_not_leave_when_its_stroke_was_none() -> None:
    queue = WireQueue(Wire(), 0.0)
    queue.strike(early(1.0, 7, note_s=1.02))
    assert queue.take(1.0) is None
    queue.strike(early(1.01, 8))
    queue.strike(early(1.02, 7))
    queue.cancel(7, 1.006)
    assert played(queue) == [(1010, "992664"), (1110, "892640")]


def test_a_choke_cuts_before_the_note() -> None:
    queue = WireQueue(Wire(), 0.0)
    sent = played(
        queue, stroke(1.0, note=NoteOn(9, 46, 90, 1.0)), stroke(1.1, note=NoteOn(9, 42, 90, 0.1, choke=(46,)))
    )
    assert [data for _, data in sent] == ["992e5a", "892e40", "992a5a", "892a40"]


def test_a_choke_by_pressure_leaves_the_note_off_for_later() -> None:
    queue = WireQueue(Wire(), 0.0)
    strokes = stroke(1.0, note=NoteOn(9, 46, 90, 1.0)), stroke(1.1, note=NoteOn(9, 42, 90, 0.1, (46,), True))
    assert [data for _, data in played(queue, *strokes)] == ["992e5a", "a92e7f", "992a5a", "892a40", "892e40"]


def test_silence_ends_notes_and_names_each_channel() -> None:
    queue = WireQueue(Wire(), 0.0)
    queue.strike(stroke(1.0, cc(1, 5)))
    queue.take(1.0), queue.take(1.0)
    assert [message.hex() for message in queue.silence((0, 9))] == ["892640", "b07b00", "b07800", "b97b00", "b97800"]
    assert queue.next_s(5.0) is None


def test_silence_ends_what_an_earlier_queue_may_have_left_on_once() -> None:
    queue = WireQueue(Wire(), 0.0)
    queue.strike(stroke(1.0))
    queue.take(1.0)
    assert [message.hex() for message in queue.silence((), ((9, 36), (9, 38)))] == [
        *("892440", "892640"),
        *("b97b00", "b97800"),
    ]


def test_usb_carries_sixteen_messages_a_millisecond() -> None:
    queue = WireQueue(Wire("usb"), 0.001)
    sent = played(queue, stroke(1.0, *(cc(number, 1) for number in range(20))))
    assert [data.startswith("99") for _, data in sent].index(True) == 16


@pytest.mark.parametrize("budget", ["din", "usb", "none"])
def test_in_the_end_the_receiver_has_the_last_value_of_everything(budget: str) -> None:
    dice = random.Random(6)
    strokes = [
        stroke(0.004 * i, *(dice.choice((cc, nrpn))(n, dice.randrange(128)) for n in dice.sample(range(40, 60), 6)))
        for i in range(400)
    ]
    wanted = {value.key: value.messages for one in strokes for value in one.values}
    received: dict[str, str] = {}
    number = ""
    for _, data in played(WireQueue(Wire(budget), 0.002), *strokes):
        controller, value = int(data[2:4], 16), data[4:6]
        number = value if controller == 98 else number
        if data.startswith("b9") and controller not in (99, 98, 38):
            received[f"nrpn {int(number, 16)}" if controller == 6 else f"cc {controller}"] = value
    assert received == {key: f"{messages[len(messages) // 2][2]:02x}" for key, messages in wanted.items()}


def late(start_s: float, *values: Value, note: NoteOn = SNARE) -> WireStroke:
    """Return a stroke whose note may leave up to 25 ms late."""
    return WireStroke(start_s, start_s, values, note, late_s=start_s + 0.025)


def test_after_a_stall_late_notes_are_dropped_and_counted_and_the_latest_values_leave() -> None:
    queue = WireQueue(Wire(), 0.0)
    for start_s, value in ((1.0, 1), (1.1, 2), (1.2, 3), (1.28, 4)):
        queue.strike(late(start_s, cc(20, value), cc(value, 9)))
    now_s = 1.3
    sent: list[bytes] = []
    while (due_s := queue.next_s(now_s)) is not None and due_s < 1.35:
        now_s = due_s
        sent += filter(None, [queue.take(now_s)])
    assert [data.hex() for data in sent] == ["b91404", "b90409", "992664", "b90109", "b90209", "b90309"]
    assert queue.late_notes == 3


def test_a_note_off_leaves_however_late_it_is() -> None:
    queue = WireQueue(Wire(), 0.0)
    queue.strike(late(1.0))
    assert queue.take(1.0) == bytes.fromhex("992664")
    queue.strike(late(1.05))
    assert queue.take(9.0) == bytes.fromhex("892640")
    assert (queue.next_s(9.0), queue.late_notes) == (None, 1)


@pytest.mark.parametrize(("at_s", "notes"), [(1.025, 1), (1.026, 0)])
def test_a_note_leaves_up_to_its_latest_moment(at_s: float, notes: int) -> None:
    queue = WireQueue(Wire(), 0.0)
    queue.strike(late(1.0))
    assert [queue.take(at_s) is not None, queue.late_notes] == [notes == 1, 1 - notes]


def test_a_note_that_a_full_wire_delays_for_too_long_is_dropped_too() -> None:
    drums = [late(1.0, note=NoteOn(9, number, 100, 9.0)) for number in range(40)]
    queue = din()
    sent = played(queue, *drums)
    notes_ms = [time_ms for time_ms, data in sent if data.startswith("99")]
    assert max(notes_ms) <= 1025
    assert len(notes_ms) + queue.late_notes == len(drums)
    assert queue.late_notes > 0


def test_a_program_that_comes_with_a_stroke_leaves_before_it() -> None:
    queue = WireQueue(Wire(), 0.0)
    program = Value("program", (bytes((0xC9, 2)),))
    queue.strike(WireStroke(1.0, 1.0, (program,), first=True))
    queue.strike(stroke(1.0, cc(20, 5)))
    sent = [queue.take(1.0) for _ in range(3)]
    assert [data.hex() if data else "" for data in sent] == ["c902", "b91405", "992664"]


def test_the_delay_of_a_note_is_counted_from_the_stroke_to_the_moment_at_which_it_leaves() -> None:
    queue = WireQueue(Wire("none"), 0.0)
    queue.strike(WireStroke(1.0, 1.0, (), NoteOn(9, 38, 100, 0.1), True, onset_s=0.995))
    assert queue.take(1.04) is not None
    assert list(queue.delays_s) == [pytest.approx(0.045)]


def test_a_panic_in_the_midst_of_a_stroke_ends_what_the_stroke_was_about_to_cut() -> None:
    queue = WireQueue(Wire("din"), 0.0)
    for at_s, note in ((0.0, 46), (0.1, 44)):
        queue.strike(WireStroke(at_s, at_s, (), NoteOn(9, note, 100, 60.0)))
        assert queue.take(at_s) is not None
    queue.strike(WireStroke(0.2, 0.2, (), NoteOn(9, 42, 100, 60.0, choke=(46, 44))))
    left = [queue.take(0.2), *queue.silence((9,))]
    assert {note_off((9, note)) for note in (46, 44)} <= set(left)


def test_a_program_that_a_panic_cuts_is_sent_when_it_is_asked_for_again() -> None:
    queue, program = WireQueue(Wire("din"), 0.0), Value("program", (b"\xb9\x00\x01", b"\xc9\x05"))
    queue.strike(WireStroke(0.0, 0.0, (program,), first=True))
    assert queue.take(0.0) == b"\xb9\x00\x01"
    queue.silence((9,))
    queue.strike(WireStroke(1.0, 1.0, (program,), first=True))
    assert [queue.take(1.0), queue.take(1.1)] == list(program.messages)
