"""HTTP and websockets for a few clients, on a thread of their own. Door: websockets.

Whoever reaches the port may connect often, send slowly or never read. So there is one thread for all connections, few
connections (a request that has not come whole makes room for a newer one), a time for each request, and limits for
what is sent. A page of a stranger's that a browser here shows can reach the port, too: the name by which it calls us
(``Host``) and the page's own (``Origin``) must be ours.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import logging
import socket
import threading
from collections.abc import Callable
from http import HTTPStatus
from ipaddress import ip_address
from typing import Protocol
from urllib.parse import urlsplit

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.datastructures import Headers
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

from bridge.osc.net import Address, resolved
from bridge.realtime.priority import REMOTE_PRIORITY, ask_real_time
from bridge.rig.control import ControlSettings
from synth.errors import InputError, shown

MOST_CONNECTIONS = 24
MOST_LISTENERS = 8
"""Of them websockets."""

AT_ONCE = 8
"""Connections that are accepted before one is judged: each takes a descriptor."""

QUEUE = 128
"""Connections that may wait to be accepted; these take none."""

REQUEST_S = 5.0
"""A request has this long to come whole, and its answer to be taken."""

SILENT_S = 20.0
"""How often a websocket is asked whether it is there, and how long it may take to answer."""

LARGEST_COMMAND = 1 << 16
WAITING_PACKETS = 1 << 14
"""Packets that a client has not taken; one that lets more wait is let go."""

HOST = "websocket"
"""The host in a connection's name."""

Reply = Callable[[str], tuple[int, bytes]]
"""Takes a request's target; returns a status and JSON."""

Tell = Callable[[bytes], bool]


class Client(Protocol):
    """What a websocket talks to."""

    def take(self, message: str | bytes) -> None:
        """Handle what was sent."""

    def close(self) -> None:
        """Note that the connection has ended."""


