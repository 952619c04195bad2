"""Subtract from each microphone what other drums are known to leak into it, before anything listens to it.

`calibrate` measures the paths (`bridge.calibration.paths`); without any, nothing is touched. First every other
microphone is freed of what leaks into *it*, then what it holds is sent along its path and subtracted: two passes, so
that a drum that reaches a microphone over two paths is not subtracted twice. Nothing feeds back, so no path can make it
unstable.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from bridge.rig.detector import LeakPath
from synth.dsp.compiled import compiled
from synth.dsp.levels import gain

PATH_RATE_HZ = 48_000
"""Delay and taps of a path are told at this rate; at others they are interpolated."""

_REACH = 8
"""Samples on either side that an interpolated tap takes in."""

PASSES = 2


def path_filter(path: LeakPath, sample_rate: int) -> tuple[int, NDArray[np.float32]]:
    """Return a path as (samples before its first number, its impulse response, (k,)) at a rate in Hz."""
    strength = gain(path.gain_db)
    first = round(path.delay_ms * PATH_RATE_HZ / 1000)
    if sample_rate == PATH_RATE_HZ:
        return first, (strength * np.array(path.taps)).astype(np.float32)
    times = (first + np.arange(len(path.taps))) * (sample_rate / PATH_RATE_HZ)
    start = max(0, int(times[0]) - _REACH)
    away = np.arange(start, int(times[-1]) + _REACH + 1)[:, None] - times[None]
    window = np.where(np.abs(away) < _REACH, np.cos(0.5 * np.pi * away / _REACH) ** 2, 0.0)
    return start, (strength * (np.sinc(away) * window) @ np.array(path.taps)).astype(np.float32)


class LeakCanceller:
    """The paths of all channels, and what they still have to send.

    Parameters
    ----------
    sample_rate : int
        Hz.
    paths : sequence of sequence of LeakPath
        Per channel: what arrives there. A path from the channel itself or from one that is not there is left out.
    longest_block : int
        Samples that `process` may be given at once.
    """

    def __init__(self, sample_rate: int, paths: Sequence[Sequence[LeakPath]], longest_block: int) -> None:
        ways = [
            (path.input - 1, here, *path_filter(path, sample_rate))
            for here, mine in enumerate(paths)
            for path in mine
            if path.input - 1 != here and path.input <= len(paths)
        ]
        self.active = bool(ways)
        self._taps = np.zeros((len(ways), max((len(way[3]) for way in ways), default=1)), np.float32)
        for row, way in zip(self._taps, ways, strict=True):
            row[: len(way[3])] = way[3]
        self._ways = np.array([(*way[:3], len(way[3])) for way in ways], np.int64).reshape(-1, 4)
        self._history = max((way[2] + len(way[3]) for way in ways), default=0)
        self._heard = np.zeros((PASSES, len(paths), self._history + longest_block), np.float32)

    def reset(self) -> None:
        """Forget everything heard."""
        self._heard[:] = 0.0

    def process(self, block: NDArray[np.float32], length: int) -> None:
        """Subtract from the first ``length`` samples, at most ``longest_block``, of (channels, samples), in place."""
        if self.active:
            _subtract(block, length, self._heard, self._history, self._ways, self._taps)


def without_leaks(
    audio: NDArray[np.float32], sample_rate: int, paths: Sequence[Sequence[LeakPath]]
) -> NDArray[np.float32]:
    """Return a whole recording, (samples, channels), as the ear hears it.

    Parameters
    ----------
    audio : (samples, channels) float32
        Before any gain.
    sample_rate : int
        Hz.
    paths : sequence of sequence of LeakPath
        As for `LeakCanceller`.
    """
    left = np.array(audio.T, dtype=np.float32, order="C")
    LeakCanceller(sample_rate, paths, len(audio)).process(left, len(audio))
    return np.ascontiguousarray(left.T)


@compiled
def _subtract(block, length, heard, history, ways, taps):  # type: ignore[no-untyped-def]
    """Run every pass over a block; ``ways`` (paths, 4): from, to, samples before the first tap, number of taps.

    ``heard`` (passes, channels, samples): what each pass starts from. The first starts from the microphones, the next
    from what the pass before left; each subtracts from the microphones. A sample is the same sum in the same order
    wherever a block ends.
    """
    for done in range(len(heard)):
        for channel in range(len(block)):
            heard[done, channel, history : history + length] = block[channel, :length]
            block[channel, :length] = heard[0, channel, history : history + length]
        for path in range(len(ways)):
            origin, here, late, count = ways[path]
            left = block[here, :length]
            for tap in range(count):
                weight = taps[path, tap]
                first = history - late - tap
                sent = heard[done, origin, first : first + length]
                for index in range(length):
                    left[index] -= weight * sent[index]
    for done in range(len(heard)):
        for channel in range(len(block)):
            row = heard[done, channel]
            for index in range(history):
                row[index] = row[length + index]
