"""OSCQuery describes every live control."""

from __future__ import annotations

import json
import socket
import struct
import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest

from bridge.control.controls import live_controls, readings
from bridge.control.oscquery import describe
from bridge.events import PlayKey
from bridge.osc.messages import message_bytes
from tests.bridge.control.remotes import AMOUNT, remote_of
from tests.bridge.stages import DRUMS, QuietStage


def asked(port: int, target: str) -> tuple[int, Any]:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{target}", timeout=5.0) as reply:
            body = reply.read()
            return reply.status, json.loads(body) if body else None
    except urllib.error.HTTPError as error:
        return error.code, None


def test_oscquery_describes_every_control(stage: QuietStage) -> None:
    with remote_of(stage, query=True) as remote:
        assert remote.query is not None
        port = remote.query.port
        info = asked(port, "/?HOST_INFO")[1]
        assert (info["OSC_PORT"], info["OSC_TRANSPORT"], info["EXTENSIONS"]["LISTEN"]) == (
            remote.osc.port,
            "UDP",
            True,
        )
        status, node = asked(port, AMOUNT)
        assert (status, node["TYPE"], node["VALUE"], node["RANGE"]) == (200, "f", [1.0], [{"MIN": 0.0, "MAX": 4.0}])
        assert asked(port, f"{AMOUNT}?VALUE") == (200, {"VALUE": [1.0]})
        assert asked(port, f"{AMOUNT}?UNIT") == (204, None)
        assert asked(port, "/ghostnote/state/latency_ms?UNIT") == (200, {"UNIT": ["time.ms"]})
        assert asked(port, f"{AMOUNT}?COLOUR") == (400, None)
        assert asked(port, "/nothing") == (404, None)


@pytest.mark.parametrize("request_line", [b"GET http://[ HTTP/1.0\r\n\r\n", b"\x00\xff\r\n\r\n", b""])
def test_a_request_that_makes_no_sense_leaves_the_terminal_alone(
    request_line: bytes, stage: QuietStage, capfd: pytest.CaptureFixture[str]
) -> None:
    with remote_of(stage, query=True) as remote:
        assert remote.query is not None
        with socket.create_connection(("127.0.0.1", remote.query.port)) as asking:
            asking.sendall(request_line)
            asking.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # closing is a reset
        assert asked(remote.query.port, "/?HOST_INFO")[0] == 200
    assert capfd.readouterr().err == ""


def test_a_value_is_described_as_it_is_sent(stage: QuietStage) -> None:
    stage.figures |= {"level_db": -120.0, "strokes": 3.0, "latency_ms": 6.5}
    stage.mappings[PlayKey("snare")].controls.locked[13] = True
    controls = live_controls(stage, DRUMS)
    root = describe(stage, controls)
    for address, value in readings(stage, controls).items():
        node = root
        for part in address.strip("/").split("/"):
            node = node["CONTENTS"][part]
        tags = message_bytes(address, [value])[len(address) // 4 * 4 + 4 :]
        assert (node["TYPE"], node["VALUE"]) == (tags[1:2].decode(), [value])
        if "MIN" in (limits := node.get("RANGE", [{}])[0]):
            assert limits["MIN"] <= value <= limits["MAX"]
            assert type(limits["MIN"]) is type(limits["MAX"]) is type(value)
    state = root["CONTENTS"]["ghostnote"]["CONTENTS"]["state"]["CONTENTS"]
    shown = {name: (state[name]["TYPE"], state[name]["VALUE"]) for name in ("level_db", "strokes", "latency_ms")}
    assert shown == {"level_db": ("f", [-100.0]), "strokes": ("i", [3]), "latency_ms": ("f", [6.5])}
    assert controls["/ghostnote/drum/snare/parameter/drive/lock"].tag(True) == "T"


def test_the_description_holds_every_address_of_the_table(stage: QuietStage) -> None:
    controls = live_controls(stage, DRUMS)

    def leaves(node: dict[str, Any]) -> Iterator[str]:
        if "TYPE" in node:
            yield node["FULL_PATH"]
        for below in node.get("CONTENTS", {}).values():
            yield from leaves(below)

    assert set(leaves(describe(stage, controls))) == set(controls)
