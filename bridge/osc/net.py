"""Packets to one or several receivers over UDP or TCP. Only the standard library; nothing here ever waits."""

from __future__ import annotations

import contextlib
import errno
import os
import select
import socket
import threading
from collections.abc import Sequence
from typing import Any

Address = tuple[str, int]

Place = tuple[int, Any]
"""An address family, and an address of that family as numbers; one of IPv6 has two numbers more."""

RECONNECT_S = 0.5
CONNECT_S = 1.0
LOOK_UP_S = 1.0
"""How long a host that was not found rests before it is looked up again."""

REFUSES = "refuses what is sent: no program listens on port {port}"
SEND_BUFFER = 1 << 18


def slip(packet: bytes) -> bytes:
    """Return a packet framed for a stream, with an END on both sides (RFC 1055, as OSC 1.1 asks).

    >>> slip(bytes([1, 0xC0, 2, 0xDB])).hex()
    'c001dbdc02dbddc0'
    """
    return b"\xc0" + packet.replace(b"\xdb", b"\xdb\xdd").replace(b"\xc0", b"\xdb\xdc") + b"\xc0"


class Net:
    """Where packets leave. A receiver that is not there costs the packets to it, and gets what is sent once it is.

    Parameters
    ----------
    protocol : {"udp", "tcp"}
        How they travel.
    receivers : sequence of (host, port)
        Who gets each packet.
    """

    def __init__(self, protocol: str, receivers: Sequence[Address]) -> None:
        link = UdpLink if protocol == "udp" else TcpLink
        self._links = [link(receiver) for receiver in receivers]

    def send(self, packet: bytes) -> int:
        """Send a packet to every receiver; return how many did not get it."""
        return sum(not link.send(packet) for link in self._links)

    def troubles(self) -> list[str]:
        """Return why each receiver gets nothing, in their order; empty where nothing is known against it."""
        return [link.trouble for link in self._links]

    def close(self) -> None:
        """Let go."""
        for link in self._links:
            link.close()


class UdpLink:
    """Datagrams to one receiver.

    Its host is looked up on a thread, until it is found and then no more: a name server must not delay a stroke. Where
    the name has several addresses and nobody listens at one, the packet goes to the next.

    Attributes
    ----------
    trouble : str
        Why the receiver gets nothing; empty while nothing is known against it.

    Raises
    ------
    OSError
        No host can have that name.
    """

    def __init__(self, receiver: Address) -> None:
        require_name(receiver[0])
        self._receiver = receiver
        self._refuses = REFUSES.format(port=receiver[1])
        self._places: list[Place] = []
        self._socket: socket.socket | None = None
        self._closed, self._tried = threading.Event(), threading.Event()
        self.trouble = "is being looked up"
        if _is_number(receiver[0]):
            self._look_up()
            return
        threading.Thread(target=self._look_up_on, name=f"name {receiver[0]}", daemon=True).start()
        self._tried.wait(CONNECT_S)

    @property
    def address(self) -> Address:
        """The receiver, as numbers once its host is found."""
        return self._places[0][1][:2] if self._places else self._receiver

    def send(self, packet: bytes) -> bool:
        """Send one datagram; False when it, or one before it, did not arrive as far as this machine knows."""
        lost = False
        for _ in tuple(self._places):
            error, refused_before = self._try(packet)
            lost = lost or refused_before
            if not error:
                self.trouble = self._refuses if lost else ""
                return not lost
            if error == errno.EAGAIN:
                return False
            self.trouble = self._refuses if error == errno.ECONNREFUSED else f"gets nothing ({os.strerror(error)})"
            self._turn()
        return False

    def close(self) -> None:
        """Close the socket."""
        self._closed.set()
        if self._socket is not None:
            self._socket.close()

    def _try(self, packet: bytes) -> tuple[int, bool]:
        """Send to the first place; return the error, 0 for none, and whether an earlier packet was refused."""
        refused_before = False
        try:
            connection = self._socket = self._socket or _udp_socket(self._places[0])
            try:
                connection.send(packet)
            except ConnectionRefusedError:  # the answer to a packet that left before; this one has not been sent
                refused_before = True
                connection.send(packet)
            # On this machine nobody's answer is there already.
            return connection.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR), refused_before
        except OSError as error:
            return error.errno or errno.EIO, refused_before

    def _turn(self) -> None:
        """Let the next place of the name be the first, by a socket of its own: an interface may have a new address."""
        self._places = [*self._places[1:], self._places[0]]
        connection, self._socket = self._socket, None
        if connection is not None:
            connection.close()

    def _look_up(self) -> bool:
        try:
            self._places = places(*self._receiver)
        except OSError as error:
            self.trouble = f"is not found ({error})"
            return False
        self.trouble = ""
        return True

    def _look_up_on(self) -> None:
        while not self._look_up():
            self._tried.set()
            if self._closed.wait(LOOK_UP_S):
                return
        self._tried.set()


