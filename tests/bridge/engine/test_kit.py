"""Plays with a place of their own."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from bridge.engine.build import build_chain
from bridge.engine.engine import Engine
from bridge.events import Event, Strike
from bridge.mapping.load import rig_mappings
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


@pytest.fixture(scope="module")
def free() -> tuple[Sound, list[Event]]:
    """Return what sounds; each stroke still rings when the next one starts."""
    out, events = played({})
    assert len(starts(events, "cymbal")) == len(CYMBAL_S)
    assert len(starts(events, "foot")) == len(FOOT_S)
    assert all(np.abs(out[at - 100 : at, 0]).max() > 0.001 for at in starts(events, "foot"))
    assert np.abs(out[starts(events, "cymbal")[2] - 100 : starts(events, "cymbal")[2], 1]).max() > 0.001
    return out, events


PAN = 'target = "open"\npan = -1.0\noutputs = [3, 4]'


def test_a_play_may_be_heard_at_a_place_of_its_own(free: tuple[Sound, list[Event]]) -> None:
    out, _ = played({}, text=RIG.replace('target = "open"', PAN))
    np.testing.assert_allclose(out[:, 2], free[0][:, 0] * np.sqrt(2.0), atol=1e-7)
    assert not out[:, 0].any()
    assert not out[:, 3].any()


def test_plays_that_name_the_place_of_their_target_share_its_voice(free: tuple[Sound, list[Event]]) -> None:
    out, _ = played({"CYMBAL": "pan = 0.0\noutputs = [1]"})
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
