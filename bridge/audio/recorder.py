"""Record the rig's input, whole or in parts: for `record`, `learn` and `calibrate`."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from bridge.audio.files import Recording
from bridge.audio.stream import AudioStream
from bridge.realtime.clock import StreamClock
from bridge.rig.rig import Rig
from synth.dsp.levels import decibels
from synth.errors import InputError

LONGEST_S = 1800.0
POLL_S = 0.1


@dataclass(slots=True)
class Recorder:
    """Blocks of input side by side in memory that was set aside before the stream began.

    Parameters
    ----------
    audio : (samples, channels) float32
        Filled from the start.
    filled : int
        Samples so far.
    first, wanted : int
        Where the part that is being recorded begins and ends; what comes after its end is dropped.
    """

    audio: NDArray[np.float32]
    filled: int = 0
    first: int = 0
    wanted: int = 0

    def process(self, block: NDArray[np.float32], out: NDArray[np.float32]) -> None:
        """Keep a block and play silence; the audio thread."""
        out.fill(0.0)
        room = min(len(block), self.wanted - self.filled)
        self.audio[self.filled : self.filled + room] = block[:room]
        self.filled += room

    def begin(self, samples: int) -> None:
        """Keep the next samples, at most as many as there is room for."""
        self.first, self.wanted = self.filled, self.filled + samples

    def wait(self, stream: AudioStream, meter: Meter, stop: threading.Event) -> bool:
        """Wait until what was begun is whole or ``stop`` is set; return whether the stream has stopped before."""
        rate = stream.rig.input.sample_rate
        while not stop.is_set() and self.filled < self.wanted:
            if stream.stopped:
                return True
            peak, stream.counters.peak = stream.counters.peak, 0.0
            meter((self.filled - self.first) / rate, decibels(peak))
            stop.wait(min(POLL_S, (self.wanted - self.filled) / rate))
        return False

    def recorded(self) -> NDArray[np.float32]:
        """Return what was kept, (samples, channels); what is not finite is silence."""
        return np.nan_to_num(self.audio[: self.filled], nan=0.0, posinf=0.0, neginf=0.0)


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
"""Told ten times a second how many seconds are recorded, and the latest peak in dBFS."""


def open_input(rig: Rig, seconds: float) -> tuple[Recorder, AudioStream]:
    """Return a recorder with so much room, and the stream of the rig's input that feeds it once it is started.

    Raises
    ------
    InputError
        The device cannot be opened.
    """
    recorder = Recorder(np.zeros((math.ceil(seconds * rig.input.sample_rate), rig.channels), np.float32))
    return recorder, AudioStream(rig, recorder.process, StreamClock(rig.input.sample_rate))


def take_recording(
    rig: Rig, seconds: float, meter: Meter, stop: threading.Event, began: Callable[[], None] = lambda: None
) -> Taken:
    """Record the rig's input.

    Parameters
    ----------
    rig : Rig
    seconds : float
        At most half an hour.
    meter : callable
    stop : threading.Event
        Ends the recording early; what was played so far is kept. An input that stops by itself ends it as well.
    began : callable, optional
        Called as soon as the input is recorded.

    Raises
    ------
    InputError
        The device cannot be opened, or nothing came from it.
    """
    require_seconds(seconds)
    recorder, stream = open_input(rig, seconds)
    with closing(stream):
        recorder.begin(len(recorder.audio))
        stream.start()
        began()
        cut = recorder.wait(stream, meter, stop)
        ended_s = stream.counters.latest_s
    if not recorder.filled:
        raise InputError("nothing came from the input; see ghostnote devices")
    recording = Recording(recorder.recorded(), rig.input.sample_rate, Path("recording"))
    return Taken(recording, stream.counters.xruns, ended_s, cut)


def require_seconds(seconds: float) -> None:
    """Refuse a length that cannot be recorded, before anyone is asked to play."""
    if not 0 < seconds <= LONGEST_S:
        raise InputError(f"--seconds is {seconds:g}; allowed is more than 0 to {LONGEST_S:g}")
