"""The audio callback, fed by hand: nothing is opened."""

import time
from types import SimpleNamespace

import numpy as np
import pytest
from numpy.typing import NDArray

from bridge.audio.stream import AudioSettings, AudioStream, StreamCounters
from bridge.realtime.clock import StreamClock

Block = NDArray[np.float32]


def unopened(process: object, block: int = 64) -> AudioStream:
    stream = AudioStream.__new__(AudioStream)
    stream.settings, stream.counters = AudioSettings(block=block), StreamCounters()
    stream.clock, stream._process = StreamClock(48_000), process  # type: ignore[assignment]
    return stream


def call(stream: AudioStream, value: float, **flags: bool) -> Block:
    out = np.ones((64, 2), dtype=np.float32)
    status = SimpleNamespace(**{"input_overflow": False, "output_underflow": False} | flags)
    stream._callback(np.full((64, 1), value, dtype=np.float32), out, 64, None, status)
    return out


def test_an_exception_becomes_silence_and_a_count() -> None:
    def fail(_block: Block, _out: Block) -> None:
        raise RuntimeError("boom")

    stream = unopened(fail)
    assert not call(stream, 0.5).any()
    assert (stream.counters.failures, stream.counters.failure) == (1, "RuntimeError('boom')")


def test_samples_blocks_and_peak_are_counted() -> None:
    stream = unopened(lambda block, out: np.copyto(out, block))
    call(stream, -0.5)
    call(stream, 0.25)
    counters = stream.counters
    assert (counters.blocks, counters.samples, counters.peak) == (2, 128, 0.5)


def test_a_not_a_number_does_not_stick_as_the_peak() -> None:
    stream = unopened(lambda block, out: out.fill(0.0))
    call(stream, float("nan"))
    call(stream, 0.25)
    assert stream.counters.peak == 0.25


@pytest.mark.parametrize("block", [0, 64])
def test_a_block_is_long_against_the_callbacks_own_frames(block: int) -> None:
    stream = unopened(lambda block, out: time.sleep(0.004), block)
    for frames in (4096, 64):
        out = np.zeros((frames, 2), dtype=np.float32)
        stream._callback(out[:, :1], out, frames, None, None)
    counters = stream.counters
    assert (counters.blocks, counters.over, counters.busy) == (2, 1, 0), "4 ms are long for 64 frames, not for 4096"


def test_the_devices_own_block_is_told() -> None:
    stream = unopened(lambda block, out: out.fill(0.0), 0)
    call(stream, 0.0)
    assert (stream.block_samples(), unopened(None, 128).block_samples()) == (64, 128)


def test_lost_audio_is_counted() -> None:
    stream = unopened(lambda block, out: out.fill(0.0))
    call(stream, 0.0, output_underflow=True)
    assert stream.counters.xruns == 1
