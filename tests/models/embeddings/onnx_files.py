"""Small ONNX files, written byte by byte as the format says (onnx.proto), so that no package is needed to make them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

FLOAT, INT64 = 1, 7
Shape = Sequence[int | str]


def write_model(
    path: Path,
    nodes: Sequence[bytes],
    shape: Shape,
    outputs: Sequence[str],
    metadata: Mapping[str, str],
    element: int = FLOAT,
) -> Path:
    """Write a model of one input, ``sound``, and outputs whose shapes it leaves open."""
    graph = b"".join(_text(1, one) for one in nodes)
    graph += _text(2, b"graph") + _text(11, _value("sound", shape, element))
    graph += b"".join(_text(12, _value(name, None, element)) for name in outputs)
    properties = b"".join(
        _text(14, _text(1, key.encode()) + _text(2, value.encode())) for key, value in metadata.items()
    )
    path.write_bytes(_number(1, 6) + _text(8, _text(1, b"") + _number(2, 11)) + _text(7, graph) + properties)
    return path


def node(kind: str, given: str, made: str, **attributes: Sequence[int] | int) -> bytes:
    """Return an operator with one input and one output; attributes are integers or lists of them."""
    body = _text(1, given.encode()) + _text(2, made.encode()) + _text(4, kind.encode())
    for name, value in attributes.items():
        if isinstance(value, int):
            held = _number(3, value) + _number(20, 2)
        else:
            held = b"".join(_number(8, one) for one in value) + _number(20, 7)
        body += _text(5, _text(1, name.encode()) + held)
    return body


def _value(name: str, shape: Shape | None, element: int) -> bytes:
    tensor = _number(1, element)
    if shape is not None:
        sizes = (_number(1, one) if isinstance(one, int) else _text(2, one.encode()) for one in shape)
        tensor += _text(2, b"".join(_text(1, size) for size in sizes))
    return _text(1, name.encode()) + _text(2, _text(1, tensor))


def _number(field: int, value: int) -> bytes:
    return _varint(field << 3) + _varint(value)


def _text(field: int, value: bytes) -> bytes:
    return _varint(field << 3 | 2) + _varint(len(value)) + value


def _varint(value: int) -> bytes:
    out = bytearray()
    value &= (1 << 64) - 1
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])
