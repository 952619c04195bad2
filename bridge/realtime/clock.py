"""Stream time and wall time: when was sample n heard, on the monotonic clock that every sender waits by.

The audio callback calls `StreamClock.tick` once a block. Blocks arrive evenly but are noticed late by anything from
nothing to milliseconds, so the arrival times are filtered by a delay-locked loop, a second-order loop as in
F. Adriaensen, "Using a DLL to filter time" (LAC 2005), here with its error clipped so that one late callback moves it
by a microsecond. An error that stays on one side for `RESYNC_AFTER_S` is no jitter but lost audio (an xrun), be
it a single period: then the clock jumps by the least of these errors.

A sample's wall time is the moment at which its block began to be processed plus its place in the block: the capture
latency of the sound card, a constant, lies before it.
"""

from __future__ import annotations

import math
from typing import NamedTuple

BANDWIDTH_HZ = 0.4
"""Slow enough to hold jitter under 0.02 ms, fast enough to follow a sound card's drift of 100 ppm within 0.05 ms."""

CLIP_S = 0.0003
"""An arrival counts as at most this late or early."""

RESYNC_S = 0.0003
"""An error that stays above this is no jitter: of a Python callback's arrivals under a real-time JACK server, 99.9 %
are late by less than 0.02 ms."""

RESYNC_AFTER_S = 0.01
"""Time with such errors, and no other, before the clock jumps: blocks that were held up arrive all at once and are over
sooner. Waiting for errors of 2 ms left the clock a period early for a second after each lost period, and with it what
was due at a moment."""

RESYNC_BLOCKS = 3
"""Fewest blocks with such an error before the clock jumps, where blocks are long."""


class Line(NamedTuple):
    """A straight line from samples to seconds: ``time_s + (n - sample) * period_s``.

    Parameters
    ----------
    sample : int
        Of the stream.
    time_s : float
        When that sample is heard.
    period_s : float
        Of one sample.
    """

    sample: int
    time_s: float
    period_s: float

    def at(self, sample: float) -> float:
        """Return the seconds of a sample."""
        return self.time_s + (sample - self.sample) * self.period_s


class StreamClock:
    """Tells when a sample of the stream was, or will be, heard.

    `tick` belongs to the audio thread; `at` may be called from any thread, since the line is replaced as one value.

    Parameters
    ----------
    sample_rate : int
        Hz, nominal; the true rate is learned.

    Attributes
    ----------
    line : Line
        What `at` computes with. A clock in another process follows this one by setting it.
    host_line : Line, optional
        The same by the clock of the audio host, where it has one that other programs go by (JACK).
    resyncs : int
        Times the clock jumped.
    """

    def __init__(self, sample_rate: int) -> None:
        self._nominal_s = 1.0 / sample_rate
        self.line = Line(0, 0.0, self._nominal_s)
        self.host_line: Line | None = None
        self.resyncs = 0
        self._running = False
        self._off_blocks = 0
        self._off_least_s = 0.0
        self._off_since_s = 0.0

    def at(self, sample: float) -> float:
        """Return the monotonic time in seconds of a sample."""
        return self.line.at(sample)

    def host_at(self, sample: float) -> float:
        """Return the monotonic time in seconds of a sample, by the audio host's clock where there is one."""
        return (self.host_line or self.line).at(sample)

    def tick(self, sample: int, now_s: float) -> float:
        """Learn that the block which begins with ``sample`` starts ``now_s``; return how late that is in seconds."""
        if not self._running:
            self._running = True
            self.line = Line(sample, now_s, self._nominal_s)
            return 0.0
        due_s = self.at(sample)
        late_s = now_s - due_s
        if self._is_lost(late_s, now_s):
            self.resyncs += 1
            self.line = Line(sample, due_s + self._off_least_s, self.line.period_s)
            self._off_blocks = 0
            return late_s
        self._turn(sample, due_s, late_s)
        return late_s

    def _turn(self, sample: int, due_s: float, late_s: float) -> None:
        """Move phase and period of the loop by one clipped error."""
        error_s = min(max(late_s, -CLIP_S), CLIP_S)
        step = max(sample - self.line.sample, 1)
        omega = 2.0 * math.pi * BANDWIDTH_HZ * step * self._nominal_s
        period_s = self.line.period_s + omega * omega * error_s / step
        # A sound card's clock is within 1000 ppm of its name; a loop pushed further has been fed nonsense.
        period_s = min(max(period_s, 0.999 * self._nominal_s), 1.001 * self._nominal_s)
        self.line = Line(sample, due_s + math.sqrt(2.0) * omega * error_s, period_s)

    def _is_lost(self, late_s: float, now_s: float) -> bool:
        """Return whether the error has stayed large, on one side, for long enough."""
        if abs(late_s) < RESYNC_S:
            self._off_blocks = 0
            return False
        if not self._off_blocks or late_s * self._off_least_s < 0.0:
            self._off_blocks, self._off_least_s, self._off_since_s = 0, late_s, now_s
        if abs(late_s) < abs(self._off_least_s):
            self._off_least_s = late_s
        self._off_blocks += 1
        return self._off_blocks >= RESYNC_BLOCKS and now_s - self._off_since_s >= RESYNC_AFTER_S
