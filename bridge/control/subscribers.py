"""The subscribers of the live state, and the values that each of them has already.

A subscriber is sent the values that another remote, a MIDI controller or the program has changed. It is not sent the
value that it has just sent itself: the echo would move a fader under the player's hand.

A datagram can say that it comes from anyone. A subscription is therefore a lease, and one from another machine begins
with a key that is sent to where the state shall go: who cannot read there cannot ask for it.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv6Address, ip_address

from bridge.control.controls import Value
from bridge.osc.net import Address, UdpLink

LEASE_S = 60.0
"""A subscription ends when its subscriber has said nothing for this long."""

KEY_LENGTH = 7
"""Characters of a key, each one of 32: a hundred thousand guesses a second need days."""

Send = Callable[[bytes], bool]
"""Takes one packet and never waits; False when it cannot leave."""


@dataclass(slots=True, kw_only=True)
class Subscriber:
    """One remote that is told.

    Parameters
    ----------
    address : (host, port)
        Where it listens.
    send : callable
        Takes a packet there.
    source : (host, port) or None
        From where it asked; what comes from there is its own. None: it never asked.
    lasts : bool
        Named by the rig, or connected: it needs no lease.
    link : UdpLink or None
        To a receiver that the rig names: its host may be found later.
    heard_s : float
        When it last said something, on the monotonic clock.
    known : dict of str to Value
        What it knows, by address.
    listens : set of str or None
        The addresses of which it wants news; None: of all.
    """

    address: Address
    send: Send
    source: Address | None = None
    lasts: bool = False
    link: UdpLink | None = None
    heard_s: float = field(default_factory=lambda: time.monotonic())
    known: dict[str, Value] = field(default_factory=dict)
    listens: set[str] | None = None

    def wants(self, address: str) -> bool:
        """Return whether it is told of a value."""
        return self.listens is None or address in self.listens

    def renew(self) -> None:
        """Let the lease begin anew."""
        self.heard_s = time.monotonic()


class Subscribers:
    """Those who are told. Not for several threads at once.

    Parameters
    ----------
    most : int
        How many there may be, without those of a connection, which are counted where they are accepted.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._all: list[Subscriber] = []
        self._secret = secrets.token_bytes(16)

    def __iter__(self) -> Iterator[Subscriber]:
        return iter(self._all)

    def __len__(self) -> int:
        return len(self._all)

    def add(self, fresh: Subscriber) -> bool:
        """Tell a remote from now on, or again from the start; False when every place is taken."""
        known = self.at(fresh.address)
        if known is not None:
            known.source, known.heard_s = fresh.source or known.source, fresh.heard_s
            known.known.clear()
            return True
        if sum(one.listens is None for one in self._all) >= self._most:
            return False
        self._all.append(fresh)
        return True

    def connect(self, fresh: Subscriber) -> None:
        """Tell a remote for as long as its connection lasts."""
        self._all.append(fresh)

    def at(self, address: Address) -> Subscriber | None:
        """Return the subscriber that listens at an address."""
        return next((one for one in self._all if one.address == address), None)

    def remove(self, address: Address) -> bool:
        """Tell a remote no more; False when it was not told, or the rig itself names it."""
        before = len(self._all)
        self._all = [one for one in self._all if one.address != address or one.lasts]
        return len(self._all) < before

    def drop(self, subscriber: Subscriber) -> None:
        """Forget one whose connection has ended."""
        self._all = [one for one in self._all if one is not subscriber]

    def ended(self) -> list[Subscriber]:
        """Return those whose lease has ended, who are told no more."""
        now_s = time.monotonic()
        over = [one for one in self._all if not one.lasts and now_s - one.heard_s >= LEASE_S]
        self._all = [one for one in self._all if one not in over]
        return over

    def who(self, source: Address) -> Subscriber | None:
        """Return the subscriber that sent from an address.

        A remote sends from the port where it subscribed or where it listens. A receiver that the rig names never
        subscribes and may send from any port. On another machine, messages from its host are attributed to it; on this
        machine too many programs share an address. If the sender is unknown we echo: a redundant update is better than
        a stale fader. On this machine every word renews the lease; a word from elsewhere may be forged.
        """
        for one in self._all:
            if one.link is not None:
                one.address = one.link.address
        mine = [one for one in self._all if source in (one.source, one.address)]
        if not mine and not is_here(source):
            mine = [one for one in self._all if one.source is None and one.address[0] == source[0]]
        if len(mine) != 1:
            return None
        if is_here(source):
            mine[0].renew()
        return mine[0]

    def key_of(self, address: Address) -> str:
        """Return the key that only who listens at an address can know; nothing is kept of who asked."""
        words = f"{address[0]} {address[1]}".encode()
        return base64.b32encode(hmac.digest(self._secret, words, hashlib.sha256))[:KEY_LENGTH].decode()


def ip_of(address: Address) -> IPv4Address | IPv6Address | None:
    """Return the host of an address; None for the name of a connection, which no datagram reaches."""
    try:
        return ip_address(address[0].partition("%")[0])
    except ValueError:
        return None


def is_here(address: Address) -> bool:
    """Return whether an address is of this machine alone; no packet from another one can bear it."""
    host = ip_of(address)
    return host is not None and host.is_loopback
