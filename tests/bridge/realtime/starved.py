"""A program that lets a child end while the system gives it no further process, then mends that and prints.

``python -m tests.bridge.realtime.starved LIMIT``: LIMIT is ``descriptors`` or ``processes``. It sets limits of its own
process, so it is one.
"""

from __future__ import annotations

import contextlib
import os
import resource
import socket
import sys
from collections.abc import Callable
from typing import Any

from bridge.realtime import child as module
from bridge.realtime.child import Child, wait_for
from tests.bridge.realtime import echo

DESCRIPTORS = 64
NOBODY = 54_321
"""A user with no other process: the system counts processes by user, and refuses none to root."""


def use_up_descriptors() -> Callable[[], None]:
    """Open sockets until there is no descriptor left; return what closes them."""
    resource.setrlimit(resource.RLIMIT_NOFILE, (DESCRIPTORS, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
    opened: list[socket.socket] = []
    with contextlib.suppress(OSError):
        while True:
            opened.append(socket.socket())
    return opened.clear


def use_up_processes() -> Callable[[], None]:
    """Allow this user no further process; return what allows them again."""
    before, user = resource.getrlimit(resource.RLIMIT_NPROC), os.geteuid()
    if user == 0:
        os.setresuid(NOBODY, NOBODY, user)
    resource.setrlimit(resource.RLIMIT_NPROC, (1, before[1]))

    def allow() -> None:
        resource.setrlimit(resource.RLIMIT_NPROC, before)
        os.setresuid(user, user, user)

    return allow


def main() -> None:
    """Print "replaced" when the child has a successor in the end, and how often the system refused one before."""
    module.RESPAWN_S = 0.05
    reports: list[dict[str, Any]] = []
    child = Child(echo.PROGRAM, 0.0, reports.append)
    assert wait_for(lambda: len(reports) == 1, 20.0)
    first = child.pid
    mend = {"descriptors": use_up_descriptors, "processes": use_up_processes}[sys.argv[1]]()
    child.send(echo.END)
    refused = wait_for(lambda: child.refusals >= 2, 20.0)
    mend()
    replaced = wait_for(lambda: child.pid != first, 20.0)
    print("refused" if refused else "", "replaced" if replaced else "", flush=True)
    os._exit(0)


if __name__ == "__main__":
    main()
