"""List and connect JACK ports. Calls libjack through ctypes.

PortAudio plays through JACK but names no ports and makes only its own connections; `[input] connect` needs these few
calls. They answer with nothing where there is no JACK, and start no server. `JackClock` reads the clock by which every
other client tells the time, `JackListeners` who is connected, `JackCycles` whether the server runs.

All of them share one client of their process, which makes no ports and has no part in the server's cycles. It is
closed before PortAudio opens its own (`leave_jack`) and else ends with the process: no server waits for it. Clients
that come and go are a danger to every program: libjack closes a client by ending its thread, even where that thread
has just been told of another client and holds a lock. The program then hangs in closing, and the server answers nobody
until that program is killed. While a rig that waited for a source opened and closed twenty clients a second,
``jack_lsp`` hung within 15 s.
"""

from __future__ import annotations

import ctypes
import ctypes.util
import re
import sys
import time
from collections.abc import Sequence
from functools import cache
from typing import Any

from synth.errors import nearest

NO_START_SERVER = 0x01
PORT_IS_INPUT = 0x1
PORT_IS_OUTPUT = 0x2
ALREADY_CONNECTED = 17  # EEXIST
CYCLE_LOOK_S = 0.001
"""How often a cycle is looked for; the shortest period in use, 64 frames at 48 kHz, lasts 1.3 ms."""

STILL_S, STILL_PERIODS = 0.01, 3
"""A server that begins no cycle for 10 ms and three periods stands still."""


SHUT_DOWN = ctypes.CFUNCTYPE(None, ctypes.c_void_p)
"""A function that libjack calls when the server has died, with the argument that was given with it."""

_silence = ctypes.CFUNCTYPE(None, ctypes.c_char_p)(lambda _text: None)
"""Takes libjack's complaints, which would be written over the status line."""


@cache
def _library() -> ctypes.CDLL | None:
    name = ctypes.util.find_library("jack")
    if name is None:
        return None
    library = ctypes.CDLL(name)
    pointer, text = ctypes.c_void_p, ctypes.c_char_p
    library.jack_client_open.restype = pointer
    library.jack_client_open.argtypes = [text, ctypes.c_int, pointer]
    library.jack_get_ports.restype = ctypes.POINTER(text)
    library.jack_get_ports.argtypes = [pointer, text, text, ctypes.c_ulong]
    library.jack_connect.argtypes = [pointer, text, text]
    library.jack_disconnect.argtypes = [pointer, text, text]
    library.jack_client_close.argtypes = [pointer]
    library.jack_on_shutdown.argtypes = [pointer, SHUT_DOWN, pointer]
    library.jack_free.argtypes = [pointer]
    library.jack_get_buffer_size.argtypes = [pointer]
    library.jack_get_sample_rate.argtypes = [pointer]
    library.jack_last_frame_time.restype = ctypes.c_uint32
    library.jack_last_frame_time.argtypes = [pointer]
    library.jack_port_by_name.restype = pointer
    library.jack_port_by_name.argtypes = [pointer, text]
    library.jack_port_get_all_connections.restype = ctypes.POINTER(text)
    library.jack_port_get_all_connections.argtypes = [pointer, pointer]
    library.jack_set_error_function(_silence)
    library.jack_set_info_function(_silence)
    return library


class _OwnClient:
    """The client that this process shares; it is opened when it is first asked for."""

    def __init__(self) -> None:
        self._opened: tuple[ctypes.CDLL, int] | None = None
        # libjack keeps the address only.
        self._shut_down = SHUT_DOWN(self._forget)

    def client(self) -> tuple[ctypes.CDLL, int] | None:
        """Return libjack and the client; nothing where there is no JACK."""
        library = _library() if self._opened is None else None
        client = library.jack_client_open(b"ghostnote-watch", NO_START_SERVER, None) if library else None
        if library and client:
            library.jack_on_shutdown(client, self._shut_down, client)
            self._opened = library, client
        return self._opened

    def leave(self) -> None:
        """Close it; the next call opens another one."""
        opened, self._opened = self._opened, None
        if opened is not None:
            opened[0].jack_client_close(opened[1])

    def _forget(self, client: int) -> None:
        """Forget a client whose server has died; libjack's thread. It is not closed: that may hang."""
        if self._opened is not None and self._opened[1] == client:
            self._opened = None


_own = _OwnClient()


def leave_jack() -> None:
    """Close the shared client; to be called before another library opens its own in this process.

    libjack keeps one table of all clients. A client of ours that is told late of one that has gone takes the new one,
    which may have got its number, out of that table; the new one is never called again. Of 12 starts of ``calibrate``
    beside programs that came and went, two waited for ever for their first block.
    """
    _own.leave()


def jack_ports(flags: int) -> list[str]:
    """Return the names of the audio ports with ``flags``: `PORT_IS_INPUT`, `PORT_IS_OUTPUT`; none without JACK."""
    opened = _own.client()
    if opened is None:
        return []
    library, client = opened
    return _taken(library, library.jack_get_ports(client, None, b"audio", flags))


def _taken(library: ctypes.CDLL, names: Any) -> list[str]:
    """Return libjack's list of names as ours, and free it."""
    found: list[str] = []
    while names and names[len(found)]:
        found.append(names[len(found)].decode())
    library.jack_free(names)
    return found


def connect_ports(connect: str) -> list[str]:
    """Return the ports that a rig's ``connect`` names, commas between."""
    return [name.strip() for name in connect.split(",") if name.strip()]


