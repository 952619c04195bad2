"""A remote control in a process of its own, and what comes of it under `bench.fuzz_osc` and `bench.fuzz_http`.

``python -m bench.fuzz_remote`` opens it with a rig of two drums, prints its ports, and writes a line for each panic and
for each question on standard input. It ends with its standard input.
"""

from __future__ import annotations

import json
import os
import resource
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import psutil

from bench.report import line, percentiles
from bridge.control.controls import ROOT
from bridge.control.remote import RemoteControl
from bridge.control.surface import StillSurface
from bridge.engine.changes import LiveState
from bridge.mapping.load import rig_mappings
from bridge.osc.messages import message_bytes
from bridge.realtime.child import wait_for
from bridge.rig.control import ControlSettings
from bridge.rig.rig import rig_from_table

DRUMS = ("snare", "tom")
PROBE_S = 0.05
"""How often panic is asked for."""

AT_REST = 200
"""Panics that are asked for before anything else is sent."""

LOOK_EVERY = 200
"""Things that are sent between two looks at how many descriptors are open."""

LOST_S = 2.0
"""A panic that was not obeyed by then counts as lost."""


class _Panicked(StillSurface):
    """Writes down when it was panicked, on the clock of the machine."""

    def panic(self) -> None:
        _say({"panic_s": time.monotonic()})


def _say(words: dict[str, Any]) -> None:
    """Write a line at once: two threads do."""
    os.write(1, (json.dumps(words) + "\n").encode())


def serve() -> None:
    """Be controlled until standard input ends."""
    rig = rig_from_table({"drum": [{"name": name} for name in DRUMS]}, "fuzz")
    # Port 0 is no port for a rig, but a free one here; TCP and UDP have different ones.
    settings = ControlSettings().model_copy(update={"port": 0})
    with closing(RemoteControl(settings, _Panicked(LiveState.of(rig, rig_mappings(rig))), rig.drum)) as remote:
        assert remote.query is not None
        _say({"osc": remote.osc.port, "http": remote.query.port})
        for _ in sys.stdin:
            counts = {name: getattr(remote.osc, name) for name in ("packets", "malformed", "unknown", "overrun")}
            _say({"threads": sorted(one.name for one in threading.enumerate()), **counts})


