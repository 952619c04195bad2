"""OSC in: bytes from the network as messages; what is not OSC is dropped.

What the network sends may be anything. The reader therefore never raises, never waits for a time tag, and reads at most
one packet's worth. Each message of a bundle is read by itself: one that cannot be read costs its neighbours nothing.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Any

DEEPEST_BUNDLE = 8
DEEPEST_ARRAY = 4
MOST_ARGUMENTS = 1024
"""Of one message, arrays and what they hold included."""

_FIXED = {
    "i": struct.Struct(">i"),
    "f": struct.Struct(">f"),
    "h": struct.Struct(">q"),
    "d": struct.Struct(">d"),
    "t": struct.Struct(">Q"),
    "c": struct.Struct(">I"),
    "r": struct.Struct(">4s"),
    "m": struct.Struct(">4s"),
}
"""Types of a fixed length: numbers, time tag, character, colour, MIDI message."""

_WORDS: dict[str, Any] = {"T": True, "F": False, "N": None, "I": float("inf")}

Argument = Any
Message = tuple[str, list[Argument]]


def parse_packet(packet: bytes) -> list[Message] | None:
    """Return the (address, arguments) of every message of a packet, in order; None when nothing in it is OSC.

    >>> parse_packet(b"/amount" + bytes(1) + b",f" + bytes(2) + b"?" + bytes(3))
    [('/amount', [0.5])]
    >>> parse_packet(b"GET / HTTP/1.1") is None
    True
    """
    elements = list(read_elements(packet))
    messages = [element for element in elements if element is not None]
    return None if elements and not messages else messages


def read_elements(packet: bytes, depth: int = 0) -> Iterator[Message | None]:
    """Yield each message of a packet, in order, and None in the place of each element that cannot be read.

    An array is a list among the arguments. OSC 1.0 lets a receiver drop a message whose types it does not know, and
    only that message.
    """
    if packet.startswith(b"#bundle\0"):
        yield from _bundle(packet, depth)
        return
    try:
        yield _message(packet)
    except (ValueError, struct.error):
        yield None


def _bundle(packet: bytes, depth: int) -> Iterator[Message | None]:
    if depth > DEEPEST_BUNDLE or len(packet) < 16:
        yield None
        return
    place = 16
    while place < len(packet):
        size = int.from_bytes(packet[place : place + 4], "big")
        start, place = place + 4, place + 4 + size
        if start > len(packet) or place > len(packet) or size % 4:
            # Where the next element begins is not known.
            yield None
            return
        yield from read_elements(packet[start:place], depth + 1)


def _message(packet: bytes) -> Message:
    if not packet.startswith(b"/"):
        raise ValueError
    address, place = _text(packet, 0)
    if place >= len(packet):
        return address, []
    tags, place = _text(packet, place)
    if not tags.startswith(",") or len(tags) > MOST_ARGUMENTS:
        raise ValueError
    # The innermost array that is open comes last.
    arrays: list[list[Argument]] = [[]]
    for tag in tags[1:]:
        if tag == "[":
            if len(arrays) > DEEPEST_ARRAY:
                raise ValueError
            arrays.append([])
        elif tag == "]":
            array = arrays.pop()
            if not arrays:
                raise ValueError
            arrays[-1].append(array)
        else:
            argument, place = _argument(packet, place, tag)
            arrays[-1].append(argument)
    if len(arrays) > 1:
        raise ValueError
    return address, arrays[0]


def _argument(packet: bytes, place: int, tag: str) -> tuple[Argument, int]:
    if tag in _FIXED:
        (value,) = _FIXED[tag].unpack_from(packet, place)
        return value, place + _FIXED[tag].size
    if tag in "sS":
        return _text(packet, place)
    if tag == "b":
        (size,) = _FIXED["i"].unpack_from(packet, place)
        end = place + 4 + size
        if size < 0 or end > len(packet):
            raise ValueError
        return packet[place + 4 : end], end + -size % 4
    if tag in _WORDS:
        return _WORDS[tag], place
    raise ValueError


def _text(packet: bytes, place: int) -> tuple[str, int]:
    """Return a text that ends with zeros up to a multiple of four, and the place after it."""
    end = packet.index(b"\0", place)
    return packet[place:end].decode("utf-8"), (end // 4 + 1) * 4
