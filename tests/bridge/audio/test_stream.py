"""The audio callback, called by hand: no device is behind the stream."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from numpy.typing import NDArray

from bridge.audio import stream
from bridge.audio.stream import AudioStream
from bridge.realtime.clock import StreamClock
from bridge.rig.rig import Rig, rig_from_table
from tests.bridge.portaudio import RATE, CardStream, plug_in

Block = NDArray[np.float32]


class Card(CardStream):
    """The card's latest stream, and what was asked of it."""

    latest: Card
    asked: dict[str, object]

    def __init__(self, **asked: object) -> None:
        super().__init__(**asked)  # type: ignore[arg-type]  # as PortAudio is called
        self.asked = asked
        Card.latest = self


@pytest.fixture(autouse=True)
def card(monkeypatch: pytest.MonkeyPatch) -> None:
    plug_in(monkeypatch, Card)


def silence(_block: Block, out: Block) -> None:
    out.fill(0.0)


def opened(process: stream.Process = silence, block: int = 64) -> tuple[CardStream, AudioStream]:
    """Return a stream, the card's side of it first."""
    made = AudioStream(rig(input={"block": block}), process, StreamClock(RATE))
    return Card.latest, made


def rig(**tables: object) -> Rig:
    return rig_from_table({"drum": [{}]} | tables, "test")


def test_a_rig_says_what_is_opened() -> None:
    table = {"sample_rate": 44_100, "block": 128}
    AudioStream(rig(input=table, output={"channels": 1}, drum=[{"channel": 2}]), silence, StreamClock(44_100))
    asked = Card.latest.asked
    assert (asked["samplerate"], asked["blocksize"], asked["channels"]) == (44_100, 128, (2, 1))


@pytest.mark.parametrize(
    ("output", "names", "pair"),
    [("", None, (1, 1)), ("HDMI", None, (1, 0)), (0, None, (1, 0)), ("HDMI", ("none: HDMI", "none: card"), (0, 1))],
)
def test_an_output_may_be_another_device(
    output: str | int, names: tuple[str, str] | None, pair: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    portaudio = plug_in(monkeypatch, Card)
    cards = [portaudio.query_devices()[0] | {"name": name} for name in ("HDMI", "card")]
    monkeypatch.setattr(portaudio, "query_devices", lambda: cards)
    asked = rig(input={"device": "card"}, output={"device": output})
    AudioStream(asked, silence, StreamClock(RATE), names=names)
    assert Card.latest.asked["device"] == pair


def test_an_exception_becomes_silence_and_a_count() -> None:
    def fail(_block: Block, _out: Block) -> None:
        raise RuntimeError("boom")

    card, played = opened(fail)
    assert not card.call(0.5).any()
    assert (played.counters.failures, played.counters.failure) == (1, "RuntimeError('boom')")


def test_samples_blocks_and_peak_are_counted() -> None:
    card, played = opened()
    card.call(-0.5)
    card.call(0.25)
    counters = played.counters
    assert (counters.blocks, counters.samples, counters.peak) == (2, 128, 0.5)


def test_a_not_a_number_does_not_stick_as_the_peak() -> None:
    card, played = opened()
    card.call(float("nan"))
    card.call(0.25)
    assert played.counters.peak == 0.25


@pytest.mark.parametrize("block", [0, 64])
def test_a_block_is_long_against_the_callbacks_own_frames(block: int, monkeypatch: pytest.MonkeyPatch) -> None:
    now_s = 100.0

    def wait_4_ms(_block: Block, _out: Block) -> None:
        nonlocal now_s
        now_s += 0.004

    monkeypatch.setattr(stream, "time", SimpleNamespace(monotonic=lambda: now_s, thread_time=lambda: 0.0))
    card, played = opened(wait_4_ms, block)
    for frames in (4096, 64):
        card.call(frames=frames)
    counters = played.counters
    assert (counters.blocks, counters.over, counters.busy) == (2, 1, 0), "4 ms are long for 64 frames, not for 4096"


def test_the_devices_own_block_is_told() -> None:
    card, chosen_by_the_card = opened(block=0)
    card.call(frames=64)
    assert (chosen_by_the_card.block_samples(), opened(block=128)[1].block_samples()) == (64, 128)


def test_lost_audio_is_counted() -> None:
    card, played = opened()
    card.call(output_underflow=True)
    assert played.counters.xruns == 1


@pytest.mark.parametrize(("late_frames", "flagged", "lost"), [(128, True, 128), (0, True, 0), (128, False, 0)])
def test_what_was_lost_is_counted_by_stamps_where_the_device_says_that_it_was(
    late_frames: int, flagged: bool, lost: int
) -> None:
    card, played = opened()
    card.call(at_s=1.0)
    card.call(at_s=1.0 + (64 + late_frames) / RATE, input_overflow=flagged)
    counters = played.counters
    assert (counters.lost, counters.lost_samples, counters.samples) == (lost, lost, 128 + lost)


def test_under_jack_lost_cycles_are_counted_by_its_frames_alone() -> None:
    frames = iter([2**32 - 64, 0, 256, 320, 320])
    card, played = opened()
    # No server can be made to lose a cycle on demand.
    played._jack_clock = SimpleNamespace(known=True, period_samples=64, cycle_frame=lambda: next(frames))  # type: ignore[assignment]
    lost = []
    for flag in (False, True, False, False, True):
        card.call(input_overflow=flag)
        lost.append(played.counters.lost)
    assert lost == [0, 0, 192, 0, 0]
