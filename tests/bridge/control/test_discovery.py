"""OSCQuery is announced to the network for as long as it answers."""

from __future__ import annotations

import sys

import pytest
from zeroconf import ServiceInfo, Zeroconf

from bridge.control.discovery import announced
from bridge.rig.control import ControlSettings
from synth.errors import InputError


def found(network: Zeroconf, kind: str) -> ServiceInfo | None:
    return network.get_service_info(kind, f"{NAME}.{kind}", timeout=3000)


NAME = "Ghostnote on kit"
HERE = ControlSettings().model_copy(update={"announce": True})
"""A rig announces no loopback address; a test has no other."""


def test_the_network_is_told_where_oscquery_and_osc_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bridge.control.discovery.socket.gethostname", lambda: "kit.lan")
    network = Zeroconf(["127.0.0.1"])
    try:
        with announced(HERE, 9010, 9011):
            for kind, port in (("_oscjson._tcp.local.", 9010), ("_osc._udp.local.", 9011)):
                service = found(network, kind)
                assert service is not None
                assert (service.port, service.parsed_addresses(), service.server) == (port, ["127.0.0.1"], "kit.local.")
    finally:
        network.close()


def test_without_the_package_the_sentence_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "zeroconf", None)
    with pytest.raises(InputError, match=r"control: announce needs the package zeroconf; install it with: pip install"):
        announced(HERE, 9010, 9011)
