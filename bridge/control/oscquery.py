"""Describe the live controls by OSCQuery: JSON over HTTP.

Written from the OSCQuery proposal: a GET on an address returns that node with all below it; ``?HOST_INFO`` says where
the OSC is; ``?VALUE`` and its like return one attribute (204: the node has none, 400: there is no such attribute).
There is no websocket, so LISTEN and PATH_CHANGED are not among the extensions: who wants news sends ``/subscribe``.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote, urlsplit

from bridge.control.controls import LiveControl, Value, readings
from bridge.control.surface import Surface
from bridge.rig.control import ControlSettings
from synth.errors import InputError, shown

READ, WRITE, BOTH = 1, 2, 3
ATTRIBUTES = ("FULL_PATH", "CONTENTS", "TYPE", "ACCESS", "VALUE", "RANGE", "DESCRIPTION", "UNIT", "CLIPMODE")

UNITS = {"dB": "gain.db", "dBFS": "gain.db", "ms": "time.ms"}
"""Our units in the proposal's words; what it has no word for, a node has no UNIT for."""

Node = dict[str, Any]


def describe(surface: Surface, controls: Mapping[str, LiveControl]) -> Node:
    """Return the whole tree, from the root."""
    values = readings(surface, controls)
    root: Node = {"FULL_PATH": "/", "ACCESS": 0, "CONTENTS": {}}
    for control in controls.values():
        node, path = root, ""
        for part in control.address.strip("/").split("/"):
            path += f"/{part}"
            node = node.setdefault("CONTENTS", {}).setdefault(part, {"FULL_PATH": path, "ACCESS": 0})
        node |= _attributes(control, values.get(control.address))
    return root


def _attributes(control: LiveControl, value: Value | None) -> Node:
    access = {"state": READ, "trigger": WRITE}.get(control.kind, BOTH)
    node: Node = {"TYPE": control.tag, "ACCESS": access, "DESCRIPTION": control.meaning}
    if control.kind in ("number", "state"):
        node |= {"RANGE": [{"MIN": control.low, "MAX": control.high}], "CLIPMODE": ["both"]}
    if control.choices:
        node["RANGE"] = [{"VALS": list(control.choices)}]
    if control.unit in UNITS:
        node["UNIT"] = [UNITS[control.unit]]
    if access & READ:
        node["VALUE"] = [value]
        if control.kind == "switch":
            node["TYPE"] = "T" if value else "F"
    return node


def answer(describe: Callable[[], Node], target: str, host_info: Node) -> tuple[int, Node | None]:
    """Return the status and the JSON for a request's target."""
    try:
        url = urlsplit(target)
    except ValueError:  # half an IPv6 address
        return 400, None
    if url.query == "HOST_INFO":
        return 200, host_info
    node = describe()
    for part in filter(None, unquote(url.path).split("/")):
        if part not in (below := node.get("CONTENTS", {})):
            return 404, None
        node = below[part]
    if not url.query:
        return 200, node
    if url.query not in ATTRIBUTES:
        return 400, None
    return (200, {url.query: node[url.query]}) if url.query in node else (204, None)


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """Keep the terminal for the player when who asked has gone before the answer."""


class QueryServer:
    """Answers until closed.

    Parameters
    ----------
    settings : ControlSettings
        ``host`` and ``port`` are listened on (TCP); port 0 takes a free one.
    surface, controls : Surface, mapping of str to LiveControl
        What is described.
    osc_port : int
        Where the OSC goes (UDP).

    Raises
    ------
    InputError
        The address cannot be listened on.
    """

    def __init__(
        self, settings: ControlSettings, surface: Surface, controls: Mapping[str, LiveControl], osc_port: int
    ) -> None:
        info: Node = {"NAME": "Ghostnote", "OSC_PORT": osc_port, "OSC_TRANSPORT": "UDP"}
        info["EXTENSIONS"] = dict.fromkeys(("ACCESS", "VALUE", "RANGE", "DESCRIPTION", "UNIT", "CLIPMODE"), True)
        try:
            handler = _handler(lambda: describe(surface, controls), info)
            self._server = _Server((settings.host, settings.port), handler)
        except OSError as error:
            raise InputError(
                f"{settings.where}: OSCQuery cannot listen there: host is {shown(settings.host)}, "
                f"port is {settings.port} ({error.strerror})"
            ) from None
        self.port: int = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, args=(0.2,), name="oscquery", daemon=True).start()

    def close(self) -> None:
        """Stop answering."""
        self._server.shutdown()
        self._server.server_close()


def _handler(describe: Callable[[], Node], info: Node) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        """Answers one GET."""

        timeout = 5.0

        def do_GET(self) -> None:
            status, words = answer(describe, self.path, info)
            body = b"" if words is None else json.dumps(words).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
            """Keep the terminal for the player."""

    return Handler
