"""OSC in over UDP: one socket and one thread, which hands over one message at a time."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from typing import Any

from bridge.osc.net import Address, resolved
from bridge.osc.reader import parse_packet
from synth.errors import InputError, shown

RECEIVE_BUFFER = 1 << 20
"""A burst of a thousand messages waits here rather than being lost."""

Handler = Callable[[str, list[Any], Address], bool]
"""Takes address, arguments, and the host and port they came from; False when the message means nothing."""


class OscServer:
    """Listens until closed.

    Parameters
    ----------
    host, port
        To listen on; port 0 takes a free one.
    handler : callable
        Called on the server's thread.
    where : str
        Begins the text of an `InputError`.

    Attributes
    ----------
    port : int
        On which it listens.
    packets, malformed : int
        Datagrams that came, and those of them that were no OSC.
    unknown : int
        Messages that meant nothing here.

    Raises
    ------
    InputError
        The address cannot be listened on.
    """

    def __init__(self, host: str, port: int, handler: Handler, where: str = "control") -> None:
        self.packets = self.malformed = self.unknown = 0
        self._handler = handler
        self._closed = threading.Event()
        try:
            self._socket = socket.socket(resolved(host, port)[0], socket.SOCK_DGRAM)
            self._socket.bind((host, port))
        except OSError as error:
            raise InputError(
                f"{where}: cannot listen there: host is {shown(host)}, port is {port} ({error.strerror or error})"
            ) from None
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)
        self._socket.settimeout(0.2)
        self.port: int = self._socket.getsockname()[1]
        self._thread = threading.Thread(target=self._run, name="osc in", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop listening."""
        self._closed.set()
        self._thread.join(1.0)
        self._socket.close()

    def take(self, packet: bytes, sender: Address) -> None:
        """Handle one datagram, whatever its bytes."""
        self.packets += 1
        messages = parse_packet(packet)
        if messages is None:
            self.malformed += 1
            return
        for address, arguments in messages:
            if not self._handler(address, arguments, sender):
                self.unknown += 1

    def _run(self) -> None:
        while not self._closed.is_set():
            try:
                packet, sender = self._socket.recvfrom(65_536)
            except TimeoutError:
                continue
            except OSError:
                # An ICMP answer to something that was sent; the socket itself is well.
                continue
            self.take(packet, (sender[0], sender[1]))
