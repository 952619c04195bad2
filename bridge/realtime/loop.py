"""The program of a child process: frames come in through a pipe and are acted on at their moments, reports go out.

A child has an interpreter of its own, so no work of its parent makes a message late. It sleeps until shortly before a
deadline and watches the clock for the rest; a new frame is read meanwhile. Only the standard library.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import struct
import sys
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from typing import Any

from bridge.realtime.priority import ask_real_time

HEADER = struct.Struct("<dI")
"""Moment in seconds of the monotonic clock, then the length of what follows."""

WATCH_S = 400e-6
"""How long before a deadline the clock is watched: a sleep may end this much late on a busy machine."""

PRIORITY = 55
"""Real-time priority of a child that sends: under the audio server's and its clients'."""

MOST_DELAYS = 200
"""Over how many strokes the shown latency is taken. A child reports no more of them at once, for a report must fit into
its pipe."""

ENDS = (signal.SIGTERM, signal.SIGHUP)
"""Signals on which a child lets go of what it owns and ends."""

LONGEST_CLOSE_S = 20
"""After so many seconds a child that is still letting go is ended by the system."""


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
    """Reads frames until the pipe closes, acts when something is due, and reports.

    Parameters
    ----------
    pipe, reports : int
        File descriptors to read frames from and to write reports to.
    """

    idle_s = 0.25
    """How often `look_after` is called."""

    def __init__(self, pipe: int, reports: int) -> None:
        self._pipe = pipe
        self._reports = reports
        self._decoder = FrameDecoder()

    def open(self) -> None:
        """Begin, before the first frame is read."""
        return

    @abstractmethod
    def receive(self, moment_s: float, payload: bytes) -> None:
        """Take one frame."""

    def next_s(self, now_s: float) -> float | None:
        """Return the moment of the next act, or None."""
        return None

    def act(self, now_s: float) -> None:
        """Do what is due."""
        return

    @abstractmethod
    def look_after(self) -> bool:
        """Look after what the child owns, a few times a second; False ends the loop."""

    def close(self) -> None:
        """Let go of everything."""
        return

    def run(self) -> None:
        """Serve until the pipe closes or `look_after` says that it is over."""
        looked_s = time.monotonic()
        while True:
            now_s = time.monotonic()
            if now_s - looked_s >= self.idle_s:
                looked_s = now_s
                if not self.look_after():
                    return
            due_s = self.next_s(now_s)
            if due_s is not None and due_s <= now_s:
                self.act(now_s)
            elif not self._wait(self.idle_s if due_s is None else min(due_s - now_s - WATCH_S, self.idle_s)):
                return

    def report(self, **words: Any) -> None:
        """Tell the parent."""
        self.tell(json.dumps(words).encode())

    def tell(self, payload: bytes) -> bool:
        """Tell the parent something that is encoded already; False where its pipe is full or it has gone."""
        with contextlib.suppress(OSError):
            os.write(self._reports, frame(payload))
            return True
        return False

    def _wait(self, seconds: float) -> bool:
        """Wait for a frame and take it; False when the pipe has closed. Not above 0: only look."""
        if not select.select([self._pipe], [], [], max(seconds, 0.0))[0]:
            return True
        received = os.read(self._pipe, 1 << 16)
        for moment_s, payload in self._decoder.feed(received):
            self.receive(moment_s, payload)
        return bool(received)


def serve(loop: Callable[[Any, int, int], PunctualLoop], priority: int = PRIORITY) -> None:
    """Run a child's loop, made from (settings, pipe, reports), to its end, and end the process.

    Parameters
    ----------
    loop : callable
        Makes the loop. The settings are the JSON of the first argument on the command line.
    priority : int
        Real-time priority of this thread; 0 asks for none.
    """
    # Ctrl-C reaches the whole group of processes: the parent decides, and closes the pipe.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for number in ENDS:
        signal.signal(number, lambda *_: sys.exit(0))
    # What a library prints must not land among the reports; it goes where errors go.
    reports = os.dup(1)
    os.dup2(2, 1)
    if priority:
        ask_real_time(priority)
    child = loop(json.loads(sys.argv[1]), sys.stdin.fileno(), reports)
    try:
        child.open()
        child.run()
    except Exception:
        sys.excepthook(*sys.exc_info())
    finally:
        for number in ENDS:
            signal.signal(number, signal.SIG_IGN)
        # A library that hangs in C as it lets go of its server hears no other signal.
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.alarm(LONGEST_CLOSE_S)
        child.close()
        # libjack, ALSA and PortAudio may hang in their exit handlers when their server is gone.
        os._exit(0)
