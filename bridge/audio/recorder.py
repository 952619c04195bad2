"""Take a recording from the rig's input: for `record` and `learn`."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from bridge.audio.files import Recording
from bridge.audio.stream import AudioStream, audio_settings
from bridge.realtime.clock import StreamClock
from bridge.rig.rig import Rig
from synth.errors import InputError

LONGEST_S = 1800.0
POLL_S = 0.1


@dataclass(slots=True)
class Tape:
    """Blocks of input side by side in memory that was set aside before the stream began.

    Parameters
    ----------
    audio : (samples, channels) float32
        Filled from the start.
    filled : int
        Samples so far.
    peak : float
        Highest absolute value since a reader last set it to 0.
    full : threading.Event
        Set when there is no room left.
    """

    audio: NDArray[np.float32]
    filled: int = 0
    peak: float = 0.0
    full: threading.Event = field(default_factory=threading.Event)

    def process(self, block: NDArray[np.float32], out: NDArray[np.float32]) -> None:
        """Keep a block and play silence; the audio thread."""
        out.fill(0.0)
        room = min(len(block), len(self.audio) - self.filled)
        self.audio[self.filled : self.filled + room] = block[:room]
        self.filled += room
        self.peak = max(self.peak, float(np.abs(block).max(initial=0.0)))
        if self.filled == len(self.audio):
            self.full.set()


class Taken(NamedTuple):
    """What was taken from the input.

    Parameters
    ----------
    recording : Recording
        All channels.
    lost : int
        How often audio was lost.
    ended_s : float
        When its last block came, on `time.monotonic`.
    cut : bool
        Whether the input stopped giving sound before the end was asked for.
    """

    recording: Recording
    lost: int
    ended_s: float
    cut: bool = False


Meter = Callable[[float, float], None]


def take_recording(rig: Rig, seconds: float, meter: Meter, stop: threading.Event) -> Taken:
    """Record the rig's input.

    Parameters
    ----------
    rig : Rig
    seconds : float
        At most half an hour.
    meter : callable
        Called ten times a second with seconds done and peak in dBFS.
    stop : threading.Event
        Ends the recording early; what was played so far is kept. An input that stops by itself ends it as well.

    Raises
    ------
    InputError
        The device cannot be opened, or nothing came from it.
    """
    require_seconds(seconds)
    rate = rig.input.sample_rate
    tape = Tape(np.zeros((math.ceil(seconds * rate), rig.channels), np.float32))
    stream = AudioStream(audio_settings(rig), tape.process, StreamClock(rate))
    try:
        stream.start()
        cut = _wait(tape, stream, meter, stop)
        ended_s = stream.counters.latest_s
    finally:
        stream.close()
    if not tape.filled:
        raise InputError("nothing came from the input; see ghostnote devices")
    recording = Recording(_finite(tape.audio[: tape.filled]), rate, Path("recording"))
    return Taken(recording, stream.counters.xruns, ended_s, cut)


def require_seconds(seconds: float) -> None:
    """Refuse a length that cannot be recorded, before anyone is asked to play."""
    if not 0 < seconds <= LONGEST_S:
        raise InputError(f"--seconds is {seconds:g}; allowed is more than 0 to {LONGEST_S:g}")


def _wait(tape: Tape, stream: AudioStream, meter: Meter, stop: threading.Event) -> bool:
    """Wait until the recording is over; return whether its stream has stopped before."""
    while not stop.is_set() and not tape.full.wait(POLL_S):
        if stream.stopped:
            return True
        peak, tape.peak = tape.peak, 0.0
        meter(tape.filled / stream.settings.sample_rate, 20.0 * math.log10(max(peak, 1e-5)))
    return False


def _finite(audio: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.nan_to_num(audio, nan=0.0, posinf=0.0, neginf=0.0)