class TcpLink:
    """A connection to one receiver, and the thread that makes it again whenever it breaks.

    Attributes
    ----------
    trouble : str
        Why there is no connection; empty while there is one.
    """

    def __init__(self, address: Address) -> None:
        self._address = address
        self._socket: socket.socket | None = None
        self._closed = threading.Event()
        self._first_try = threading.Event()
        self.trouble = f"is not connected on port {address[1]}"
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
            try:
                self._socket = connection = _tcp_socket(self._address)
                self.trouble = ""
                self._first_try.set()
                self._wait_for_end(connection)
                self.trouble = "has closed the connection"
            except (OSError, ValueError) as error:  # ValueError: a name that none may have, a socket closed meanwhile
                self.trouble = f"is not connected on port {self._address[1]} ({error})"
            self._first_try.set()
            self._drop()
            self._closed.wait(RECONNECT_S)

    def _wait_for_end(self, connection: socket.socket) -> None:
        """Return when the receiver has closed, or the connection was dropped."""
        poll = select.poll()  # select() refuses descriptors from 1024 on
        poll.register(connection, select.POLLIN)
        while self._socket is connection and not self._closed.is_set():
            if poll.poll(1000 * RECONNECT_S) and not connection.recv(4096):
                return

    def _drop(self) -> None:
        connection, self._socket = self._socket, None
        if connection is not None:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
            connection.close()


def places(host: str, port: int) -> list[Place]:
    """Return every address of a receiver, as numbers, those of IPv4 first; `OSError` where the host is unknown.

    Most programs that play OSC listen by IPv4 alone, while ``localhost`` may be ``::1`` first.
    """
    require_name(host)
    found = socket.getaddrinfo(host, port, type=socket.SOCK_DGRAM)
    return sorted(((family, place) for family, _, _, _, place in found), key=lambda one: one[0] != socket.AF_INET)


def resolved(host: str, port: int) -> tuple[int, Address]:
    """Return the address family and the numeric address of the first of `places`; `OSError` where there is none."""
    family, place = places(host, port)[0]
    return family, (place[0], place[1])


def require_name(host: str) -> None:
    """Refuse a name with an empty or endless part by `OSError`, before anyone is asked: no host can have it."""
    try:
        host.encode("idna")
    except UnicodeError:
        raise OSError("it is no host's name") from None


def _is_number(host: str) -> bool:
    """Return whether a host is given by its address: nobody needs to be asked for it."""
    try:
        socket.getaddrinfo(host, None, flags=socket.AI_NUMERICHOST)
    except OSError:
        return False
    return True


def _udp_socket(place: Place) -> socket.socket:
    """Return a socket that is connected: only to such a one the system tells that nobody listens."""
    family, address = place
    connection = socket.socket(family, socket.SOCK_DGRAM)
    try:
        connection.setblocking(False)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        connection.connect(address)
    except OSError:
        connection.close()
        raise
    return connection


def _tcp_socket(address: Address) -> socket.socket:
    """Return a connection to any address of a receiver."""
    connection = socket.create_connection(address, CONNECT_S)
    try:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.setblocking(False)
    except OSError:
        connection.close()
        raise
    return connection
