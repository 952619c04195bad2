"""What a MIDI system tells of itself: who is connected to a virtual output of ours, and whether it runs.

A listener can only connect after the port was made, so it has missed the program changes and values that were sent
before. JACK and ALSA tell who is connected; Core MIDI does not.
"""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bridge.audio.jack import JackCycles

Listeners = Callable[[], frozenset[str]]
"""Returns who is connected now, by any name that stays the same while they are."""

ALSA_CLIENTS = "/proc/asound/seq/clients"


def listeners_of(api: str, client: str, port: str) -> Listeners | None:
    """Return what tells who listens to an output of ours, or None where nothing does."""
    if api == "jack":
        # Only who plays through JACK pays for loading ctypes and libjack.
        from bridge.audio.jack import JackListeners

        with contextlib.suppress(OSError):
            return JackListeners(client, port)
    if api == "alsa" and os.access(ALSA_CLIENTS, os.R_OK):
        return lambda: alsa_listeners(_alsa_clients(), client, port)
    return None


def cycles_of(api: str) -> JackCycles | None:
    """Return what tells whether a JACK server runs; None where another system passes messages on."""
    if api == "jack":
        from bridge.audio.jack import JackCycles

        with contextlib.suppress(OSError):
            return JackCycles()
    return None


def _alsa_clients() -> str:
    try:
        return Path(ALSA_CLIENTS).read_text(errors="replace")
    except OSError:
        return ""


def alsa_listeners(clients: str, client: str, port: str) -> frozenset[str]:
    """Return whom the kernel's list of sequencer clients shows connected to an output."""
    own_client = own_port = False
    found: list[str] = []
    for line in clients.splitlines():
        if named := re.match(r'Client +\d+ : "(.*)" \[', line):
            own_client, own_port = named[1] == client, False
        elif named := re.match(r' +Port +\d+ : "(.*)" \(', line):
            own_port = own_client and named[1] == port
        elif own_port and line.strip().startswith("Connecting To:"):
            found += line.split(":", 1)[1].strip().split(", ")
    return frozenset(found)
