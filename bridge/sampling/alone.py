"""One program at a time records into a folder: two would each write a table of their own takes."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

from synth.errors import InputError


@contextmanager
def alone_in(folder: Path) -> Iterator[None]:
    """Keep other programs of this user out of a folder, which need not exist yet.

    The system lets go of the lock when the program ends, however it does.

    Raises
    ------
    InputError
        Another one is at it.
    """
    # Beside the folder: it may not exist, and one that cannot be begun shall leave nothing behind.
    name = sha256(os.fsencode(os.path.realpath(folder))).hexdigest()[:24]
    user = os.getuid() if sys.platform != "win32" else 0
    path = Path(tempfile.gettempdir()) / f"ghostnote-takes-{name}-{user}.lock"
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0), 0o600)
    except OSError as error:
        raise InputError(f"{path}: cannot be opened ({error.strerror}); it keeps other programs out") from None
    try:
        try:
            _lock(descriptor)
        except OSError:
            words = "another ghostnote sample is recording into it; wait until it is done, or give --out another folder"
            raise InputError(f"{folder}: {words}") from None
        yield
    finally:
        os.close(descriptor)


def _lock(descriptor: int) -> None:
    """Take the lock; `OSError` where another program has it."""
    if sys.platform == "win32":
        import msvcrt

        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
    else:
        import fcntl

        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
