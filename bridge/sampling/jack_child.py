"""The parent's side of `bridge.sampling.jack_client`: it hands over jobs, watches everyone who takes part, clears up.

A synth that is killed in freewheel wedges the server, and one that hangs stops it. The kernel tells of processes that
end (pidfd); whoever makes no cycle for `STALL_S` is taken for one that hangs. After that all of it is killed.
"""

from __future__ import annotations

import contextlib
import json
import mmap
import os
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from bridge.sampling import jack_server
from bridge.sampling.engine import EngineError
from bridge.sampling.jack_recorder import HEADER, Spec
from bridge.sampling.programs import Program
from bridge.sampling.timeline import Event
from synth.errors import said

READY_S = 60.0
"""How long a server and a synth may take to start, on a crowded machine."""

STALL_S = 5.0
"""Without a cycle for this long, something hangs. A cycle takes 0.05 ms; where a client hangs, JACK takes 10 s."""

LOOK_S = 0.25
GOODBYE_S = 8.0
SWEEP_S = 3.0
"""How long the child has to clear up behind a server that was killed."""

KILLED_S = 3.0
LAST_WORDS = 2000

CHILD_ENDED = "the process that holds the JACK client has ended"
TOGETHER_S = 0.1
"""Within this processes end that end together."""


class JackChild:
    """Server, synth and client, in processes of their own. Memory that a killed server leaves is for the caller.

    Parameters
    ----------
    lock : NameLock
        The server's name; the caller releases it.
    program : Program
    command : sequence of str
        The synth's.
    files : mapping
        What must lie in the synth's private folder.
    rate_hz, period : int
    longest : int
        Cycles of a job, at most.

    Raises
    ------
    EngineError
        They did not start.
    """

    def __init__(
        self,
        lock: jack_server.NameLock,
        program: Program,
        command: Sequence[str],
        files: Mapping[str, str],
        rate_hz: int,
        period: int,
        longest: int,
    ) -> None:
        self._name, self._program, self._period = lock.name, program, period
        self._folder = Path(tempfile.mkdtemp(prefix=f"{lock.name}-"))
        for name, text in files.items():
            (self._folder / name).parent.mkdir(parents=True, exist_ok=True)
            (self._folder / name).write_text(text, encoding="utf-8")
        self._events = os.memfd_create("ghostnote-events")
        record = os.memfd_create("ghostnote-record")
        os.ftruncate(record, HEADER + longest * period * np.dtype(np.float32).itemsize)
        self._memory = mmap.mmap(record, 0)
        spec = Spec(
            *(lock.name, str(self._folder), list(command), list(program.audio), program.midi, program.osc),
            *(rate_hz, period, self._events, record),
        )
        self._watched: dict[str, int] = {}
        self._said, self._ready = b"", False
        self._process: subprocess.Popen[bytes] | None = None
        try:
            self._process = _start(spec, self._folder, (self._events, record, lock.descriptor))
            os.close(record)
            self._await_answer("ready", READY_S)
        except BaseException:
            self.kill()
            raise

    def play(self, events: Sequence[Event], cycles: int) -> NDArray[np.float32]:
        """Play a job and return what was heard as (cycles * period,), until the next job.

        Raises
        ------
        EngineError
            Somebody died or hangs; `kill` is what is left to be done.
        """
        packed = json.dumps([(cycle, port, data.hex()) for cycle, port, data in events]).encode()
        _write_all(self._events, packed)
        try:
            _pipe(_started(self._process).stdin).write(
                json.dumps({"bytes": len(packed), "cycles": cycles}).encode() + b"\n"
            )
        except OSError:
            raise EngineError(CHILD_ENDED) from None
        self._await_answer("done", STALL_S)
        return np.frombuffer(self._memory, np.float32, cycles * self._period, HEADER)

    def close(self, goodbye_s: float = GOODBYE_S) -> bool:
        """End everyone in order, and whoever does not end by force; twice is harmless.

        Returns
        -------
        bool
            Whether force was needed, so that a server's memory may be left behind.
        """
        forced = False
        if self._process is not None:
            forced = not _ended(self._process, goodbye_s)
            for pipe in (self._process.stdin, self._process.stdout):
                with contextlib.suppress(OSError):
                    _pipe(pipe).close()
        for descriptor in self._watched.values():
            forced |= _killed(descriptor)
            os.close(descriptor)
        self._watched.clear()
        shutil.rmtree(self._folder, ignore_errors=True)
        if self._events >= 0:
            os.close(self._events)
            self._events = -1
        return forced

    def kill(self) -> bool:
        """Kill synth and server, which may be wedged, then `close`.

        The child is to see their end: the name of a dead server that nobody has reaped is still taken.
        """
        for descriptor in self._watched.values():
            _killed(descriptor)
        return self.close(SWEEP_S)

    def _await_answer(self, wanted: str, patience_s: float) -> None:
        """Wait until the child says a word. Patience begins anew with every cycle that is done."""
        progress = np.frombuffer(self._memory, np.int64, 1)
        seen, deadline = -1, time.monotonic() + patience_s
        while True:
            if progress[0] != seen:
                seen, deadline = int(progress[0]), time.monotonic() + patience_s
            if time.monotonic() > deadline:
                raise EngineError(f"{self._program.name} or its JACK server made no cycle for {patience_s:g} s")
            for answer in self._answers():
                if "failed" in answer:
                    raise EngineError(f"{answer['failed']}{self._last_words()}")
                self._watch(answer.get("pids", {}))
                self._ready |= "ready" in answer
                if wanted in answer:
                    return

    def _answers(self) -> list[dict[str, Any]]:
        """Return what the child has said; wait for it, a moment only."""
        pipe = _pipe(_started(self._process).stdout).fileno()
        poll = select.poll()
        poll.register(pipe, select.POLLIN)
        # Until all of them run, the child tells who has ended: it may have another mode to try.
        for descriptor in self._watched.values() if self._ready else ():
            poll.register(descriptor, select.POLLIN)
        ended = dict(poll.poll(1000 * LOOK_S))
        if pipe in ended:
            received = os.read(pipe, 1 << 16)
            if not received:
                raise EngineError(CHILD_ENDED)
            *lines, self._said = (self._said + received).split(b"\n")
            return [json.loads(line) for line in lines]
        for name in (name for name, descriptor in self._watched.items() if descriptor in ended):
            raise EngineError(CHILD_ENDED if self._has_ended() else f"{name} has ended")
        return []

    def _has_ended(self) -> bool:
        """Return whether the child has ended: server and synth die with it, and may be seen to have died before it."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            _started(self._process).wait(TOGETHER_S)
            return True
        return False

    def _watch(self, pids: Mapping[str, int]) -> None:
        """Watch over these processes from now on."""
        for name, pid in pids.items():
            if name in self._watched:
                os.close(self._watched.pop(name))
            with contextlib.suppress(OSError):
                self._watched[name] = os.pidfd_open(pid)

    def _last_words(self) -> str:
        """Return the last line of what server and synth printed, as the end of a sentence."""
        try:
            lines = (self._folder / "log").read_text(encoding="utf-8", errors="replace")[-LAST_WORDS:].splitlines()
        except OSError:
            return ""
        words = next((line for line in reversed(lines) if line.strip()), "")
        return f"; its last words: {said(words)}" if words else ""


def _start(spec: Spec, folder: Path, descriptors: tuple[int, ...]) -> subprocess.Popen[bytes]:
    """Start the child, with the modules of this process and in a session of its own: Ctrl-C is for the parent."""
    root = str(Path(__file__).resolve().parents[2])
    path = os.pathsep.join([root, *filter(None, sys.path)])
    with (folder / "log").open("ab") as log:
        return subprocess.Popen(  # noqa: S603 - fixed arguments
            [sys.executable, "-P", "-m", "bridge.sampling.jack_client", json.dumps(asdict(spec))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            env=dict(os.environ) | {"PYTHONPATH": path},
            bufsize=0,
            pass_fds=descriptors,
            start_new_session=True,
        )


def _started(process: subprocess.Popen[bytes] | None) -> subprocess.Popen[bytes]:
    if process is None:
        raise EngineError("the process that holds the JACK client was not started")
    return process


def _ended(process: subprocess.Popen[bytes], goodbye_s: float) -> bool:
    """Close the child's pipe, upon which it ends; False where it had to be killed, or had been."""
    with contextlib.suppress(OSError):
        _pipe(process.stdin).close()
    with contextlib.suppress(subprocess.TimeoutExpired):
        return process.wait(goodbye_s) == 0
    process.kill()
    process.wait()
    return False


def _killed(descriptor: int) -> bool:
    """Kill a watched process and wait for its end; False where it had ended already."""
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    if poll.poll(0):
        return False
    with contextlib.suppress(OSError):
        signal.pidfd_send_signal(descriptor, signal.SIGKILL)
    poll.poll(1000 * KILLED_S)
    return True


def _write_all(descriptor: int, data: bytes) -> None:
    written = 0
    while written < len(data):
        written += os.pwrite(descriptor, data[written:], written)


def _pipe(pipe: IO[bytes] | None) -> IO[bytes]:
    if pipe is None:
        raise OSError("the child has no pipe")
    return pipe
