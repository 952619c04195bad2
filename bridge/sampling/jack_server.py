"""A JACK server of the sampling room's own: its name, its start, its end, and what a killed one leaves behind.

JACK knows eight servers of a machine. It forgets one that was killed, with 100 MB of shared memory, only when another
takes its name. Only the standard library: the child process that owns the server imports this file.
"""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO

NAMES = 3
"""Servers that may run at once. JACK has eight for everyone."""

PRIORITY = "70"

MODES = (("-R", "-P", PRIORITY), ("-r",))
"""Real time, and what is left where that is refused."""

TERM_S = 3.0
"""How long a process has to end before it is killed."""

SWEEP_S = 5.0
"""How long a server may take to start that only clears up."""

SHARED_MEMORY = Path("/dev/shm")  # noqa: S108 - where JACK puts its semaphores

REGISTERED = b"self-connect-mode"
"""What jackd prints when it has its name."""

_SET_PARENT_DEATH_SIGNAL = 1
"""``PR_SET_PDEATHSIG`` of prctl(2)."""


class NameLock:
    """A name for a server that no other process of this user has, until `release` or the end of all who hold it.

    Parameters
    ----------
    number : int
        Of the name.

    Raises
    ------
    OSError
        Somebody has it.
    """

    def __init__(self, number: int) -> None:
        self.name = f"ghostnote-sampling-{number}"
        path = Path(tempfile.gettempdir()) / f"{self.name}-{os.getuid()}.lock"
        self.descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self.descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(self.descriptor)
            raise

    def release(self) -> None:
        """Give the name up; twice is harmless."""
        if self.descriptor >= 0:
            os.close(self.descriptor)
            self.descriptor = -1


def free_name() -> NameLock | None:
    """Return a free name; None where all are taken."""
    for number in range(NAMES):
        with contextlib.suppress(OSError):
            return NameLock(number)
    return None


def leashed(parent: int, ending: int) -> Callable[[], None]:
    """Return what a process does before its program begins: it asks the kernel for a signal at its parent's death."""
    libc = ctypes.CDLL(None)

    def ask() -> None:
        libc.prctl(_SET_PARENT_DEATH_SIGNAL, ending, 0, 0, 0)
        if os.getppid() != parent:
            os._exit(1)

    return ask


def start_leashed(
    command: Sequence[str], log: IO[bytes], environment: Mapping[str, str], ending: int = signal.SIGKILL
) -> subprocess.Popen[bytes]:
    """Start a program that ends with this process, whatever ends it. To be called from the main thread.

    Parameters
    ----------
    command : sequence of str
    log : binary file
        Takes what it prints.
    environment : mapping
    ending : int, optional
        The signal with which it ends.
    """
    return subprocess.Popen(  # noqa: S603 - a row of a table in code
        command,
        stdin=subprocess.PIPE,  # open until this process ends: a synth with a shell ends at the end of its input
        stdout=log,
        stderr=log,
        env=environment,
        preexec_fn=leashed(os.getpid(), ending),
    )


def start_server(
    name: str, mode: Sequence[str], rate_hz: int, period: int, log: IO[bytes], environment: Mapping[str, str]
) -> subprocess.Popen[bytes]:
    """Start a server on the dummy driver, which needs no sound card."""
    forget_semaphores(name)
    command = ["jackd", "-n", name, *mode, "-d", "dummy", "-r", str(rate_hz), "-p", str(period)]
    return start_leashed(command, log, environment, signal.SIGTERM)


def end(process: subprocess.Popen[bytes]) -> bool:
    """End a process; False where it had to be killed."""
    process.terminate()
    try:
        process.wait(TERM_S)
        return process.returncode != -signal.SIGKILL
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        return False


def sweep(name: str) -> None:
    """Clear up behind a server of that name that was killed: another one takes the name, and ends in order."""
    forget_semaphores(name)
    command = ["jackd", "-n", name, "-r", "-d", "dummy"]
    with contextlib.suppress(OSError), tempfile.TemporaryFile() as log:
        process = subprocess.Popen(  # noqa: S603 - fixed command
            command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=environment_of(name, Path("/"))
        )
        deadline = time.monotonic() + SWEEP_S
        while process.poll() is None and time.monotonic() < deadline:
            if REGISTERED in os.pread(log.fileno(), 1 << 14, 0):
                break
            time.sleep(0.02)
        end(process)
    forget_semaphores(name)


def forget_semaphores(name: str) -> None:
    """Remove what clients of a dead server left: the next client of the same name would wait on it."""
    for semaphore in SHARED_MEMORY.glob(f"jack_sem.*_{name}_*"):
        semaphore.unlink(missing_ok=True)


def environment_of(name: str, home: Path) -> dict[str, str]:
    """Return the environment of what belongs to a server: nothing of a person's settings reaches a synth.

    Parameters
    ----------
    name : str
        The server's.
    home : Path
        A private folder.
    """
    own = dict.fromkeys(("HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME"), str(home))
    jack = {"JACK_DEFAULT_SERVER": name, "JACK_NO_AUDIO_RESERVATION": "1", "JACK_NO_START_SERVER": "1"}
    # So a plugin's window, where one insists on it, needs no screen.
    return dict(os.environ) | own | jack | {"QT_QPA_PLATFORM": "offscreen"}


def runs_here() -> bool:
    """Tell whether this system has what the room needs: Linux, whose kernel ends orphans and has files in memory."""
    return sys.platform == "linux"
