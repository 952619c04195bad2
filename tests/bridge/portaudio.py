"""PortAudio as it looks to `AudioStream`, with one card and no device behind it."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from bridge.audio import stream

RATE = 48_000


class CardStream:
    """A stream that plays nothing: a test calls it."""

    latency = (0.0, 0.0)

    def __init__(self, callback: Callable[..., None], blocksize: int, channels: tuple[int, int], **_: Any) -> None:
        self._call, self.frames, self.channels = callback, blocksize, channels

    def start(self) -> None:
        """Do nothing."""

    def close(self) -> None:
        """Do nothing."""

    def call(
        self, value: float = 0.0, frames: int = 0, at_s: float | None = None, **flags: bool
    ) -> NDArray[np.float32]:
        """Call back with a block of one value, which the converter took ``at_s``; return what was put out."""
        count = frames or self.frames
        sound, out = (np.full((count, channels), value, np.float32) for channels in self.channels)
        status = SimpleNamespace(**{"input_overflow": False, "output_underflow": False} | flags)
        self._call(sound, out, count, at_s and SimpleNamespace(inputBufferAdcTime=at_s), status)
        return out


def plug_in(monkeypatch: pytest.MonkeyPatch, card: type[CardStream] = CardStream) -> SimpleNamespace:
    """Put this PortAudio in the place of the real one."""
    device = {"name": "card", "hostapi": 0, "max_input_channels": 2, "max_output_channels": 2}
    figures = {"default_samplerate": RATE, "default_low_input_latency": 0, "default_low_output_latency": 0}
    portaudio = SimpleNamespace(
        Stream=card,
        PortAudioError=OSError,
        default=SimpleNamespace(device=(0, 0)),
        query_hostapis=lambda: [{"name": "none"}],
        query_devices=lambda: [device | figures],
        _exit_handler=lambda: None,
    )
    monkeypatch.setattr(stream, "open_sounddevice", lambda rescan=False: portaudio)
    monkeypatch.setattr(stream, "ask_real_time", lambda priority: False)
    return portaudio
