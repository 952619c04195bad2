"""The JACK graph from outside: which ports there are, and wiring them. Door: libjack, through ctypes.

PortAudio plays through JACK but names no ports and makes only its own connections; `[input] connect` needs these few
calls. Each function opens a short-lived client that starts no server, and answers with nothing where there is no JACK.
"""

from __future__ import annotations

import ctypes
import ctypes.util
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

NO_START_SERVER = 0x01
PORT_IS_INPUT = 0x1
PORT_IS_OUTPUT = 0x2
ALREADY_CONNECTED = 17  # EEXIST


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
    library.jack_free.argtypes = [pointer]
    _keep_quiet(library)
    return library


_Silence = ctypes.CFUNCTYPE(None, ctypes.c_char_p)
_silence = _Silence(lambda _text: None)


def _keep_quiet(library: ctypes.CDLL) -> None:
    """Stop libjack from writing its complaints over the status line."""
    library.jack_set_error_function(_silence)
    library.jack_set_info_function(_silence)


@contextmanager
def _client() -> Iterator[tuple[ctypes.CDLL, int] | None]:
    library = _library()
    client = library.jack_client_open(b"ghostnote-wire", NO_START_SERVER, None) if library else None
    try:
        yield (library, client) if library and client else None
    finally:
        if library and client:
            library.jack_client_close(client)


def jack_ports(flags: int) -> list[str]:
    """Return the names of the audio ports with ``flags``: `PORT_IS_INPUT`, `PORT_IS_OUTPUT`; none without JACK."""
    with _client() as opened:
        if opened is None:
            return []
        library, client = opened
        names = library.jack_get_ports(client, None, b"audio", flags)
        found: list[str] = []
        while names and names[len(found)]:
            found.append(names[len(found)].decode())
        library.jack_free(names)
        return found


def jack_rewire(pairs: list[tuple[str, str]], drop: list[tuple[str, str]]) -> list[str]:
    """Connect ``pairs`` of (source, sink) ports, undo those of ``drop``; return the pairs that failed, as text."""
    with _client() as opened:
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
