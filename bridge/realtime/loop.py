"""Frames through a pipe, acted on at their moments: the loop of the child processes that own ports and sockets.

A child has an interpreter of its own, so no work of the player's process makes a message late. It sleeps until shortly
before a deadline and watches the clock for the rest; a new frame is read meanwhile. Only the standard library.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import struct
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import Any

HEADER = struct.Struct("<dI")
"""Moment in seconds of the monotonic clock, then the length of what follows."""

WATCH_S = 400e-6
"""How long before a deadline the clock is watched: a sleep may end this much late on a busy machine."""

PRIORITY = 55
"""Real-time priority of a child: under the audio server's and its clients'."""

IDLE_S = 0.25
"""How often a child that has nothing to do looks after its port."""


def frame(payload: bytes, moment_s: float = 0.0) -> bytes:
    """Return a payload as a frame; the moment is for the child to use."""
    return HEADER.pack(moment_s, len(payload)) + payload


class FrameDecoder:
    """Takes a stream of bytes apart into frames."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, received: bytes) -> Iterator[tuple[float, bytes]]:
        """Yield (moment, payload) of every frame that these bytes complete."""
        self._rest += received
        while len(self._rest) >= HEADER.size:
            moment_s, length = HEADER.unpack_from(self._rest)
            end = HEADER.size + length
            if len(self._rest) < end:
                return
            payload, self._rest = self._rest[HEADER.size : end], self._rest[end:]
            yield moment_s, payload


class PunctualLoop(ABC):
    """Reads frames until the pipe closes, and acts when something is due.

    Parameters
    ----------
    pipe : int
        File descriptor to read frames from.
    """

    def __init__(self, pipe: int) -> None:
        self._pipe = pipe
        self._decoder = FrameDecoder()

    @abstractmethod
    def receive(self, moment_s: float, payload: bytes) -> None:
        """Take one frame."""

    @abstractmethod
    def next_s(self, now_s: float) -> float | None:
        """Return the moment of the next act, or None."""

    @abstractmethod
    def act(self, now_s: float) -> None:
        """Do what is due."""

    @abstractmethod
    def look_after(self) -> bool:
        """Look after the port, a few times a second; False ends the loop."""

    def run(self) -> None:
        """Serve until the pipe closes or `look_after` says that it is over."""
        looked_s = time.monotonic()
        while True:
            now_s = time.monotonic()
            if now_s - looked_s >= IDLE_S:
                looked_s = now_s
                if not self.look_after():
                    return
            due_s = self.next_s(now_s)
            if due_s is not None and due_s <= now_s:
                self.act(now_s)
            elif not self._wait(IDLE_S if due_s is None else min(due_s - now_s - WATCH_S, IDLE_S)):
                return

    def _wait(self, seconds: float) -> bool:
        """Wait for a frame and take it; False when the pipe has closed. Not above 0: only look."""
        if not select.select([self._pipe], [], [], max(seconds, 0.0))[0]:
            return True
        received = os.read(self._pipe, 1 << 16)
        for moment_s, payload in self._decoder.feed(received):
            self.receive(moment_s, payload)
        return bool(received)


def be_punctual(priority: int = PRIORITY) -> None:
    """Ask for a real-time priority for the calling thread; without the permission this does nothing."""
    if hasattr(os, "sched_setscheduler"):
        try:
            os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(priority))
        except OSError:
            return


def claim_reports() -> None:
    """Keep standard output for reports: what libjack prints goes where errors go."""
    global _reports
    _reports = os.dup(1)
    os.dup2(2, 1)


_reports = 1


def report(**words: Any) -> None:
    """Tell the parent; a parent that is gone is no reason to fail."""
    with contextlib.suppress(OSError):
        os.write(_reports, json.dumps(words).encode() + b"\n")
