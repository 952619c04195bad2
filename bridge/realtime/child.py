"""The parent's side of a child process: frames out, reports in, a new child when one has gone.

Nothing here blocks whoever sends. A child that has gone is replaced by a thread of this object while the rest plays on.
Where the system has no descriptor, memory or process left for another child, that thread counts, waits and tries again.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

from bridge.realtime.loop import FrameDecoder, frame
from synth.errors import InputError

RESPAWN_S = 1.0
"""Two children in turn begin at least this long apart: one that cannot live must not take the whole machine."""

FLUSH_S = 0.005
"""How soon a pipe that was full is tried again."""

KEEPER_S = 2.0
"""The thread that listens to a child has this long to read its last words."""

Report = dict[str, Any]


class Child:
    """One child process, replaced whenever it ends before `close`.

    A subclass may speak another language than JSON, tell each new process what it must know, and watch over it.

    Parameters
    ----------
    module : str
        What it runs: a module whose ``main`` calls `bridge.realtime.loop.serve`.
    settings : JSON value
        Handed to its loop.
    on_report : callable
        Takes each report of the child, on a thread of this object, and ``{"state": "gone"}`` when it has ended.

    Attributes
    ----------
    refusals : int
        Times the system refused another process: too many open files, no memory, too many processes.

    Raises
    ------
    InputError
        The first process cannot be started.
    """

    decode: Callable[[bytes], Any] = staticmethod(json.loads)
    """Turns the bytes of a report into what ``on_report`` takes."""

    keeps = False
    """Whether a frame that finds the pipe full waits in order; else it is lost: a late stroke is worth nothing."""

    watch_s: float | None = None
    """How often `is_well` is asked; None: never."""

    goodbye_s = 2.0
    """How long it has to let go when its pipe closes, before it is killed."""

    errors: int | None = subprocess.DEVNULL
    """Where the child's standard error goes; None: where ours goes."""

    def __init__(self, module: str, settings: Any, on_report: Callable[[Any], None]) -> None:
        # It imports what this process imports, from wherever that is, and nothing from the folder that is open.
        code = f"import runpy, sys; sys.path[:] = {_import_path()!r}; "
        code += "runpy.run_module(sys.argv.pop(1), run_name='__main__')"
        self._arguments = [sys.executable, "-P", "-c", code, module, json.dumps(settings)]
        self._on_report = on_report
        self.refusals = 0
        self._lock = threading.RLock()
        self._closed = threading.Event()
        try:
            self._process = self._spawn()
        except OSError as error:
            raise InputError(f"{module}: the system starts no process for it ({error.strerror})") from None
        self._backlog = self.greeting()
        self._kept: dict[bytes, None] = {}
        self._flush()
        self._keeper = threading.Thread(target=self._keep, name=f"child {module}", daemon=True)
        self._keeper.start()

    @property
    def pid(self) -> int:
        """Process id of the present child."""
        return self._process.pid

    def greeting(self) -> bytes:
        """Return the frames that each new process is told first."""
        return b""

    def is_well(self) -> bool:
        """Return whether the child may live on; one that does not is killed, and replaced."""
        return True

    def gone(self) -> bool:
        """Note that the child has ended by itself; return whether another one takes its place."""
        self._on_report({"state": "gone"})
        return True

    def send(self, payload: bytes, moment_s: float = 0.0, keep: bool = False) -> bool:
        """Hand over one frame; False when the child does not take it.

        What is to be kept, such as a panic, waits in order where the pipe is full; one that waits already is enough.
        """
        with self._lock:
            if self._closed.is_set():
                return False
            if self._flush() or self.keeps:
                self._backlog += frame(payload, moment_s)
                # What the pipe has not yet taken whole, it takes before the next frame.
                return self._flush() or bool(self._backlog)
            if keep and self._backlog:
                self._kept[frame(payload, moment_s)] = None
                return True
            return False

    def close(self) -> None:
        """Close the pipe and wait for the child to end, a moment only. Twice is harmless."""
        with self._lock:
            if self._closed.is_set():
                return
            self._closed.set()
            self._close_pipe()
        try:
            self._process.wait(self.goodbye_s)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._keeper.join(KEEPER_S)

    def _spawn(self) -> subprocess.Popen[bytes]:
        self._began_s = time.monotonic()
        # A session of its own: Ctrl-C in the terminal is for the parent, who closes the pipe.
        process = subprocess.Popen(  # noqa: S603 - fixed arguments
            self._arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.errors, start_new_session=True
        )
        os.set_blocking(_pipe(process.stdin).fileno(), False)
        return process

    def _flush(self) -> bool:
        """Write what waits; False when some is left."""
        try:
            while self._backlog:
                written = os.write(_pipe(self._process.stdin).fileno(), self._backlog)
                self._backlog = self._backlog[written:]
                if not self._backlog:
                    self._backlog = b"".join(self._kept)
                    self._kept.clear()
        except BlockingIOError:
            return False
        except (OSError, ValueError):
            self._backlog = b""
            self._kept.clear()
            return False
        return True

    def _keep(self) -> None:
        """Listen to the child and replace it when it ends. Nothing but `close` ends this thread."""
        while True:
            try:
                self._listen()
            except Exception:  # whatever a child says, one that cannot be understood is replaced like one that ended
                self._process.kill()
            self._process.wait()
            with contextlib.suppress(OSError):
                _pipe(self._process.stdout).close()
            if self._closed.is_set() or not self._wants_another():
                return
            pause_s = max(self._began_s + RESPAWN_S - time.monotonic(), 0.0)
            while not self._closed.wait(pause_s):
                pause_s = RESPAWN_S
                if self._replace():
                    break
            if self._closed.is_set():
                return

    def _wants_another(self) -> bool:
        try:
            return self.gone()
        except Exception:  # who is told may lack memory or threads at this moment; the child is replaced all the same
            return True

    def _listen(self) -> None:
        """Pass on what the child reports, until its pipe ends or it must go."""
        reports, decoder = _pipe(self._process.stdout).fileno(), FrameDecoder()
        while self.is_well():
            if self._backlog:
                with self._lock:
                    self._flush()
            if _readable(reports, FLUSH_S if self._backlog else self.watch_s):
                received = os.read(reports, 1 << 16)
                if not received:
                    return
                for _, payload in decoder.feed(received):
                    self._on_report(self.decode(payload))
        self._process.kill()

    def _replace(self) -> bool:
        """Start another process; False, counted, when the system refuses it."""
        try:
            # Made before the lock is taken: a process takes milliseconds, and other targets wait for whoever sends.
            process = self._spawn()
            with self._lock:
                self._close_pipe()
                self._process = process
                # Asked here, where nothing changes: what was changed before would else be told to the last process.
                self._backlog = self.greeting()
                self._kept.clear()
                self._flush()
                if self._closed.is_set():
                    self._close_pipe()
        except (OSError, MemoryError):
            self.refusals += 1
            return False
        return True

    def _close_pipe(self) -> None:
        with contextlib.suppress(OSError):
            _pipe(self._process.stdin).close()


def _readable(descriptor: int, seconds: float | None) -> bool:
    """Wait until a descriptor can be read; False when it cannot in time. None waits for ever."""
    poll = select.poll()  # select() refuses numbers from 1024 on, which a program with many connections comes to
    poll.register(descriptor, select.POLLIN)
    return bool(poll.poll(None if seconds is None else 1000 * seconds))


def _pipe(pipe: IO[bytes] | None) -> IO[bytes]:
    if pipe is None:
        raise OSError("the child has no pipe")
    return pipe


def _import_path() -> list[str]:
    """Return where this process finds modules, this package among them."""
    root = str(Path(__file__).resolve().parents[2])
    path = [entry for entry in sys.path if entry]
    return path if root in path else [*path, root]


def wait_for(condition: Callable[[], bool], seconds: float) -> bool:
    """Wait until the condition holds; False when it did not in time."""
    end_s = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end_s:
            return False
        time.sleep(0.005)
    return True
