"""The audio callback, called by hand: no device is behind the stream."""

from __future__ import annotations

from collections.abc import Mapping
from types import SimpleNamespace

import numpy as np
import pytest
from numpy.typing import NDArray

from bridge.audio import stream
from bridge.audio.devices import Device
from bridge.audio.stream import AudioStream
from bridge.realtime.clock import StreamClock
from bridge.rig.rig import rig_from_table
from tests.bridge.portaudio import RATE, CardStream, plug_in

Block = NDArray[np.float32]


class Card(CardStream):
    """The card's latest stream."""

    latest: CardStream
    latest_settings: Mapping[str, object]

    def __init__(self, **settings: object) -> None:
        Card.latest_settings = settings
        super().__init__(**settings)  # type: ignore[arg-type]  # as PortAudio is called
        Card.latest = self


@pytest.fixture(autouse=True)
def card(monkeypatch: pytest.MonkeyPatch) -> None:
    plug_in(monkeypatch, Card)


def silence(_block: Block, out: Block) -> None:
    out.fill(0.0)


def opened(process: stream.Process = silence, block: int = 64) -> tuple[CardStream, AudioStream]:
    """Return a stream, the card's side of it first."""
    made = AudioStream(rig_from_table({"input": {"block": block}, "drum": [{}]}, "test"), process, StreamClock(RATE))
    return Card.latest, made


@pytest.mark.parametrize(("sink", "number"), [("", 1), ("HDMI", 0), (0, 0), (2, 2)])
def test_a_rig_says_what_is_opened(sink: str | int, number: int, monkeypatch: pytest.MonkeyPatch) -> None:
    names = ("HDMI", "Scarlett", "other")
    cards = [Device(i, name, "none", 18, 20, 44_100, (0.0, 0.0)) for i, name in enumerate(names)]
    monkeypatch.setattr(stream, "list_devices", lambda: cards)
    source = {"device": "Scarlett", "sample_rate": 44_100, "block": 128}
    table = {"input": source, "output": {"device": sink, "channels": 4}, "drum": [{"channel": 3}]}
    AudioStream(rig_from_table(table, "test"), silence, StreamClock(44_100))
    opened = {"samplerate": 44_100, "blocksize": 128, "device": (1, number), "channels": (3, 4)}
    assert Card.latest_settings.items() >= opened.items()


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
