"""OSC in: bytes from the network as messages; what is not OSC is dropped.

What the network sends may be anything. The reader therefore never raises, never waits for a time tag, and reads at most
one packet's worth.
"""

from __future__ import annotations

import struct
from typing import Any

DEEPEST_BUNDLE = 8
_FIXED = {"i": struct.Struct(">i"), "f": struct.Struct(">f"), "h": struct.Struct(">q"), "d": struct.Struct(">d")}
_WORDS: dict[str, Any] = {"T": True, "F": False, "N": None, "I": float("inf")}

Argument = Any
Message = tuple[str, list[Argument]]


def parse_packet(packet: bytes) -> list[Message] | None:
    """Return the (address, arguments) of every message of a packet, in order; None when it is no OSC.

    >>> parse_packet(b"/amount" + bytes(1) + b",f" + bytes(2) + b"?" + bytes(3))
    [('/amount', [0.5])]
    >>> parse_packet(b"GET / HTTP/1.1") is None
    True
    """
    try:
        return _packet(packet, 0)
    except (ValueError, struct.error):
        return None


def _packet(packet: bytes, depth: int) -> list[Message]:
    return _bundle(packet, depth) if packet.startswith(b"#bundle\0") else [_message(packet)]


def _bundle(packet: bytes, depth: int) -> list[Message]:
    if depth > DEEPEST_BUNDLE or len(packet) < 16:
        raise ValueError
    messages: list[Message] = []
    place = 16
    while place < len(packet):
        (size,) = _FIXED["i"].unpack_from(packet, place)
        place += 4
        if size < 0 or size % 4 or place + size > len(packet):
            raise ValueError
        messages += _packet(packet[place : place + size], depth + 1)
        place += size
    return messages


def _message(packet: bytes) -> Message:
    if not packet.startswith(b"/"):
        raise ValueError
    address, place = _text(packet, 0)
    if place >= len(packet):
        return address, []
    tags, place = _text(packet, place)
    if not tags.startswith(","):
        raise ValueError
    arguments: list[Argument] = []
    for tag in tags[1:]:
        argument, place = _argument(packet, place, tag)
        arguments.append(argument)
    return address, arguments


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
