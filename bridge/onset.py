"""The streaming onset detector: a fast and a slow envelope per channel, compared in dB. Door: numba (onset).

Sits first in the chain: blocks of input in, candidate strokes out. All channels share one timeline.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numba import njit
from numpy.typing import NDArray

from bridge.detector_settings import DetectorSettings

__all__ = ["CHANNEL", "DETECTED", "ONSET", "PEAK", "Detector", "DetectorSettings"]

MOST_EVENTS = 256
"""Rows that one call can report per chunk; a chunk of `Detector.chunk_samples` holds far fewer strokes."""

CHANNEL, ONSET, DETECTED, PEAK = range(4)
"""Columns of an event row."""

_X1, _X2, _Y1, _Y2, _FAST, _SLOW, _ARMED, _WAIT, _PEAK = range(9)


@njit(cache=True, nogil=True)
def _advance(block, start, coefficients, settings, state, events):  # type: ignore[no-untyped-def]
    """Run every channel over ``block`` (channels, n); return how many rows of ``events`` were written."""
    count = 0
    b0, a1, a2, fast_up, fast_down, slow = coefficients
    for channel in range(block.shape[0]):
        own = state[channel]
        on_db, off_db, floor_db, wait = settings[channel]
        for index in range(block.shape[1]):
            x = np.float64(block[channel, index])
            y = b0 * (x - 2.0 * own[_X1] + own[_X2]) - a1 * own[_Y1] - a2 * own[_Y2]
            own[_X2] = own[_X1]
            own[_X1] = x
            own[_Y2] = own[_Y1]
            own[_Y1] = y
            level_db = max(20.0 * np.log10(abs(y) + 1e-12), floor_db)
            own[_FAST] += (level_db - own[_FAST]) * (fast_up if level_db > own[_FAST] else fast_down)
            own[_SLOW] += (level_db - own[_SLOW]) * slow
            rise_db = own[_FAST] - own[_SLOW]
            own[_WAIT] -= 1.0
            if rise_db < off_db and own[_WAIT] <= 0.0:
                own[_ARMED] = 1.0
            if rise_db >= on_db and own[_ARMED] > 0.0 and count < events.shape[0]:
                own[_ARMED] = 0.0
                own[_WAIT] = wait
                events[count, CHANNEL] = channel
                events[count, ONSET] = start + index
                events[count, DETECTED] = start + index
                events[count, PEAK] = abs(x)
                count += 1
    return count


class Detector:
    """Find strokes in all channels at once.

    Parameters
    ----------
    sample_rate : int
        Hz.
    channels : sequence of DetectorSettings
        One per input channel.
    """

    def __init__(self, sample_rate: int, channels: Sequence[DetectorSettings]) -> None:
        self._sample_rate = sample_rate
        self._settings = np.array(
            [[16.0, 4.66, max(c.floor_db, -85.0), c.shortest_interval_ms * sample_rate / 1000.0] for c in channels]
        )
        k = np.tan(np.pi * 600.0 / sample_rate)
        norm = 1.0 / (1.0 + k / 0.7071 + k * k)
        steps = [1.0 / (seconds * sample_rate) for seconds in (6.25e-5, 8e-3, 4.6e-2)]
        self._coefficients = np.array(
            [norm, 2.0 * (k * k - 1.0) * norm, (1.0 - k / 0.7071 + k * k) * norm, min(steps[0], 1.0), *steps[1:]]
        )
        self._state = np.zeros((len(channels), 9))
        self._events = np.zeros((MOST_EVENTS, 4))
        self.reset()
        _advance(
            np.zeros((len(channels), 1), np.float32), 0, self._coefficients, self._settings, self._state, self._events
        )
        self.reset()

    def reset(self) -> None:
        """Forget everything heard."""
        self._state[:] = 0.0
        self._state[:, _FAST] = self._state[:, _SLOW] = self._settings[:, 2]

    def process(self, block: NDArray[np.float32], start: int) -> NDArray[np.float64]:
        """Take (channels, n) samples, the first being sample ``start`` of the stream; return event rows.

        The rows are a view that the next call overwrites.
        """
        count = _advance(block, start, self._coefficients, self._settings, self._state, self._events)
        return self._events[:count]
