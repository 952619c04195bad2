"""The newest seconds of one input channel, written by the audio thread and read by another one.

No lock is shared: the writer moves `end` after it has written, and the reader copies what lies before it.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.float32]


class InputRing:
    """Memory that was set aside before the stream began.

    Parameters
    ----------
    channel : int
        Of the input, from 0.
    samples : int
        How many it holds.

    Attributes
    ----------
    end : int
        Of the stream: the sample after the newest one.
    """

    def __init__(self, channel: int, samples: int) -> None:
        self._channel = channel
        self._audio = np.zeros(samples, np.float32)
        self.end = 0
        self._sound = np.zeros(0, np.float32)
        self._sound_at = 0

    def process(self, block: Samples, out: Samples, lost: int) -> None:
        """Keep a block, ``lost`` samples after the one before, and play what is due; the audio thread."""
        start = self.end + lost
        if lost:
            self._clear(self.end, start)
        self._write(start, block[:, self._channel])
        out.fill(0.0)
        sound, ahead = self._sound, self._sound_at - start
        first, played = max(ahead, 0), max(-ahead, 0)
        if first < len(out) and played < len(sound):
            part = sound[played : played + len(out) - first]
            out[first : first + len(part)] = part[:, None]
        self.end = start + len(block)

    def play(self, sound: Samples, at: int) -> None:
        """Put a sound out on every output, from a sample of the stream on that is still to come."""
        # The audio thread reads the sound first: with the new place before the new sound it would play the old one.
        self._sound = np.zeros(0, np.float32)
        self._sound_at = at
        self._sound = sound

    def read(self, start: int, samples: int) -> Samples:
        """Return (samples,) from a sample of the stream on; silence for what was not kept or has not come yet."""
        end = self.end
        found = np.zeros(samples, np.float32)
        first, last = max(start, end - len(self._audio), 0), min(start + samples, end)
        if first < last:
            places = np.arange(first, last) % len(self._audio)
            found[first - start : last - start] = self._audio[places]
        # A converter may give what is no number.
        return np.nan_to_num(found, copy=False, nan=0.0, posinf=0.0, neginf=0.0)

    def _write(self, start: int, part: Samples) -> None:
        size = len(self._audio)
        place = start % size
        head = min(len(part), size - place)
        self._audio[place : place + head] = part[:head]
        self._audio[: len(part) - head] = part[head:]

    def _clear(self, start: int, stop: int) -> None:
        size = len(self._audio)
        first, length = start % size, min(stop - start, size)
        head = min(length, size - first)
        self._audio[first : first + head] = 0.0
        self._audio[: length - head] = 0.0
