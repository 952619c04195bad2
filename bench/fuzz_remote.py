"""A remote control in a process of its own, for `bench.fuzz_osc` and `bench.fuzz_http`: it says when it was panicked.

``python -m bench.fuzz_remote`` opens it with a rig of two drums, prints its port, and writes a line for each panic and
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
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

import psutil

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
        return float(self._known.memory_info().rss / 2**20)

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
        while line := self._line():
            words = json.loads(line)
            if "panic_s" in words:
                self._panics_s.append(words["panic_s"])
            else:
                self._answers.append(words)

    def _read_errors(self) -> None:
        assert self._process.stderr is not None
        for line in self._process.stderr:
            self._errors += line


if __name__ == "__main__":
    serve()
