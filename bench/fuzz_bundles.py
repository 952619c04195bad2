"""Damaged model files: ``python -m bench.fuzz_bundles``. Each is refused in one sentence, or plays with finite sound.

A shipped bundle is damaged in its bytes, in the length and the JSON of its safetensors header, in the text of its own
header, and in its tensors: other types, shapes, names, numbers that are no numbers, huge or tiny. What is accepted
plays two strokes, as ``ghostnote render --model`` does.
"""

from __future__ import annotations

import json
import random
import struct
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from unittest.mock import patch

from bench.fuzz_outcome import Outcome, print_outcomes, tried
from bench.fuzz_rigs import TAIL_S, Path_, nasty, neighbour, places, played
from bench.report import asked, heading
from bridge.mapping.load import with_model
from bridge.rig.rig import load_rig
from bridge.session import offline
from models.mapping.bundle import MODELS

SEED = 7
RIG = "demo"
HEADER = "ghostnote"
NUMBERS = (float("nan"), float("inf"), -float("inf"), 0.0, -0.0, 1e-45, 3e38, 1e7, -1e7, 1e6, -1.0)
DTYPES = ("F64", "F16", "BF16", "I8", "I64", "U8", "BOOL", "F8_E4M3", "", "f32", 7)


def parts_of(content: bytes) -> tuple[dict[str, Any], bytearray]:
    """Return the JSON header of a safetensors file, and its data."""
    length = struct.unpack_from("<Q", content)[0]
    return json.loads(content[8 : 8 + length]), bytearray(content[8 + length :])


def joined(header: dict[str, Any], data: bytes) -> bytes:
    """Return a safetensors file, whatever its header holds."""
    text = json.dumps(header, skipkeys=True).encode("utf-8", "surrogatepass")
    return struct.pack("<Q", len(text)) + text + data


def in_bytes(dice: random.Random, content: bytes) -> bytes:
    """Change some bytes, cut the file, or make it longer."""
    damaged = bytearray(content)
    for _ in range(dice.randrange(1, 8)):
        damaged[dice.randrange(len(damaged))] = dice.randrange(256)
    if dice.random() < 0.3:
        del damaged[dice.randrange(len(damaged)) :]
    if dice.random() < 0.1:
        damaged += dice.randbytes(dice.randrange(1, 5000))
    return bytes(damaged)


def in_length(dice: random.Random, content: bytes) -> bytes:
    """Say another length of the header."""
    real = struct.unpack_from("<Q", content)[0]
    lengths = (0, 1, 2, real - 1, real + 1, real * 2, len(content), 10**8, 10**8 + 1, 2**32, 2**63, 2**64 - 1)
    return struct.pack("<Q", dice.choice(lengths)) + content[8:]


def in_tensors(dice: random.Random, content: bytes) -> bytes:
    """Put numbers that mean nothing into the data."""
    header, data = parts_of(content)
    for _ in range(dice.choice((1, 1, 10, 1000))):
        struct.pack_into("<f", data, 4 * dice.randrange(len(data) // 4), dice.choice(NUMBERS))
    return joined(header, bytes(data))


def in_entries(dice: random.Random, content: bytes) -> bytes:
    """Change types, shapes, places and names of tensors."""
    header, data = parts_of(content)
    name = dice.choice([one for one in header if one != "__metadata__"])
    entry = header[name]
    match dice.randrange(6):
        case 0:
            entry["dtype"] = dice.choice(DTYPES)
        case 1:
            entry["shape"] = dice.choice(
                ([], [0], [1], [-1], [2**40, 2**40], entry["shape"][::-1], [*entry["shape"], 1])
            )
        case 2:
            entry["data_offsets"] = dice.choice(([0, 0], [0, 4], [-4, 4], [8, 4], [0, 2**63], [2**63, 2**64]))
        case 3:
            del header[name]
        case 4:
            header[dice.choice(("net.", "following.x", "", "\\0", "x" * 10_000, "net.0.weight"))] = header.pop(name)
        case _:
            header[name] = nasty(dice)
    return joined(header, bytes(data))


def in_header(dice: random.Random, content: bytes) -> bytes:
    """Change, take away or rename what the bundle says of itself."""
    header, data = parts_of(content)
    own = json.loads(header["__metadata__"][HEADER])
    for _ in range(dice.choice((1, 1, 2))):
        *above, last = dice.choice([path for path in places(own)[1:] if path[0] != "card" or dice.random() < 0.1])
        _change(dice, own, tuple(above), last)
    text = json.dumps(own, skipkeys=True)
    if dice.random() < 0.1:
        text = dice.choice(("", "{", "[]", "null", text[:-2], text * 2, "[" * 100_000, '{"version": 1e999}'))
    header["__metadata__"][HEADER] = text
    if dice.random() < 0.03:
        header["__metadata__"] = dice.choice(({}, {HEADER: 7}, [], None, "x", {"other": "x"}))
    return joined(header, bytes(data))


def _change(dice: random.Random, own: Any, above: Path_, last: str | int) -> None:
    parent: Any = own
    for part in above:
        parent = parent[part]
    match dice.randrange(5):
        case 0:
            del parent[last]
        case 1 if isinstance(parent, list) and isinstance(last, int):
            parent.append(parent[last])
        case 2 | 3:
            parent[last] = neighbour(dice, parent[last])
        case _:
            parent[last] = nasty(dice)


WAYS = (in_bytes, in_length, in_tensors, in_entries, in_header, in_header)


def run(count: int, seed: int = SEED) -> Outcome:
    """Try damaged bundles; input N of a seed is the same in every run."""
    bundles = [MODELS.find(name).read_bytes() for name in MODELS.names()]
    rig = load_rig(RIG)
    with tempfile.TemporaryDirectory() as folder, patch.object(offline, "LONGEST_TAIL_S", TAIL_S):
        file = Path(folder, "fuzz.safetensors")
        played(rig)  # so that no damaged one waits for a take and for kernels

        def attempt(index: int) -> None:
            dice = random.Random(f"{seed} {index}")
            file.write_bytes(dice.choice(WAYS)(dice, dice.choice(bundles)))
            played(with_model(rig, str(file)))

        return tried("bundles", count, attempt)


def main(words: Sequence[str] | None = None) -> None:
    """Try damaged bundles and print what came of them."""
    options = asked(__doc__, words, count=(1_000, "bundles"), seed=(SEED, "of the damage"))
    outcome = run(options.count, options.seed)
    print(heading(options.seed))
    print_outcomes(outcome)


if __name__ == "__main__":
    main()
