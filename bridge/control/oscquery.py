"""Describe the live controls by OSCQuery: JSON over HTTP, and news over a websocket on the same port.

Written from the OSCQuery proposal: a GET on an address returns that node with all below it; ``?HOST_INFO`` says where
the OSC is; ``?VALUE`` and its like return one attribute (204: the node has none, 400: there is no such attribute).
Over the websocket a client says ``{"COMMAND": "LISTEN", "DATA": "/address"}`` or ``IGNORE`` and is sent each new value
as an OSC message; an OSC packet that it sends is handled like one that comes by UDP.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, Protocol
from urllib.parse import unquote, urlsplit

from bridge.control.controls import LiveControl, Value, readings
from bridge.control.subscribers import Send, Subscriber
from bridge.control.surface import Surface
from bridge.control.web import Web
from bridge.osc.net import Address
from bridge.osc.server import OscServer
from bridge.rig.control import ControlSettings

READ, WRITE, BOTH = 1, 2, 3
ATTRIBUTES = ("FULL_PATH", "CONTENTS", "TYPE", "ACCESS", "VALUE", "RANGE", "DESCRIPTION", "UNIT", "CLIPMODE")
EXTENSIONS = ("ACCESS", "VALUE", "RANGE", "DESCRIPTION", "UNIT", "CLIPMODE", "LISTEN")

UNITS = {"dB": "gain.db", "dBFS": "gain.db", "ms": "time.ms"}
"""Our units in the proposal's words; what it has no word for, a node has no UNIT for."""

Node = dict[str, Any]


class Told(Protocol):
    """Who keeps those that are told of news, and handles OSC."""

    osc: OscServer

    def connect(self, name: Address, send: Send) -> Subscriber:
        """Return a subscriber that is told of what it listens to."""

    def listen(self, subscriber: Subscriber, address: str, listens: bool) -> bool:
        """Let a subscriber be told of an address, or no more."""

    def disconnect(self, subscriber: Subscriber) -> None:
        """Let go of a subscriber."""


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
    node: Node = {"TYPE": control.tag(value or False), "ACCESS": access, "DESCRIPTION": control.meaning}
    if control.kind in ("number", "state"):
        low, high = (control.shown(end) for end in (control.low, control.high))
        node |= {"RANGE": [{"MIN": low, "MAX": high}], "CLIPMODE": ["both"]}
    if control.choices:
        node["RANGE"] = [{"VALS": list(control.choices)}]
    if control.unit in UNITS:
        node["UNIT"] = [UNITS[control.unit]]
    if access & READ:
        node["VALUE"] = [value]
    return node


def answer(describe: Callable[[], Node], target: str, host_info: Node) -> tuple[int, Node | None]:
    """Return the status and the JSON for a request's target."""
    try:
        url = urlsplit(target)
    except ValueError:  # half an IPv6 address
        return 400, None
    if url.query == "HOST_INFO":
        return 200, host_info
    if url.query and url.query not in ATTRIBUTES:
        return 400, None
    node = describe()
    for part in filter(None, unquote(url.path).split("/")):
        if part not in (below := node.get("CONTENTS", {})):
            return 404, None
        node = below[part]
    if not url.query:
        return 200, node
    return (200, {url.query: node[url.query]}) if url.query in node else (204, None)


class Listener:
    """One websocket: its commands, and what it is told.

    Parameters
    ----------
    told : Told
        Keeps those who listen.
    name : (str, int)
        Of the connection.
    send : callable
        Takes a packet for it and never waits.
    """

    def __init__(self, told: Told, name: Address, send: Send) -> None:
        self._told, self._name = told, name
        self._subscriber = told.connect(name, send)

    def take(self, message: str | bytes) -> None:
        """Handle a command, or a packet of OSC; what makes no sense is counted."""
        if isinstance(message, bytes):
            self._told.osc.post(message, self._name)
            return
        try:
            words = json.loads(message)
            listens = {"LISTEN": True, "IGNORE": False}[words["COMMAND"]]
            known = self._told.listen(self._subscriber, str(words["DATA"]), listens)
        except (ValueError, KeyError, TypeError, RecursionError):
            known = False
        self._told.osc.unknown += not known

    def close(self) -> None:
        """Tell it no more."""
        self._told.disconnect(self._subscriber)


class QueryServer:
    """Answers until closed.

    Parameters
    ----------
    settings : ControlSettings
        ``host`` and ``port`` are listened on (TCP); port 0 takes a free one.
    surface, controls : Surface, mapping of str to LiveControl
        What is described.
    told : Told
        Keeps those who listen; its OSC goes to the port of its server (UDP).

    Raises
    ------
    InputError
        The address cannot be listened on.
    """

    def __init__(
        self, settings: ControlSettings, surface: Surface, controls: Mapping[str, LiveControl], told: Told
    ) -> None:
        info: Node = {"NAME": "Ghostnote", "OSC_PORT": told.osc.port, "OSC_TRANSPORT": "UDP"}
        info["EXTENSIONS"] = dict.fromkeys(EXTENSIONS, True)

        def reply(target: str) -> tuple[int, bytes]:
            status, words = answer(lambda: describe(surface, controls), target, info)
            return status, b"" if words is None else json.dumps(words).encode()

        self._web = Web(settings, reply, lambda name, send: Listener(told, name, send))
        self.port = self._web.port

    def close(self) -> None:
        """Stop answering."""
        self._web.close()
