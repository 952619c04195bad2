"""Packets to one or several receivers over UDP or TCP. Only the standard library; nothing here ever waits."""

from __future__ import annotations

import contextlib
import select
import socket
import threading
from collections.abc import Sequence

Address = tuple[str, int]

RECONNECT_S = 0.5
CONNECT_S = 1.0
SEND_BUFFER = 1 << 18


def slip(packet: bytes) -> bytes:
    """Return a packet framed for a stream, with an END on both sides (RFC 1055, as OSC 1.1 asks).

    >>> slip(bytes([1, 0xC0, 2, 0xDB])).hex()
    'c001dbdc02dbddc0'
    """
    return b"\xc0" + packet.replace(b"\xdb", b"\xdb\xdd").replace(b"\xc0", b"\xdb\xdc") + b"\xc0"


class Net:
    """Where packets leave.

    Parameters
    ----------
    protocol : {"udp", "tcp"}
        How they travel.
    receivers : sequence of (host, port)
        Who gets each packet.

    Raises
    ------
    OSError
        A host is unknown (UDP).
    """

    def __init__(self, protocol: str, receivers: Sequence[Address]) -> None:
        link = UdpLink if protocol == "udp" else TcpLink
        self._links = [link(receiver) for receiver in receivers]

    def send(self, packet: bytes) -> int:
        """Send a packet to every receiver; return how many did not get it."""
        return sum(not link.send(packet) for link in self._links)

    def close(self) -> None:
        """Let go."""
        for link in self._links:
            link.close()


class UdpLink:
    """Datagrams to one receiver, whose host is looked up once: a name server must not delay a stroke.

    Attributes
    ----------
    address : (host, port)
        The receiver, as numbers.

    Raises
    ------
    OSError
        The host is unknown.
    """

    def __init__(self, receiver: Address) -> None:
        family, self._place = resolved(*receiver)
        self.address: Address = (self._place[0], self._place[1])
        self._socket = socket.socket(family, socket.SOCK_DGRAM)
        self._socket.setblocking(False)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)

    def send(self, packet: bytes) -> bool:
        """Send one datagram; False when it cannot leave."""
        try:
            self._socket.sendto(packet, self._place)
        except OSError:
            return False
        return True

    def close(self) -> None:
        """Close the socket."""
        self._socket.close()


class TcpLink:
    """A connection to one receiver, and the thread that makes it again whenever it breaks."""

    def __init__(self, address: Address) -> None:
        self._address = address
        self._socket: socket.socket | None = None
        self._closed = threading.Event()
        self._first_try = threading.Event()
        self._thread = threading.Thread(target=self._keep, name=f"tcp {address[1]}", daemon=True)
        self._thread.start()
        self._first_try.wait(CONNECT_S)

    def send(self, packet: bytes) -> bool:
        """Send one packet framed by SLIP; False when the receiver is not there or not fast enough."""
        connection, framed = self._socket, slip(packet)
        if connection is None:
            return False
        try:
            if connection.send(framed) == len(framed):
                return True
        except OSError:
            pass
        # Half a packet went, or none: the stream is of no more use to the receiver.
        self._drop()
        return False

    def close(self) -> None:
        """Close the connection and end the thread."""
        self._closed.set()
        self._drop()
        self._thread.join(CONNECT_S)

    def _keep(self) -> None:
        while not self._closed.is_set():
            with contextlib.suppress(OSError):
                connection = socket.create_connection(self._address, CONNECT_S)
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                connection.setblocking(False)
                self._socket = connection
                self._first_try.set()
                self._wait_for_end(connection)
            self._first_try.set()
            self._drop()
            self._closed.wait(RECONNECT_S)

    def _wait_for_end(self, connection: socket.socket) -> None:
        """Return when the receiver has closed, or the connection was dropped."""
        while self._socket is connection and not self._closed.is_set():
            if select.select([connection], [], [], RECONNECT_S)[0] and not connection.recv(4096):
                return

    def _drop(self) -> None:
        connection, self._socket = self._socket, None
        if connection is not None:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
            connection.close()


def resolved(host: str, port: int) -> tuple[int, Address]:
    """Return the address family and the numeric address of a receiver; `OSError` where the host is unknown."""
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_DGRAM)[0]
    except UnicodeError:  # a name with an empty or endless part is refused before anyone is asked
        raise OSError("it is no host's name") from None
    return family, address  # type: ignore[return-value]  # IPv6 adds two numbers, which sendto takes as well
