"""OSC outward: messages packed from templates, and bundles with their time tags. Door: python-osc.

A map's messages differ from stroke to stroke only in their numbers. `MessageTemplate` therefore encodes the rest once:
a bundle of 15 messages costs microseconds on the sender's thread.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from pythonosc.parsing import osc_types

from bridge.events import Numbers
from bridge.rig.settings import LARGEST_FLOAT, LARGEST_INT

NTP_EPOCH_S = 2_208_988_800
"""Seconds from 1900, where OSC time tags begin, to 1970."""

IMMEDIATELY = struct.pack(">Q", 1)
"""The time tag that asks for no delay."""

LARGEST_PACKET = 65_507
"""Payload of a UDP datagram, bytes."""

OscType = Literal["f", "i", "d", "T", "s"]

_WRITE: dict[str, Callable[[Any], bytes]] = {
    "s": osc_types.write_string,
    "i": osc_types.write_int,
    "f": osc_types.write_float,
    "d": osc_types.write_double,
    "T": lambda _: b"",
    "F": lambda _: b"",
}


@dataclass(frozen=True, slots=True)
class Slot:
    """An argument that is read from the stroke.

    Parameters
    ----------
    read : str or callable
        Name of a number of the stroke, or what takes the stroke's numbers and returns the argument.
    type : {"f", "i", "d", "T", "s"}
        How it is sent: ``i`` is rounded, ``T`` is true (OSC ``T``) from 0.5 on and else false (``F``), ``s`` is one of
        ``texts``.
    texts : tuple of str
        What ``s`` may be: the number, rounded, counts them from 0; beyond their ends the first or the last is sent.
    """

    read: str | Callable[[Numbers], float]
    type: OscType = "f"
    texts: tuple[str, ...] = ()

    def value(self, numbers: Numbers) -> float | int | bool | str:
        """Return the argument as it is sent: finite, and of the kind that is its type."""
        value = numbers[self.read] if isinstance(self.read, str) else self.read(numbers)
        if not math.isfinite(value):
            value = 0.0
        if self.type == "T":
            return value >= 0.5
        if self.type == "s":
            return self.texts[max(0, min(round(value), len(self.texts) - 1))]
        if self.type == "i":
            return max(-LARGEST_INT, min(round(value), LARGEST_INT))
        return max(-LARGEST_FLOAT, min(value, LARGEST_FLOAT)) if self.type == "f" else value

    def size(self) -> int:
        """Return the bytes that it takes at most."""
        if self.type == "s":
            return max(len(osc_types.write_string(text)) for text in self.texts)
        return {"f": 4, "i": 4, "d": 8, "T": 0}[self.type]


Argument = str | int | float | bool | Slot


@dataclass(frozen=True, slots=True)
class MessageTemplate:
    """One OSC message whose `Slot` arguments are filled at each stroke.

    Parameters
    ----------
    address : str
        Begins with ``/``.
    arguments : tuple of str, int, float, bool or Slot
        In order; a float is sent as ``f``, an integer as ``i``, a bool as ``T`` or ``F``.

    Examples
    --------
    >>> MessageTemplate("/a", ("b", Slot("velocity"))).pack({"velocity": 0.5}).hex(" ", 4)
    '2f610000 2c736600 62000000 3f000000'
    """

    address: str
    arguments: tuple[Argument, ...] = ()
    _head: bytes = field(init=False, repr=False, compare=False)
    _switches: tuple[tuple[int, Slot], ...] = field(init=False, repr=False, compare=False)
    _parts: tuple[bytes | Slot, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        address = osc_types.write_string(self.address)
        tags = osc_types.write_string("," + "".join(map(_type_of, self.arguments)))
        slots = [(place, one) for place, one in enumerate(self.arguments, len(address) + 1) if isinstance(one, Slot)]
        parts = [one if isinstance(one, Slot) else _WRITE[_type_of(one)](one) for one in self.arguments]
        object.__setattr__(self, "_head", address + tags)
        # True and false differ in the type tag alone, which stands before every argument.
        object.__setattr__(self, "_switches", tuple((place, one) for place, one in slots if one.type == "T"))
        unswitched = tuple(one for one in parts if isinstance(one, bytes) or one.type != "T")
        object.__setattr__(self, "_parts", unswitched)

    def __len__(self) -> int:
        return len(self._head) + sum(len(part) if isinstance(part, bytes) else part.size() for part in self._parts)

    def pack(self, numbers: Numbers) -> bytes:
        """Return the message's bytes for a stroke."""
        parts = [part if isinstance(part, bytes) else _WRITE[part.type](part.value(numbers)) for part in self._parts]
        return b"".join((self._switched(numbers) if self._switches else self._head, *parts))

    def _switched(self, numbers: Numbers) -> bytes:
        """Return address and type tags with the switches of a stroke set."""
        head = bytearray(self._head)
        for place, switch in self._switches:
            head[place] = ord("T" if switch.value(numbers) else "F")
        return bytes(head)


def _type_of(argument: Argument) -> str:
    if isinstance(argument, Slot):
        return argument.type
    if isinstance(argument, bool):
        return "T" if argument else "F"
    return "s" if isinstance(argument, str) else "i" if isinstance(argument, int) else "f"


def time_tag(unix_s: float) -> bytes:
    """Return the eight bytes of a moment in Unix seconds.

    >>> time_tag(0.5).hex()
    '83aa7e8080000000'
    """
    return struct.pack(">Q", min(max(round((unix_s + NTP_EPOCH_S) * 2**32), 2), 2**64 - 1))


def bundle(messages: Iterable[bytes], tag: bytes = IMMEDIATELY) -> bytes:
    """Return the messages, in order, as one bundle."""
    return b"#bundle\0" + tag + b"".join(struct.pack(">i", len(message)) + message for message in messages)


def message_bytes(address: str, arguments: Sequence[str | int | float | bool]) -> bytes:
    """Return one message with fixed arguments: floats ``f``, integers ``i``, text ``s``, switches ``T``, ``F``."""
    return MessageTemplate(address, tuple(arguments)).pack({})
