"""Files of remote control: which ones a remote may name, and a thread on which files are read and written.

A file may lie on a disk that has gone to sleep or a server that has gone away. It is read where only other files wait
for it: panic and every other control are obeyed meanwhile.
"""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Callable
from pathlib import Path, PurePath

from bridge.realtime.priority import REMOTE_PRIORITY, ask_real_time
from synth.errors import InputError, shown
from synth.files import Shelf

LARGEST_PRESET_BYTES = 1 << 16
LARGEST_MODEL_BYTES = 1 << 24
"""A preset that ships has 2 kB, a model 100 kB."""


def require_own(name: str, shelf: Shelf, folder: Path, largest_bytes: int) -> None:
    """Refuse a file that a remote may not name.

    Whoever reaches the port may send any path, and what is read may block or fill the memory. So a remote names what
    ships, or a file of the rig's folder and the folders in it.

    Raises
    ------
    InputError
        The name leads out of the rig's folder, or its file is too large.
    """
    path = PurePath(name)
    if path.is_absolute() or ".." in path.parts or name.startswith("~"):
        raise InputError(f"{shown(name)} lies outside of the rig's folder; a remote names what ships or lies in it")
    size = os.path.getsize(shelf.find(name, beside=folder))
    if size > largest_bytes:
        raise InputError(f"{shown(name)} has {size} bytes; a {shelf.word} has at most {largest_bytes}")


class Loader:
    """Reads and writes what is asked for, one after the other; under one name only what was asked for last."""

    def __init__(self) -> None:
        self._asked: dict[str, Callable[[], object]] = {}
        self._changed = threading.Condition()
        self._closed = self._busy = False
        # It may be blocked by a file for ever: nobody waits for it.
        threading.Thread(target=self._run, name="loading", daemon=True).start()

    def ask(self, name: str, work: Callable[[], object]) -> None:
        """Let something be read or written on this object's thread; nothing waits."""
        with self._changed:
            self._asked.pop(name, None)
            self._asked[name] = work
            self._changed.notify_all()

    def settle(self, seconds: float) -> bool:
        """Wait until all that was asked for is done; False when it was not in time."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._asked and not self._busy, seconds)

    def close(self) -> None:
        """Begin nothing more."""
        with self._changed:
            self._closed = True
            self._asked.clear()
            self._changed.notify_all()

    def _run(self) -> None:
        ask_real_time(REMOTE_PRIORITY)
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._asked or self._closed)
                if self._closed:
                    return
                work = self._asked.pop(next(iter(self._asked)))
                self._busy = True
            # Whatever a file holds, the next one is loaded.
            with contextlib.suppress(Exception):
                work()
            with self._changed:
                self._busy = False
                self._changed.notify_all()
