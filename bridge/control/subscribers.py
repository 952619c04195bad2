"""The subscribers of the live state, and the values that each of them has already.

A subscriber is sent the values that another remote, a MIDI controller or the program has changed. It is not sent the
value that it has just sent itself: the echo would move a fader under the player's hand.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from ipaddress import ip_address

from bridge.control.controls import Value
from bridge.osc.net import Address, UdpLink

SILENT_S = 60.0
"""Where no place is free, who has said nothing for this long makes room; a renewed subscription is a word too."""


@dataclass(slots=True)
class Subscriber:
    """One remote that is told.

    Parameters
    ----------
    net : UdpLink
        To where it listens.
    source : (host, port) or None
        From where it asked; what comes from there is its own. None: it never asked.
    fixed : bool
        Named by the rig: keeps its place.
    heard_s : float
        When it last said something, on the monotonic clock.
    known : dict of str to Value
        What it knows, by address.
    """

    net: UdpLink
    source: Address | None
    fixed: bool
    heard_s: float
    known: dict[str, Value] = field(default_factory=dict)

    @property
    def address(self) -> Address:
        """Where it listens."""
        return self.net.address


class Subscribers:
    """Those who are told. Not for several threads at once.

    Parameters
    ----------
    most : int
        How many there may be.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._all: list[Subscriber] = []

    def __iter__(self) -> Iterator[Subscriber]:
        return iter(self._all)

    def __len__(self) -> int:
        return len(self._all)

    def add(self, host: str, port: int, source: Address | None = None) -> bool:
        """Tell a remote from now on, or again from the start; False when every place is taken.

        Parameters
        ----------
        host, port
            Where it listens.
        source : (host, port), optional
            From where it asked; None: the rig names it.

        Raises
        ------
        OSError
            The host is unknown.
        """
        net, now_s = UdpLink((host, port)), time.monotonic()
        known = next((one for one in self._all if one.address == net.address), None)
        if known is not None:
            net.close()
            known.source, known.heard_s = source or known.source, now_s
            known.known.clear()
            return True
        if len(self._all) >= self._most and not self._make_room(now_s):
            net.close()
            return False
        self._all.append(Subscriber(net, source, source is None, now_s))
        return True

    def who(self, source: Address) -> Subscriber | None:
        """Return the subscriber that sent from an address, and note the time.

        A remote sends from the port where it subscribed or where it listens. A receiver that the rig names never
        subscribes and may send from any port. On another machine, messages from its host are attributed to it; on this
        machine too many programs share an address. If the sender is unknown we echo: a redundant update is better than
        a stale fader.
        """
        mine = [one for one in self._all if source in (one.source, one.address)]
        if not mine and not ip_address(source[0]).is_loopback:
            mine = [one for one in self._all if one.source is None and one.address[0] == source[0]]
        if len(mine) != 1:
            return None
        mine[0].heard_s = time.monotonic()
        return mine[0]

    def close(self) -> None:
        """Let go of every socket."""
        for one in self._all:
            one.net.close()

    def _make_room(self, now_s: float) -> bool:
        """Forget the remote that was silent for longest, if that was long enough."""
        silent = [one for one in self._all if not one.fixed and now_s - one.heard_s >= SILENT_S]
        if not silent:
            return False
        longest = min(silent, key=lambda one: one.heard_s)
        longest.net.close()
        self._all.remove(longest)
        return True
