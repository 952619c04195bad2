"""The audio callback, fed by hand: nothing is opened."""

from types import SimpleNamespace

import numpy as np
from numpy.typing import NDArray

from bridge.audio import AudioSettings, AudioStream, StreamCounters
from bridge.clock import StreamClock

Block = NDArray[np.float32]


def unopened(process: object) -> AudioStream:
    stream = AudioStream.__new__(AudioStream)
    stream.settings, stream.counters, stream.clock = AudioSettings(), StreamCounters(), StreamClock(48_000)
    stream._process, stream._block_s = process, 64 / 48_000  # type: ignore[assignment]
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


def test_lost_audio_is_counted() -> None:
    stream = unopened(lambda block, out: out.fill(0.0))
    call(stream, 0.0, output_underflow=True)
    assert stream.counters.xruns == 1