def no_port(name: str, there: Sequence[str]) -> str:
    """Return what is said of a port that is not among those that are there."""
    meant = nearest(name, there) or f"it has {', '.join(there) or 'none'}"
    return f"JACK has no port '{name}'; {meant}"


def jack_rewire(pairs: list[tuple[str, str]], drop: list[tuple[str, str]]) -> list[str]:
    """Connect ``pairs`` of (source, sink) ports, undo those of ``drop``; return the pairs that failed, as text."""
    opened = _own.client()
    if opened is None:
        return [f"{source} to {sink}" for source, sink in pairs]
    library, client = opened
    for source, sink in drop:
        library.jack_disconnect(client, source.encode(), sink.encode())
    return [
        f"{source} to {sink}"
        for source, sink in pairs
        if library.jack_connect(client, source.encode(), sink.encode()) not in (0, ALREADY_CONNECTED)
    ]


class JackListeners:
    """Who listens to a MIDI output of this program; asking reads shared memory and takes no time worth naming.

    Parameters
    ----------
    client, port : str
        Names of the output. JACK adds a number to a client's name that is taken.

    Raises
    ------
    OSError
        There is no JACK server.
    """

    def __init__(self, client: str, port: str) -> None:
        opened = _own.client()
        if opened is None:
            raise OSError("there is no JACK server")
        self._library, self._client = opened
        self._output = re.compile(rf"{re.escape(client)}(-\d+)?:{re.escape(port)}")

    def __call__(self) -> frozenset[str]:
        """Return the names of the connected inputs."""
        library, client = self._library, self._client
        outputs = _taken(library, library.jack_get_ports(client, None, b"midi", PORT_IS_OUTPUT))
        ours = [library.jack_port_by_name(client, name.encode()) for name in outputs if self._output.fullmatch(name)]
        lists = [library.jack_port_get_all_connections(client, port) for port in ours if port]
        return frozenset(name for names in lists for name in _taken(library, names))


class JackCycles:
    """Whether the server runs cycles, as a stopped or overloaded one does not. Asking reads shared memory: no waiting.

    RtMidi keeps what it is given until a cycle takes it, and tells nobody when that was.

    Raises
    ------
    OSError
        There is no JACK server.
    """

    def __init__(self) -> None:
        opened = _own.client()
        if opened is None:
            raise OSError("there is no JACK server")
        self._library, self._client = opened
        self._frame = self._latest()
        self._changed_s = time.monotonic()

    def stand_still(self) -> bool:
        """Return whether no cycle has begun for longer than a busy machine takes for one."""
        if self._moved():
            return False
        period_s = self._library.jack_get_buffer_size(self._client) / self._library.jack_get_sample_rate(self._client)
        return bool(time.monotonic() - self._changed_s > STILL_S + STILL_PERIODS * period_s)

    def wait(self, cycles: int, until_s: float) -> bool:
        """Wait until so many more cycles have begun; False when they have not by ``until_s`` of the monotonic clock."""
        while cycles:
            if time.monotonic() >= until_s:
                return False
            time.sleep(CYCLE_LOOK_S)
            cycles -= self._moved()
        return True

    def _moved(self) -> bool:
        """Look at the latest cycle; return whether it is another one than at the last look."""
        before, self._frame = self._frame, self._latest()
        if self._frame == before:
            return False
        self._changed_s = time.monotonic()
        return True

    def _latest(self) -> int:
        """Return the first frame of the latest cycle."""
        return int(self._library.jack_last_frame_time(self._client))


class JackClock:
    """JACK's own time, for the thread that handles a block: when the cycle it belongs to began.

    JACK filters the starts of its cycles. After it has lost audio its time lies up to 3 ms from them, for some seconds
    (measured with the dummy driver), and every client that asks for the time of a frame gets that time.

    Parameters
    ----------
    block : int
        Frames a callback; where JACK's period is another one, there is no telling which cycle a block belongs to. 0 is
        whatever the period is.

    Attributes
    ----------
    known : bool
        Whether `cycle_s` may be asked.
    period_samples : int
        JACK's period.
    """

    def __init__(self, block: int) -> None:
        opened = _own.client() if sys.platform == "linux" else None
        self.period_samples = int(opened[0].jack_get_buffer_size(opened[1])) if opened else 0
        self.known = self.period_samples > 0 and block in (0, self.period_samples)
        self._frames, self._begin_us = ctypes.c_uint32(), ctypes.c_uint64()
        self._next_us, self._period_us = ctypes.c_uint64(), ctypes.c_float()
        if self.known and opened:
            library, self._client = opened
            # It reads shared memory for a microsecond: giving up the interpreter's lock for that would cost more.
            self._ask = ctypes.PyDLL(library._name).jack_get_cycle_times
            self._ask.argtypes = [ctypes.c_void_p] + [ctypes.c_void_p] * 4
            answers = (self._frames, self._begin_us, self._next_us, self._period_us)
            self._places = [ctypes.addressof(answer) for answer in answers]

    def cycle_frame(self) -> int:
        """Return the frame with which this cycle began, which goes on through audio that is lost; it wraps at 2^32."""
        self._ask(self._client, *self._places)
        return self._frames.value

    def cycle_s(self) -> tuple[float, float]:
        """Return when this cycle began, on the monotonic clock, and how long it lasts, in seconds."""
        self._ask(self._client, *self._places)
        # JACK counts by the raw clock, which network time does not steer: the two part by 0.1 s in 20 minutes.
        steered_s = time.clock_gettime(time.CLOCK_MONOTONIC) - time.clock_gettime(time.CLOCK_MONOTONIC_RAW)
        return self._begin_us.value * 1e-6 + steered_s, self._period_us.value * 1e-6
