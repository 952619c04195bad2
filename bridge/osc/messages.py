"""The door to OSC, outward: messages packed from templates, and the sockets that carry them. Door: python-osc.

A map's messages differ from stroke to stroke only in their numbers. `MessageTemplate` therefore lets python-osc build
each message once, and packs the numbers into place: a bundle of 15 messages costs microseconds on the sender's thread.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from pythonosc.osc_message_builder import BuildError, OscMessageBuilder

from bridge.events import Numbers
from bridge.rig.settings import LARGEST_FLOAT, LARGEST_INT
from synth.errors import InputError, shown

NTP_EPOCH_S = 2_208_988_800
"""Seconds from 1900, where OSC time tags begin, to 1970."""

IMMEDIATELY = struct.pack(">Q", 1)
"""The time tag that asks for no delay."""

LARGEST_PACKET = 65_507
"""Payload of a UDP datagram, bytes."""

_PACK = {"f": struct.Struct(">f"), "i": struct.Struct(">i"), "d": struct.Struct(">d")}

OscType = Literal["f", "i", "d"]


@dataclass(frozen=True, slots=True)
class Slot:
    """An argument that is read from the stroke.

    Parameters
    ----------
    read : callable
        Takes the stroke's numbers.
    type : {"f", "i", "d"}
        How it is sent; ``i`` is rounded.
    """

    read: Callable[[Numbers], float]
    type: OscType = "f"

    def value(self, numbers: Numbers) -> float | int:
        """Return the argument as it is sent: finite, and an integer where that is its type."""
        value = self.read(numbers)
        if not math.isfinite(value):
            value = 0.0
        if self.type == "i":
            return max(-LARGEST_INT, min(round(value), LARGEST_INT))
        return max(-LARGEST_FLOAT, min(value, LARGEST_FLOAT)) if self.type == "f" else value


Argument = str | int | float | Slot


class MessageTemplate:
    """One OSC message whose `Slot` arguments are filled at each stroke.

    Parameters
    ----------
    address : str
        Begins with ``/``.
    arguments : sequence of str, int, float or Slot
        In order.
    """

    def __init__(self, address: str, arguments: Sequence[Argument]) -> None:
        self.address = address
        self.arguments = tuple(arguments)
        builder = OscMessageBuilder(address=address)
        for argument in self.arguments:
            value, tag = _prototype(argument)
            builder.add_arg(value, tag)
        try:
            self._bytes = builder.build().dgram
        except BuildError as error:
            raise InputError(f"the OSC message {shown(address)} cannot be built ({error})") from None
        self._slots = tuple(self._place_slots())

    def __len__(self) -> int:
        return len(self._bytes)

    def values(self, numbers: Numbers) -> list[str | int | float]:
        """Return the arguments for a stroke."""
        return [argument.value(numbers) if isinstance(argument, Slot) else argument for argument in self.arguments]

    def pack(self, numbers: Numbers) -> bytes:
        """Return the message's bytes for a stroke."""
        packed = bytearray(self._bytes)
        for slot, offset in self._slots:
            _PACK[slot.type].pack_into(packed, offset, slot.value(numbers))
        return bytes(packed)

    def _place_slots(self) -> Iterable[tuple[Slot, int]]:
        """Yield each slot with the place of its bytes, counted back from the end of the message."""
        offset = len(self._bytes)
        for argument in reversed(self.arguments):
            offset -= _argument_size(argument)
            if isinstance(argument, Slot):
                yield argument, offset


def _prototype(argument: Argument) -> tuple[str | int | float, str]:
    if isinstance(argument, Slot):
        return (0 if argument.type == "i" else 0.0), argument.type
    if isinstance(argument, str):
        return argument, OscMessageBuilder.ARG_TYPE_STRING
    return argument, "i" if isinstance(argument, int) else "f"


def _argument_size(argument: Argument) -> int:
    if isinstance(argument, Slot):
        return _PACK[argument.type].size
    return 4 * (len(argument.encode()) // 4 + 1) if isinstance(argument, str) else 4


def time_tag(unix_s: float) -> bytes:
    """Return the eight bytes of a moment in Unix seconds.

    >>> time_tag(0.5).hex()
    '83aa7e8080000000'
    """
    return struct.pack(">Q", min(max(round((unix_s + NTP_EPOCH_S) * 2**32), 2), 2**64 - 1))


def bundle(messages: Iterable[bytes], tag: bytes = IMMEDIATELY) -> bytes:
    """Return the messages, in order, as one bundle."""
    return b"#bundle\0" + tag + b"".join(struct.pack(">i", len(message)) + message for message in messages)


def slip(packet: bytes) -> bytes:
    """Return a packet framed for a stream, with an END on both sides (RFC 1055, as OSC 1.1 asks).

    >>> slip(bytes([1, 0xC0, 2, 0xDB])).hex()
    'c001dbdc02dbddc0'
    """
    return b"\xc0" + packet.replace(b"\xdb", b"\xdb\xdd").replace(b"\xc0", b"\xdb\xdc") + b"\xc0"


class SlipDecoder:
    """Takes a stream apart into packets.

    Parameters
    ----------
    largest : int
        A longer packet is dropped and counted.
    """

    def __init__(self, largest: int = LARGEST_PACKET) -> None:
        self.dropped = 0
        self._largest = largest
        self._rest = b""

    def feed(self, received: bytes) -> list[bytes]:
        """Return the packets that these bytes complete."""
        *frames, self._rest = (self._rest + received).split(b"\xc0")
        if len(self._rest) > 2 * self._largest:
            self._rest, self.dropped = b"", self.dropped + 1
        packets = [frame.replace(b"\xdb\xdc", b"\xc0").replace(b"\xdb\xdd", b"\xdb") for frame in frames if frame]
        self.dropped += sum(len(packet) > self._largest for packet in packets)
        return [packet for packet in packets if len(packet) <= self._largest]


def message_bytes(address: str, arguments: Sequence[str | int | float]) -> bytes:
    """Return one message with fixed arguments: floats as ``f``, integers as ``i``, text as ``s``."""
    return MessageTemplate(address, arguments).pack({})
