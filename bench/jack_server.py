"""A real JACK server on the dummy driver, for `bench.latency` and the live tests."""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bench.pace import Allowance, stretched

ROOT = Path(__file__).resolve().parents[1]
RATE = 48_000
PERIOD = 64

LONGEST_S = 30.0
"""How long a server may take to answer on a busy machine."""

SHARED_MEMORY = Path("/dev/shm")

NAMES = 6
"""JACK knows eight servers of a machine, and forgets one that was killed only when another takes its name."""

WAITS = ("-S", "-t", "4000")
"""Options of a server that begins no cycle before every client has ended the last: synchronous mode, with a timeout
just below the 5 s that real-time mode allows. Where the machine stalls, such a server falls behind and drops nothing;
an asynchronous one, JACK's default, drops or repeats what a client did not finish."""


def missing_programs(*names: str) -> list[str]:
    """Return which programs this machine lacks."""
    return [name for name in names if shutil.which(name) is None]


def wait_until(condition: Any, seconds: float, what: str) -> None:
    """Wait for something to become true; the name is in the error when it does not.

    The limit is that of a machine with nothing else to do: a crowded one gets longer (`bench.pace`). It asks 50 times
    a second: a process or a port of another program tells no one when it comes.
    """
    allowance = Allowance(seconds)
    while allowance.lasts():
        if condition():
            return
        time.sleep(0.02)
    raise AssertionError(f"{what} did not happen within {seconds} s ({allowance.spent_s:.0f} s on this machine)")


class JackServer:
    """A JACK server in real-time mode on the dummy driver, under a name of its own.

    It is asynchronous, as JACK is by default; with ``waits`` it is synchronous and loses no sample of a take. Its card
    has ``ports`` inputs and outputs, as many as a player may ask for.
    """

    def __init__(
        self, name: str, folder: Path, period: int = PERIOD, waits: bool = False, ports: tuple[int, int] = (2, 2)
    ) -> None:
        self.name, self.period, self.waits, self.ins_and_outs = name, period, waits, ports
        self.log = folder / f"jackd-{name}.log"
        self.environment = os.environ | {
            "JACK_DEFAULT_SERVER": name,
            "JACK_NO_AUDIO_RESERVATION": "1",
            "JACK_NO_START_SERVER": "1",
            "PYTHONPATH": str(ROOT),
        }
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start the server and wait until it answers."""
        self._forget_the_dead()
        inputs, outputs = self.ins_and_outs
        driver = ["-d", "dummy", "-r", str(RATE), "-p", str(self.period), "-C", str(inputs), "-P", str(outputs)]
        command = ["jackd", "-n", self.name, "-R", "-P", "70", *(WAITS if self.waits else ()), *driver]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log, env=self.environment)
        wait_until(self._answers, LONGEST_S, "a JACK server")

    def _answers(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, f"jackd ended: {self.log.read_text(errors='replace')[-500:]}"
        return bool(self.ports())

    def _forget_the_dead(self) -> None:
        """Remove what clients of a dead server of this name left: the next client of the same name would wait on it."""
        for semaphore in SHARED_MEMORY.glob(f"jack_sem.*_{self.name}_*"):
            semaphore.unlink(missing_ok=True)

    def ports(self) -> list[str]:
        """Return the ports that JACK lists."""
        return self._listed()

    def connect(self, source: str, sink: str) -> None:
        """Connect two ports, again until JACK lists the connection: a stalled server takes later what it refused."""
        wait_until(lambda: self.connected(source, sink), 5, f"the connection of {source} with {sink}")

    def connected(self, source: str, sink: str) -> bool:
        """Connect two ports where they are not; tell whether they are now."""
        if source not in self.connections(sink):
            self._run("jack_connect", source, sink)
        return source in self.connections(sink)

    def connections(self, port: str) -> list[str]:
        """Return the ports that one is connected to."""
        return [line.strip() for line in self._listed("-c", port) if line.startswith(" ")]

    def _listed(self, *arguments: str) -> list[str]:
        """Return the lines of ``jack_lsp``; none where the server does not answer, as while a client comes or goes."""
        return self._run("jack_lsp", *arguments).splitlines()

    def _run(self, *command: str) -> str:
        """Return what one of JACK's programs prints; nothing where it fails or hangs."""
        try:
            done = subprocess.run(command, env=self.environment, capture_output=True, text=True, timeout=stretched(5))
        except subprocess.TimeoutExpired:
            return ""
        return done.stdout if done.returncode == 0 else ""

    def kill(self) -> None:
        """End it as a crash does."""
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        self.process = None

    def stop(self) -> None:
        """End the server."""
        if self.process is not None:
            self.process.terminate()
            try:
                self.process.wait(3)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.process = None

    def xruns(self) -> dict[str, int]:
        """Count what the server's log complains of: its own late wake-ups, and clients not finished in time."""
        text = self.log.read_text(errors="replace")
        unfinished = re.findall(r"client = (\S+) was not finished", text)
        counts = {"driver": text.count("JackTimedDriver::Process XRun")}
        return counts | {client: unfinished.count(client) for client in set(unfinished)}


@contextlib.contextmanager
def free_name() -> Iterator[str]:
    """Give the name of a server that no other process uses."""
    for number in range(NAMES):
        name = f"ghostnote-{number}"
        with (Path(tempfile.gettempdir()) / f"jackd-{name}-{os.getuid()}.lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                continue
            yield name
            return
    raise AssertionError(f"{NAMES} JACK servers run already")


@contextlib.contextmanager
def running_server(
    folder: Path, period: int = PERIOD, waits: bool = False, ports: tuple[int, int] = (2, 2)
) -> Iterator[JackServer]:
    """Run a server under a name that is free until the block ends."""
    with free_name() as name:
        server = JackServer(name, folder, period, waits, ports)
        try:
            server.start()
            yield server
        finally:
            server.stop()
