"""The parent's side of a child process: frames out, reports in, a new child when one has gone.

Nothing here blocks: a pipe that is full loses frames, counted, and a child that has gone is replaced by a thread of its
own while the rest plays on.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from typing import IO, Any

from bridge.realtime.loop import frame

RESPAWN_S = 0.3
GOODBYE_S = 2.0
"""A child has this long to silence its notes and let go when its pipe closes."""

Report = dict[str, Any]


class Child:
    """One child process, replaced whenever it ends before `close`.

    Parameters
    ----------
    arguments : sequence of str
        The module that it runs, then what that finds in ``sys.argv``.
    on_report : callable
        Takes each line that the child writes, on a thread of this object.
    """

    def __init__(self, arguments: Sequence[str], on_report: Callable[[Report], None]) -> None:
        # The package is found where this one was, after all others, and never in the folder that happens to be open.
        code = f"import runpy, sys; sys.path.append({_import_root()!r}); "
        code += "runpy.run_module(sys.argv.pop(1), run_name='__main__')"
        self._arguments = [sys.executable, "-P", "-c", code, *arguments]
        self._on_report = on_report
        self._backlog = b""
        self._lock = threading.Lock()
        self._closed = threading.Event()
        self._process = self._spawn()
        self._reader = threading.Thread(target=self._supervise, name=f"child {arguments[0]}", daemon=True)
        self._reader.start()

    @property
    def pid(self) -> int:
        """Process id of the present child."""
        return self._process.pid

    def send(self, payload: bytes, moment_s: float = 0.0) -> bool:
        """Hand over one frame; False when the child does not take it."""
        with self._lock:
            if self._closed.is_set() or not self._flush():
                return False
            self._backlog = frame(payload, moment_s)
            # What the pipe has not yet taken whole, it takes before the next frame.
            return self._flush() or bool(self._backlog)

    def close(self) -> None:
        """Close the pipe and wait for the child to end, a moment only."""
        with self._lock:
            if self._closed.is_set():
                return
            self._closed.set()
            self._close_pipe()
        try:
            self._process.wait(GOODBYE_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._reader.join(GOODBYE_S)

    def _spawn(self) -> subprocess.Popen[bytes]:
        # A session of its own: Ctrl-C in the terminal is for the player, who closes the pipe.
        process = subprocess.Popen(  # noqa: S603 - fixed arguments
            self._arguments,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        os.set_blocking(_pipe(process.stdin).fileno(), False)
        return process

    def _flush(self) -> bool:
        """Write what waits; False when some is left."""
        try:
            while self._backlog:
                written = os.write(_pipe(self._process.stdin).fileno(), self._backlog)
                self._backlog = self._backlog[written:]
        except BlockingIOError:
            return False
        except (OSError, ValueError):
            self._backlog = b""
            return False
        return True

    def _supervise(self) -> None:
        """Pass on what the child reports; replace it when it ends."""
        while True:
            for line in _pipe(self._process.stdout):
                with contextlib.suppress(json.JSONDecodeError):
                    self._on_report(json.loads(line))
            self._process.wait()
            _pipe(self._process.stdout).close()
            if self._closed.is_set():
                return
            self._on_report({"state": "gone"})
            if self._closed.wait(RESPAWN_S):
                return
            self._replace()

    def _replace(self) -> None:
        # Made before the lock is taken: a process takes milliseconds, and other targets wait for whoever sends.
        process = self._spawn()
        with self._lock:
            self._close_pipe()
            self._backlog = b""
            self._process = process
            if self._closed.is_set():
                self._close_pipe()

    def _close_pipe(self) -> None:
        with contextlib.suppress(OSError):
            _pipe(self._process.stdin).close()


def _pipe(pipe: IO[bytes] | None) -> IO[bytes]:
    if pipe is None:
        raise OSError("the child has no pipe")
    return pipe


def _import_root() -> str:
    """Return the folder from which the child imports this package, installed or not."""
    return os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def wait_for(condition: Callable[[], bool], seconds: float) -> bool:
    """Wait until the condition holds; False when it did not in time."""
    end_s = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end_s:
            return False
        time.sleep(0.005)
    return True
