"""Tell the network of OSCQuery by mDNS (``_oscjson._tcp``) and of its OSC (``_osc._udp``). Door: zeroconf, optional."""

from __future__ import annotations

import contextlib
import socket
from contextlib import ExitStack
from ipaddress import ip_address

from bridge.osc.net import resolved
from bridge.rig.control import ControlSettings
from synth.errors import InputError


def announced(settings: ControlSettings, query_port: int, osc_port: int) -> ExitStack:
    """Announce the services of ``[control]``; closing what is returned takes them back.

    Raises
    ------
    InputError
        The package is not there, or the network cannot be told.
    """
    try:
        from zeroconf import Error, InterfaceChoice, ServiceInfo, Zeroconf
    except ImportError:
        raise InputError(
            f"{settings.where}: announce needs the package zeroconf; install it with: pip install 'ghostnote[discover]'"
        ) from None
    address = resolved(settings.host, query_port)[1][0]
    own = [] if ip_address(address).is_unspecified else [address]
    host = socket.gethostname().partition(".")[0]
    with ExitStack() as opened:
        try:
            network = Zeroconf(own or InterfaceChoice.All)
            opened.callback(network.close)
            addresses = own or _addresses()
            for kind, port in (("_oscjson._tcp.local.", query_port), ("_osc._udp.local.", osc_port)):
                name = f"Ghostnote on {host}.{kind}"
                service = ServiceInfo(kind, name, port=port, server=f"{host}.local.", parsed_addresses=addresses)
                network.register_service(service, allow_name_change=True)
        except (OSError, Error) as error:
            raise InputError(f"{settings.where}: announce: the network cannot be told ({error})") from None
        return opened.pop_all()
    raise AssertionError


def _addresses() -> list[str]:
    """Return the addresses of this machine that others may reach."""
    found: set[str] = set()
    with contextlib.suppress(OSError):
        found |= {str(entry[4][0]) for entry in socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)}
    return sorted(address for address in found if not ip_address(address).is_loopback) or sorted(found)