class Web:
    """Answers until closed.

    Parameters
    ----------
    settings : ControlSettings
        ``host``, ``port`` and ``names`` are read; port 0 takes a free one.
    reply : callable
        Answers a GET; called on this object's thread.
    welcome : callable
        Takes the name of a new websocket and what sends to it; returns its `Client`.

    Raises
    ------
    InputError
        The address cannot be listened on.
    """

    def __init__(self, settings: ControlSettings, reply: Reply, welcome: Callable[[Address, Tell], Client]) -> None:
        self._reply, self._welcome = reply, welcome
        self._names = {"localhost", *_own_names(), settings.host.lower(), *map(str.lower, settings.names)}
        self._numbers = itertools.count(1)
        self._asking: dict[ServerConnection, None] = {}
        self._listening = 0
        self._socket = _bound(settings)
        self.port: int = self._socket.getsockname()[1]
        self._loop = asyncio.new_event_loop()
        # What a client does is no news for the player's terminal.
        self._loop.set_exception_handler(lambda *_: None)
        self._server: Server | None = None
        self._thread = threading.Thread(target=self._run, name="oscquery", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop answering."""
        with contextlib.suppress(RuntimeError):  # its loop has ended already
            self._loop.call_soon_threadsafe(self._stop)
        self._thread.join(2.0)
        self._socket.close()

    def begin(self, connection: ServerConnection) -> None:
        """Take a connection in; where there are too many, the one that has asked for longest without success goes."""
        self._asking[connection] = None
        if len(self._asking) + self._listening > MOST_CONNECTIONS:
            oldest = next(iter(self._asking))
            self.end(oldest)
            oldest.transport.abort()

    def end(self, connection: ServerConnection) -> None:
        """Note that a connection asks no more."""
        self._asking.pop(connection, None)

    def _run(self) -> None:
        ask_real_time(REMOTE_PRIORITY)
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_until_complete(self._serve())
        finally:
            for task in asyncio.all_tasks(self._loop):
                task.cancel()
            self._loop.run_until_complete(asyncio.sleep(0))
            self._loop.close()

    async def _serve(self) -> None:
        self._stopped = asyncio.Event()
        self._server = await serve(
            self._talk,
            sock=self._socket,
            backlog=AT_ONCE,
            create_connection=_counted_by(self),
            process_request=self._answer,
            server_header=None,
            compression=None,
            open_timeout=REQUEST_S,
            close_timeout=REQUEST_S,
            ping_interval=SILENT_S,
            ping_timeout=SILENT_S,
            max_size=LARGEST_COMMAND,
            logger=_SILENT,
        )
        # `serve` has made the queue as short as what is accepted at once; who finds it full tries again after a second.
        self._socket.listen(QUEUE)
        await self._stopped.wait()
        self._server.close()
        for connection in [*self._asking, *self._server.all_connections]:
            connection.transport.abort()

    def _stop(self) -> None:
        self._stopped.set()

    def _answer(self, connection: ServerConnection, request: Request) -> Response | None:
        """Return the answer to a request, or None where a websocket is to begin."""
        status, body = self._status(connection, request), b""
        if status == HTTPStatus.SWITCHING_PROTOCOLS:
            return None
        if status == HTTPStatus.OK:
            status, body = self._reply(request.path)
        headers = Headers()
        headers["Content-Type"] = "application/json"
        headers["Content-Length"] = str(len(body))
        headers["Connection"] = "close"
        return Response(int(status), HTTPStatus(status).phrase, headers, body)

    def _status(self, connection: ServerConnection, request: Request) -> int:
        hosts, origins = request.headers.get_all("Host"), request.headers.get_all("Origin")
        own = connection.local_address[0]
        if len(hosts) != 1 or len(origins) > 1:
            return HTTPStatus.BAD_REQUEST
        if not self._is_ours(f"//{hosts[0]}", own) or not all(self._is_ours(origin, own) for origin in origins):
            return HTTPStatus.FORBIDDEN
        if request.method != "GET":
            return HTTPStatus.METHOD_NOT_ALLOWED
        if "Upgrade" not in request.headers:
            return HTTPStatus.OK
        return HTTPStatus.SWITCHING_PROTOCOLS if self._listening < MOST_LISTENERS else HTTPStatus.SERVICE_UNAVAILABLE

    def _is_ours(self, url: str, own: str) -> bool:
        """Return whether a URL's host is this machine's: a name of ours, loopback, or the address that was called."""
        try:
            name = urlsplit(url).hostname or ""
        except ValueError:
            return False
        try:
            return ip_address(name).is_loopback or ip_address(name) == ip_address(own.partition("%")[0])
        except ValueError:
            return name.removesuffix(".") in self._names

    async def _talk(self, connection: ServerConnection) -> None:
        """Take what a websocket says, and tell it the news, until it ends."""
        news: asyncio.Queue[bytes] = asyncio.Queue(WAITING_PACKETS)

        def put(packet: bytes) -> None:
            try:
                news.put_nowait(packet)
            except asyncio.QueueFull:
                connection.transport.abort()

        def tell(packet: bytes) -> bool:
            try:
                self._loop.call_soon_threadsafe(put, packet)
            except RuntimeError:  # the loop has ended
                return False
            return True

        self.end(connection)
        self._listening += 1
        client = self._welcome((HOST, next(self._numbers)), tell)
        telling = asyncio.ensure_future(_tell_on(connection, news))
        try:
            async for message in connection:
                client.take(message)
        except ConnectionClosed:
            pass
        finally:
            self._listening -= 1
            telling.cancel()
            client.close()


def _counted_by(web: Web) -> type[ServerConnection]:
    """Return a kind of connection that is counted until its request has come whole."""

    class Connection(ServerConnection):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            super().connection_made(transport)
            web.begin(self)

        def connection_lost(self, exc: Exception | None) -> None:
            web.end(self)
            super().connection_lost(exc)

    return Connection


async def _tell_on(connection: ServerConnection, news: asyncio.Queue[bytes]) -> None:
    with contextlib.suppress(ConnectionClosed):
        while True:
            await connection.send(await news.get())


_SILENT = logging.getLogger("ghostnote.web")
_SILENT.addHandler(logging.NullHandler())
_SILENT.propagate = False


def _own_names() -> set[str]:
    """Return the names under which this machine is known in its network."""
    name = socket.gethostname().lower()
    return {name, name.partition(".")[0], f"{name.partition('.')[0]}.local"}


def _bound(settings: ControlSettings) -> socket.socket:
    """Return a socket that listens; `InputError` where it cannot."""
    try:
        family = resolved(settings.host, settings.port)[0]
        return socket.create_server((settings.host, settings.port), family=family, backlog=QUEUE)
    except OSError as error:
        raise InputError(
            f"{settings.where}: OSCQuery cannot listen there: host is {shown(settings.host)}, "
            f"port is {settings.port} ({error.strerror or error})"
        ) from None
