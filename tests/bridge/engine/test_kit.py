"""Voices that cut each other, plays that choose their strokes, and plays with a place of their own."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from bridge.engine.build import build_chain
from bridge.engine.engine import Engine
from bridge.events import Event, Onset, Strike
from bridge.mapping.load import rig_mappings
from synth.voices.polyphony import FADE_S
from tests.bridge.rigs import RATE, rig_from
from tests.bridge.signals import strokes

RIG = """
[output]
channels = 4
gain_db = -12

[[target]]
name = "open"
type = "voice"
outputs = [1]
polyphony = 8
OPEN

[[target]]
name = "closed"
type = "voice"
outputs = [2]
CLOSED

[[drum]]
name = "cymbal"
preset = "tom"
amount = 0.0

[[drum.play]]
target = "open"
CYMBAL

[[drum]]
name = "foot"
channel = 2
preset = "tom"
amount = 0.0

[[drum.play]]
target = "closed"
FOOT
"""
"""One drum plays ``open`` on output 1, another ``closed`` on output 2."""

GROUP = {"OPEN": 'choke_group = "hats"', "CLOSED": 'choke_group = "hats"'}
CYMBAL_S, FOOT_S = [0.3, 0.36, 0.54], [0.42, 0.48]

Sound = NDArray[np.float32]


def engine_with(words: dict[str, str], text: str = RIG) -> Engine:
    """Return the engine of the rig with these words in it."""
    for place in ("OPEN", "CLOSED", "CYMBAL", "FOOT"):
        text = text.replace(f"\n{place}\n", f"\n{words.get(place, '')}\n")
    rig = rig_from(text)
    return build_chain(rig, RATE, rig_mappings(rig)).engine


def played(words: dict[str, str], block: int = 64, text: str = RIG) -> tuple[Sound, list[Event]]:
    """Return the outputs and the events of the rig with these words in it, struck at `CYMBAL_S` and `FOOT_S`."""
    engine = engine_with(words, text)
    drums = [strokes(times, [-6.0] * len(times), 1.2, RATE, seed) for seed, times in enumerate((CYMBAL_S, FOOT_S))]
    audio = np.concatenate(drums, axis=1)
    out = np.zeros((len(audio), 4), np.float32)
    for start in range(0, len(audio), block):
        engine.process(audio[start : start + block], out[start : start + block])
    return out, [engine.outbox.get_nowait() for _ in range(engine.outbox.qsize())]


def starts(events: list[Event], drum: str) -> list[int]:
    """Return the samples at which the strokes of a drum sound."""
    return [event.hit.ready for event in events if isinstance(event, Strike) and event.drum == drum]


def left(at: int, count: int) -> NDArray[np.float64]:
    """Return the gain, sample by sample, of what fades from a sample on."""
    part = np.clip(1.0 - (np.arange(count) - at) / round(FADE_S * RATE), 0.0, 1.0)
    return np.asarray(part**3 * (10.0 - part * (15.0 - 6.0 * part)))


@pytest.fixture(scope="module")
def free() -> tuple[Sound, list[Event]]:
    """Return what sounds without a choke; each stroke still rings when the next one starts."""
    out, events = played({})
    assert len(starts(events, "cymbal")) == len(CYMBAL_S)
    assert len(starts(events, "foot")) == len(FOOT_S)
    assert all(np.abs(out[at - 100 : at, 0]).max() > 0.001 for at in starts(events, "foot"))
    assert np.abs(out[starts(events, "cymbal")[2] - 100 : starts(events, "cymbal")[2], 1]).max() > 0.001
    return out, events


def test_a_stroke_fades_from_its_first_sample_what_rings_on_the_others_of_its_group(
    free: tuple[Sound, list[Event]],
) -> None:
    out, events = played(GROUP)
    cut, again = starts(events, "foot")[0], starts(events, "cymbal")[2]
    np.testing.assert_allclose(out[:again, 0], free[0][:again, 0] * left(cut, again), atol=1e-7)
    np.testing.assert_allclose(out[:, 1], free[0][:, 1] * left(again, len(out)), atol=1e-7)


def test_strokes_of_one_target_ring_over_each_other_in_a_group(free: tuple[Sound, list[Event]]) -> None:
    out, events = played(GROUP)
    first, cut = starts(events, "foot")[1], starts(events, "cymbal")[2]
    np.testing.assert_array_equal(out[first:cut, 1], free[0][first:cut, 1])


def test_a_target_may_cut_another_that_does_not_cut_it(free: tuple[Sound, list[Event]]) -> None:
    out, events = played({"CLOSED": 'chokes = ["open"]'})
    cut, again = starts(events, "foot")[0], starts(events, "cymbal")[2]
    np.testing.assert_allclose(out[:again, 0], free[0][:again, 0] * left(cut, again), atol=1e-7)
    np.testing.assert_array_equal(out[:, 1], free[0][:, 1])


def test_a_target_that_names_itself_plays_one_stroke_at_a_time(free: tuple[Sound, list[Event]]) -> None:
    out, events = played({"OPEN": 'chokes = ["open"]'})
    first, second, _ = starts(events, "cymbal")
    end = second + round(FADE_S * RATE)
    np.testing.assert_array_equal(out[first:second, 0], free[0][first:second, 0])
    assert not np.allclose(out[end : end + 480, 0], free[0][end : end + 480, 0], atol=1e-4)
    assert np.abs(out[end : end + 480, 0]).max() > 0.001


def test_targets_of_different_groups_leave_each_other_alone(free: tuple[Sound, list[Event]]) -> None:
    out, _ = played({"OPEN": 'choke_group = "a"', "CLOSED": 'choke_group = "b"'})
    np.testing.assert_array_equal(out, free[0])


@pytest.mark.parametrize("block", [1, 441, 4096])
@pytest.mark.parametrize("early", ["", 'trigger_when = "early"'])
def test_chokes_are_the_same_for_any_block_size(block: int, early: str) -> None:
    words = GROUP | {"FOOT": early}
    np.testing.assert_array_equal(played(words, block)[0], played(words)[0])


def test_an_early_stroke_chokes_at_its_detection(free: tuple[Sound, list[Event]]) -> None:
    out, events = played(GROUP | {"FOOT": 'trigger_when = "early"'})
    detected = next(event.detected for event in events if isinstance(event, Onset) and event.channel == 1)
    again = starts(events, "cymbal")[2]
    np.testing.assert_allclose(out[:again, 0], free[0][:again, 0] * left(detected, again), atol=1e-7)


def test_a_delayed_stroke_chokes_when_it_sounds(free: tuple[Sound, list[Event]]) -> None:
    out, events = played({**GROUP, "CLOSED": f"{GROUP['CLOSED']}\ntiming = {{ fixed_ms = 40 }}"})
    onset = next(event.hit.onset for event in events if isinstance(event, Strike) and event.drum == "foot")
    again = starts(events, "cymbal")[2]
    np.testing.assert_allclose(out[:again, 0], free[0][:again, 0] * left(onset + 1920, again), atol=1e-7)


def test_a_stroke_that_its_play_does_not_take_is_silent_and_chokes_nothing(free: tuple[Sound, list[Event]]) -> None:
    out, events = played(GROUP | {"FOOT": "when = { level = [-60, -50] }"})
    np.testing.assert_array_equal(out[:, 0], free[0][:, 0])
    assert not out[:, 1].any()
    assert len(starts(events, "foot")) == len(FOOT_S), "it is still reported"


def test_plays_of_a_drum_share_its_strokes_by_what_is_heard(free: tuple[Sound, list[Event]]) -> None:
    levels = sorted(event.hit.level_db for event in free[1] if isinstance(event, Strike) and event.drum == "cymbal")
    between = (levels[0] + levels[1]) / 2
    soft = f"when = {{ level = [-60, {between}] }}\n[[drum.play]]\ntarget = 'closed'\n"
    words = {"CYMBAL": f"{soft}when = {{ level = [{between}, 0] }}", "FOOT": "when = { level = [-60, -59] }"}
    out, events = played(words)
    strikes = [event.hit for event in events if isinstance(event, Strike) and event.drum == "cymbal"]
    softest = min(strikes, key=lambda hit: hit.level_db)
    assert np.flatnonzero(out[:, 0])[0] == softest.ready
    assert np.flatnonzero(out[:, 1])[0] == min(hit.ready for hit in strikes if hit is not softest)


PAN = 'target = "open"\npan = -1.0\noutputs = [3, 4]'


def test_a_play_may_be_heard_at_a_place_of_its_own(free: tuple[Sound, list[Event]]) -> None:
    out, _ = played({}, text=RIG.replace('target = "open"', PAN))
    np.testing.assert_allclose(out[:, 2], free[0][:, 0] * np.sqrt(2.0), atol=1e-7)
    assert not out[:, 0].any()
    assert not out[:, 3].any()


def test_two_plays_of_one_target_at_two_places_both_sound_and_are_choked_alike(
    free: tuple[Sound, list[Event]],
) -> None:
    out, events = played(GROUP, text=RIG.replace('target = "open"', f'target = "open"\n[[drum.play]]\n{PAN}'))
    np.testing.assert_allclose(out[:, 2], out[:, 0] * np.sqrt(2.0), atol=1e-7)
    cut, again = starts(events, "foot")[0], starts(events, "cymbal")[2]
    np.testing.assert_allclose(out[:again, 0], free[0][:again, 0] * left(cut, again), atol=1e-7)


def test_plays_that_name_the_place_of_their_target_share_its_voice(free: tuple[Sound, list[Event]]) -> None:
    out, _ = played({"OPEN": 'choke_group = "a"', "CYMBAL": "pan = 0.0\noutputs = [1]"})
    np.testing.assert_array_equal(out, free[0])
    words = {"OPEN": "seed = 1", "CYMBAL": "outputs = [1]\n[[drum.play]]\ntarget = 'open'\noutputs = [3]"}
    assert [len(engine_with(one).strips) for one in ({"CYMBAL": "outputs = [1]"}, words)] == [2, 3]


def test_the_drum_itself_is_heard_once_at_the_first_place_of_its_plays() -> None:
    quiet = PAN.replace("pan", "gain_db = -60\npan")
    text = RIG.replace('target = "open"', f'{quiet}\n[[drum.play]]\ntarget = "open"')
    out, _ = played({"OPEN": "dry_db = 0.0", "CYMBAL": "gain_db = -60"}, text=text)
    at = round(CYMBAL_S[0] * RATE)
    heard = np.abs(out[at : at + 480]).max(axis=0)
    assert heard[2] > 0.1
    assert heard[0] < 0.01
