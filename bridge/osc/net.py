"""Packets to one or several receivers over UDP or TCP. Only the standard library; nothing here ever waits."""

from __future__ import annotations

import contextlib
import select
import socket
import struct
import threading
from abc import ABC, abstractmethod
from collections.abc import Sequence

Address = tuple[str, int]

RECONNECT_S = 0.5
CONNECT_S = 1.0
SEND_BUFFER = 1 << 18

MESSAGES = struct.Struct("<H")
"""How many messages a packet holds: stands before it on its way to the child that sends it. 65 507 bytes hold fewer."""


def slip(packet: bytes) -> bytes:
    """Return a packet framed for a stream, with an END on both sides (RFC 1055, as OSC 1.1 asks).

    >>> slip(bytes([1, 0xC0, 2, 0xDB])).hex()
    'c001dbdc02dbddc0'
    """
    return b"\xc0" + packet.replace(b"\xdb", b"\xdb\xdd").replace(b"\xc0", b"\xdb\xdc") + b"\xc0"


class Net(ABC):
    """Where packets leave."""

    @abstractmethod
    def send(self, packet: bytes) -> int:
        """Send a packet to every receiver; return how many did not get it."""

    @abstractmethod
    def close(self) -> None:
        """Let go."""


class UdpNet(Net):
    """One socket for all receivers.

    Parameters
    ----------
    receivers : sequence of (host, port)
        Resolved once: a name server must not delay a stroke.

    Raises
    ------
    OSError
        A host is unknown.
    """

    def __init__(self, receivers: Sequence[Address]) -> None:
        self._links = [_resolved(host, port) for host, port in receivers]
        self._sockets = {family: _udp_socket(family) for family, _ in self._links}

    @property
    def addresses(self) -> list[Address]:
        """The receivers as numbers, in order."""
        return [(address[0], address[1]) for _, address in self._links]

    def send(self, packet: bytes) -> int:
        """Send one datagram to each receiver."""
        lost = 0
        for family, address in self._links:
            try:
                self._sockets[family].sendto(packet, address)
            except OSError:
                lost += 1
        return lost

    def close(self) -> None:
        """Close the sockets."""
        for one in self._sockets.values():
            one.close()


class TcpNet(Net):
    """A connection to each receiver, made again whenever it breaks.

    Parameters
    ----------
    receivers : sequence of (host, port)
        A receiver that is not there yet is tried twice a second.
    """

    def __init__(self, receivers: Sequence[Address]) -> None:
        self._links = [_TcpLink(address) for address in receivers]

    def send(self, packet: bytes) -> int:
        """Send one framed packet to each receiver that is connected."""
        return sum(not link.send(packet) for link in self._links)

    def close(self) -> None:
        """Close the connections."""
        for link in self._links:
            link.close()


class _TcpLink:
    """One connection and the thread that keeps it."""

    def __init__(self, address: Address) -> None:
        self._address = address
        self._socket: socket.socket | None = None
        self._closed = threading.Event()
        self._first_try = threading.Event()
        self._thread = threading.Thread(target=self._keep, name=f"tcp {address[1]}", daemon=True)
        self._thread.start()
        self._first_try.wait(CONNECT_S)

    def send(self, packet: bytes) -> bool:
        connection = self._socket
        if connection is None:
            return False
        try:
            if connection.send(packet) == len(packet):
                return True
        except OSError:
            pass
        # Half a packet went, or none: the stream is of no more use to the receiver.
        self._drop()
        return False

    def close(self) -> None:
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


def open_net(protocol: str, receivers: Sequence[Address]) -> Net:
    """Return the net of a protocol, ``udp`` or ``tcp``."""
    return UdpNet(receivers) if protocol == "udp" else TcpNet(receivers)


def check_host(host: str, port: int) -> None:
    """Raise `OSError` for a host that is unknown."""
    _resolved(host, port)


def _resolved(host: str, port: int) -> tuple[int, Address]:
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_DGRAM)[0]
    except UnicodeError:  # a name with an empty or endless part is refused before anyone is asked
        raise OSError("it is no host's name") from None
    return family, address  # type: ignore[return-value]  # IPv6 adds two numbers, which sendto takes as well


def _udp_socket(family: int) -> socket.socket:
    udp = socket.socket(family, socket.SOCK_DGRAM)
    udp.setblocking(False)
    udp.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)
    udp.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
    return udp
