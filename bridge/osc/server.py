"""OSC in over UDP: one socket and one thread, which hands over one message at a time.

What must be obeyed at once (panic) goes before all that waits. The thread therefore takes every datagram that has
arrived before it works on any, looks for the urgent addresses among them, and works on the rest for `SLICE_S` at a
time. It is one thread and not two: a thread that receives while another computes waits for the interpreter's lock at
each datagram, up to 5 ms a time, and a burst overflows the socket's buffer meanwhile.
"""

from __future__ import annotations

import contextlib
import selectors
import socket
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from typing import Any

from bridge.osc.net import Address, resolved
from bridge.osc.reader import Message, read_elements
from bridge.realtime.priority import REMOTE_PRIORITY, ask_real_time
from synth.errors import InputError, shown

RECEIVE_BUFFER = 1 << 21
"""A burst of thousands of messages waits here rather than being lost, where the system allows as much."""

SLICE_S = 0.002
"""How long the thread reads, and then handles, what waits before it looks for what has arrived."""

REST_S = 0.001
"""How long it then lets others run where nothing new arrives."""

MOST_AT_ONCE = 512
"""Packets that are taken, of each way that they come, before the thread works on."""

MOST_PACKETS = 4096
MOST_BYTES = 1 << 23
"""What may wait to be taken, and to be read; beyond it the oldest packet is dropped and counted."""

MOST_MESSAGES = 2048
"""What may wait to be handled; of one address and sender only the latest message waits."""

WAIT_S = 0.2

Handler = Callable[[str, list[Any], Address], bool]
"""Takes address, arguments, and the host and port they came from; False when the message means nothing."""


def _any(_address: str) -> bool:
    return True