class Remote:
    """The process, and what it has said.

    Parameters
    ----------
    descriptors : int
        How many files and sockets it may have open; 0: as many as we.

    Attributes
    ----------
    osc, http : int
        Its ports.
    delays_s : list of float
        From each panic's leaving until it was obeyed.
    lost : int
        Panics that were not obeyed.
    """

    def __init__(self, descriptors: int = 0) -> None:
        limits = (descriptors, descriptors)
        self._process = subprocess.Popen(
            [sys.executable, "-m", "bench.fuzz_remote"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            bufsize=1,
            preexec_fn=(lambda: resource.setrlimit(resource.RLIMIT_NOFILE, limits)) if descriptors else None,
        )
        self._known = psutil.Process(self._process.pid)
        self.delays_s: list[float] = []
        self.lost = 0
        self._panics_s: list[float] = []
        self._answers: list[dict[str, Any]] = []
        self._over = threading.Event()
        self._errors = ""
        ports = json.loads(self._line())
        self.osc, self.http = ports["osc"], ports["http"]
        self._threads = [threading.Thread(target=one, daemon=True) for one in (self._listen, self._read_errors)]
        for thread in self._threads:
            thread.start()

    @property
    def errors(self) -> str:
        """What it has written to standard error."""
        return self._errors

    @property
    def alive(self) -> bool:
        """Whether it runs."""
        return self._process.poll() is None

    def resident_mb(self) -> float:
        """Return its memory."""
        return float(self._known.memory_info().rss / 1e6)

    def descriptors(self) -> int:
        """Return how many files and sockets it has open."""
        return int(self._known.num_fds())

    def asked(self) -> dict[str, Any]:
        """Return its counters and threads."""
        assert self._process.stdin is not None
        before = len(self._answers)
        self._process.stdin.write("?\n")
        assert wait_for(lambda: len(self._answers) > before, 60.0), "it says nothing any more"
        return self._answers[-1]

    def panic(self, udp: socket.socket) -> None:
        """Ask for panic and note how long it took."""
        before, sent_s = len(self._panics_s), time.monotonic()
        udp.sendto(message_bytes(f"{ROOT}/panic", []), ("127.0.0.1", self.osc))
        if wait_for(lambda: len(self._panics_s) > before, LOST_S):
            self.delays_s.append(self._panics_s[before] - sent_s)
        else:
            self.lost += 1

    @contextmanager
    def probed(self) -> Iterator[None]:
        """Ask for panic all the while."""
        over = threading.Event()

        def probe() -> None:
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
                while not over.wait(PROBE_S):
                    self.panic(udp)

        thread = threading.Thread(target=probe, daemon=True)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join(2 * LOST_S)

    def rest(self, panics: int) -> list[float]:
        """Return how long panic takes when nothing else is sent: what the machine itself costs."""
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
            for _ in range(panics):
                self.panic(udp)
        delays_s, self.delays_s = self.delays_s, []
        return delays_s

    def close(self) -> None:
        """End it."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(10.0)

    def _line(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline()

    def _listen(self) -> None:
        while text := self._line():
            words = json.loads(text)
            if "panic_s" in words:
                self._panics_s.append(words["panic_s"])
            else:
                self._answers.append(words)

    def _read_errors(self) -> None:
        assert self._process.stderr is not None
        for text in self._process.stderr:
            self._errors += text


@dataclass(frozen=True, slots=True)
class Fuzzed:
    """What came of it.

    Parameters
    ----------
    count : int
        Datagrams or requests that were sent.
    counters : dict
        Of the remote at the end, and its threads.
    same_threads : bool
        Whether it has those that it had at the start.
    errors : str
        What it has written to standard error.
    most_descriptors : int
        That it had open.
    resident_mb : tuple of float
        After a tenth and at the end.
    rest_s, delays_s : list of float
        Of every panic, before anything else was sent and then.
    lost : int
        Panics that were not obeyed.
    seconds : float
    """

    count: int
    counters: dict[str, Any]
    same_threads: bool
    errors: str
    most_descriptors: int
    resident_mb: tuple[float, float]
    rest_s: list[float]
    delays_s: list[float]
    lost: int
    seconds: float

    def show(self, what: str) -> None:
        """Print a line for each thing that is asked of every fuzz; ``what`` are the things that were sent."""
        line("its threads live", "yes" if self.same_threads else "no")
        line("lines of errors", len(self.errors.splitlines()))
        line("resident after a tenth, at the end, MB", ", ".join(f"{size:.1f}" for size in self.resident_mb))
        line("panics meanwhile, of them lost", f"{len(self.delays_s) + self.lost}, {self.lost}")
        for name, taken_s in (("before anything else was sent", self.rest_s), ("meanwhile", self.delays_s)):
            cells = percentiles(1000 * np.array(taken_s), (50, 99, 100), ".1f")
            line(f"until panic was obeyed, {name}: median, p99, worst, ms", ", ".join(cells))
        line(f"{what} a second", f"{self.count / self.seconds:.0f}")


def fuzzed(count: int, send: Callable[[Remote, int], None], descriptors: int = 0) -> Fuzzed:
    """Open a remote control, let ``send`` send it one thing at a time, panic meanwhile, and return what came of it."""
    memory_mb, most = [], 0
    with closing(Remote(descriptors)) as remote:
        threads, began_s = remote.asked()["threads"], time.perf_counter()
        rest_s = remote.rest(AT_REST)
        with remote.probed():
            for index in range(count):
                send(remote, index)
                if index % LOOK_EVERY == 0:
                    most = max(most, remote.descriptors())
                if index in (count // 10, count - 1):
                    memory_mb.append(remote.resident_mb())
        counters = remote.asked()
        return Fuzzed(
            count,
            counters,
            counters["threads"] == threads and remote.alive,
            remote.errors,
            most,
            (memory_mb[0], memory_mb[-1]),
            rest_s,
            remote.delays_s,
            remote.lost,
            time.perf_counter() - began_s,
        )


if __name__ == "__main__":
    serve()