class _Waiting:
    """Packets that wait, with whom they came from; beyond the limits the oldest is dropped and counted."""

    def __init__(self) -> None:
        self.dropped = 0
        self._packets: deque[tuple[bytes, Address]] = deque()
        self._bytes = 0
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._packets)

    def add(self, packet: bytes, sender: Address) -> None:
        """Let one more wait."""
        with self._lock:
            self._packets.append((packet, sender))
            self._bytes += len(packet)
            while len(self._packets) > MOST_PACKETS or self._bytes > MOST_BYTES:
                self._bytes -= len(self._packets.popleft()[0])
                self.dropped += 1

    def pop(self) -> tuple[bytes, Address] | None:
        """Return the oldest, which waits no more."""
        with self._lock:
            if not self._packets:
                return None
            oldest = self._packets.popleft()
            self._bytes -= len(oldest[0])
            return oldest


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
    urgent : tuple of str
        Addresses whose messages are handled as they arrive, before everything that waits.
    means : callable
        Whether an address may mean something; what does not is counted and never waits.

    Attributes
    ----------
    port : int
        On which it listens.
    packets : int
        Packets that came.
    malformed : int
        Packets, and messages in bundles, that were no OSC.
    unknown : int
        Messages that meant nothing here.

    Raises
    ------
    InputError
        The address cannot be listened on.
    """

    def __init__(
        self,
        host: str,
        port: int,
        handler: Handler,
        where: str = "control",
        urgent: tuple[str, ...] = (),
        means: Callable[[str], bool] = _any,
    ) -> None:
        self.packets = self.malformed = self.unknown = self._overrun = 0
        self._handler, self._means = handler, means
        self._urgent = urgent
        self._urgent_bytes = tuple(address.encode() + b"\0" for address in urgent)
        self._posted, self._arrived = _Waiting(), _Waiting()
        self._reading: Iterator[tuple[Message | None, Address]] = iter(())
        self._idle = True
        self._waiting: dict[tuple[str, Address], list[Any]] = {}
        self._closed = threading.Event()
        self._socket = _listening(host, port, where)
        self._wake, self._woken = socket.socketpair()
        self._wake.setblocking(False)
        self._woken.setblocking(False)
        self._selector = selectors.DefaultSelector()
        for one in (self._socket, self._woken):
            self._selector.register(one, selectors.EVENT_READ)
        self.port: int = self._socket.getsockname()[1]
        self._thread = threading.Thread(target=self._run, name="osc in", daemon=True)
        self._thread.start()

    @property
    def overrun(self) -> int:
        """Packets and messages that were dropped because more came than could be handled."""
        return self._overrun + self._posted.dropped + self._arrived.dropped

    def close(self) -> None:
        """Stop listening."""
        self._closed.set()
        self._nudge()
        self._thread.join(1.0)
        for one in (self._selector, self._socket, self._wake, self._woken):
            one.close()

    def send(self, packet: bytes, receiver: Address) -> bool:
        """Send one datagram from the port that is listened on; False when it cannot leave."""
        try:
            self._socket.sendto(packet, receiver)
        except (OSError, OverflowError):
            return False
        return True

    def post(self, packet: bytes, sender: Address) -> None:
        """Let a packet be handled as if it had arrived; any thread may call."""
        self._posted.add(packet, sender)
        self._nudge()

    def take(self, packet: bytes, sender: Address) -> None:
        """Handle one datagram at once, whatever its bytes."""
        self.packets += 1
        for element in read_elements(packet):
            if element is None:
                self.malformed += 1
            else:
                self._handle(element[0], element[1], sender)

    def _run(self) -> None:
        ask_real_time(REMOTE_PRIORITY)
        while not self._closed.is_set():
            idle = self._idle and not (self._waiting or self._posted)
            with contextlib.suppress(OSError):
                self._selector.select(WAIT_S if idle else REST_S)
            self._receive()
            self._read_on(time.monotonic() + SLICE_S)
            self._handle_on(time.monotonic() + SLICE_S)

    def _nudge(self) -> None:
        with contextlib.suppress(OSError):
            self._wake.send(b"\0")

    def _receive(self) -> None:
        """Take what has arrived, and do at once what is urgent."""
        with contextlib.suppress(OSError):
            self._woken.recv(4096)
        for _ in range(MOST_AT_ONCE):
            posted = self._posted.pop()
            if posted is None:
                break
            self._arrive(*posted)
        for _ in range(MOST_AT_ONCE):
            try:
                packet, sender = self._socket.recvfrom(65_536)
            except OSError:
                # Nothing is left, or an ICMP answer to something that was sent; the socket itself is well.
                return
            self._arrive(packet, (sender[0], sender[1]))

    def _arrive(self, packet: bytes, sender: Address) -> None:
        self.packets += 1
        if any(mark in packet for mark in self._urgent_bytes):
            for element in read_elements(packet):
                if element is not None and element[0] in self._urgent:
                    self._handle(element[0], element[1], sender)
        self._arrived.add(packet, sender)

    def _read_on(self, until_s: float) -> None:
        """Read datagrams, the oldest first: what may mean something waits to be handled."""
        while time.monotonic() < until_s:
            element = next(self._reading, None)
            if element is not None:
                self._sort_in(*element)
            elif (arrived := self._arrived.pop()) is not None:
                packet, sender = arrived
                self._reading = ((one, sender) for one in read_elements(packet))
            else:
                self._idle = True
                return
        self._idle = False

    def _sort_in(self, message: Message | None, sender: Address) -> None:
        """Let a message wait in the place of an older one of its address and sender."""
        if message is None:
            self.malformed += 1
        elif not self._means(message[0]):
            self.unknown += 1
        elif message[0] not in self._urgent:  # which was done as it arrived
            self._waiting.pop((message[0], sender), None)
            self._waiting[message[0], sender] = message[1]
            if len(self._waiting) > MOST_MESSAGES:
                del self._waiting[next(iter(self._waiting))]
                self._overrun += 1

    def _handle_on(self, until_s: float) -> None:
        """Handle what waits, the oldest first."""
        while self._waiting and time.monotonic() < until_s:
            address, sender = key = next(iter(self._waiting))
            self._handle(address, self._waiting.pop(key), sender)

    def _handle(self, address: str, arguments: list[Any], sender: Address) -> None:
        try:
            understood = self._handler(address, arguments, sender)
        except Exception:  # whatever one message meets, the next one is heard; it is counted with what means nothing
            understood = False
        self.unknown += not understood


def _listening(host: str, port: int, where: str) -> socket.socket:
    """Return a socket that listens and never waits; `InputError` where it cannot."""
    try:
        listening = socket.socket(resolved(host, port)[0], socket.SOCK_DGRAM)
        listening.bind((host, port))
    except OSError as error:
        raise InputError(
            f"{where}: cannot listen there: host is {shown(host)}, port is {port} ({error.strerror or error})"
        ) from None
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)
    listening.setblocking(False)
    return listening
