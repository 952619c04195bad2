"""Damaged rigs: ``python -m bench.fuzz_rigs``. Each is refused in one sentence, or plays with finite sound.

Every key of every shipped rig is given values that nobody means: other types, huge and tiny numbers, texts of any
characters and length, paths to devices, lists and tables of any size. Keys that the rig does not have are added from
the tables that check a rig, with likely values too; keys are taken away and misspelt; one rig in eight is damaged as
text, before TOML is read. What is accepted is checked as ``ghostnote check`` does and played as ``ghostnote render``
does, over two strokes.
"""

from __future__ import annotations

import copy
import random
import tempfile
import tomllib
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
from pydantic import BaseModel

from bench.fuzz_outcome import Outcome, print_outcomes, tried
from bench.report import asked, heading
from bridge.audio.files import Recording
from bridge.cli.check import checked_costs
from bridge.events import TranscriptEntry
from bridge.osc.reader import parse_packet
from bridge.rig.control import CcControl, ControlSettings
from bridge.rig.detector import DetectorSettings
from bridge.rig.plays import CcValue, MidiValue, NoteFrom, OscValue, Velocity
from bridge.rig.rig import RIGS, Drum, FeatureKnob, Input, Output, Rig, load_rig, rig_from_table
from bridge.rig.targets import target_kinds
from bridge.session import offline
from bridge.session.offline import Performance, perform
from synth.drummer.perform import perform as drummed

SEED = 7
RATE = 44_100
TAKE_S = 0.3
BLOCK = 4096
TAIL_S = 0.1
"""Of silence after the take, in place of the seconds in which a voice rings out: they tell nothing more here."""

NASTY: tuple[Any, ...] = (
    *(None, True, False, 0, -1, 1, 2, 127, 128, 65_535, 65_536, 2**31 - 1, 2**31, -(2**31), 2**63, 10**30, -(10**30)),
    *(0.0, -0.0, 0.5, 1.0, -1.0, 1e-12, 5e-324, 1e39, -1e39, 1e308, -1e308, float("nan"), float("inf"), float("-inf")),
    *("", " ", ".", "..", "/", "//", "~", "~nobody", "x", "808", "snare", "\0", "\n", "\x1b[31m", "é", "\ud800", "🥁"),
    *("/dev/zero", "/dev/null", "/dev/random", "/proc/self/mem", "/etc", "../../etc/passwd", "CON", "a" * 300),
    *("x" * 1000, "x" * 100_000, "{", "{}", "{drum", "{drum}", "{velocity}", "{pairs}", "{values}", "{drum:>99999999}"),
    *(
        "%s" * 50,
        "/a b",
        "/#",
        "/*",
        "/a,b",
        "linear",
        "exponential",
        "logarithmic",
        "power",
        "early",
        "single",
        "unit",
    ),
    *("level", "unit.drive", "drive", "osc1.freq", "mod.drive", "stroke", "onset_samples", "roland-tr-08", "superdirt"),
    *([], [0], [0.0, 1.0], [1e300] * 2, [""], ["x" * 100], [[]], [38] * 128, [38] * 10_000, list(range(64))),
    *({}, {"": 0}, {"x": {}}, {"from": "level"}, {"fixed_ms": 10}, {"after_ms": 1e9}, {f"k{i}": i for i in range(600)}),
)
"""Values that a key may be given."""

BITS = (b"-", b"9", b'"', b"[", b"= ", b".", b"e300", b"\n", b"\xff", b"." * 300, b"[" * 900)
"""What is put into a rig's text."""

LARGEST = 30_000
"""Entries of a rig that is made no longer: the damage itself would take seconds."""

DEEPEST = 30
"""Tables in tables that are damaged; what a list of 900 lists holds stays as it is."""

TARGETS = tuple(target_kinds().values())

TABLES: dict[str, tuple[type[BaseModel], ...]] = {
    "input": (Input,),
    "output": (Output,),
    "drum": (Drum,),
    "features": (FeatureKnob,),
    "detector": (DetectorSettings,),
    "control": (ControlSettings,),
    "target": TARGETS,
    "play": tuple(kind.plays for kind in TARGETS),
    "send": (OscValue,),
    "trigger_args": (OscValue,),
    "cc": (CcValue, CcControl),
    "values": (MidiValue,),
    "velocity": (Velocity,),
    "note": (NoteFrom,),
}
"""What the tables of a rig are, by the key that they stand under."""

Path_ = tuple[str | int, ...]


@cache
def shipped() -> tuple[tuple[str, dict[str, Any]], ...]:
    """Return the name and the table of every rig that ships."""
    return tuple((name, tomllib.loads(RIGS.find(name).read_text(encoding="utf-8"))) for name in RIGS.names())


@cache
def fields_of(key: str) -> tuple[tuple[str, dict[str, Any]], ...]:
    """Return every key, with its schema, that a table may have which stands under a key of a rig."""
    if not (tables := TABLES.get(key)):
        return tuple(Rig.model_json_schema(by_alias=True)["properties"].items())
    return tuple(one for table in tables for one in table.model_json_schema(by_alias=True)["properties"].items())


@cache
def take() -> Recording:
    """Return a take of two strokes."""
    audio = drummed("groove", seed=5, sample_rate=RATE).audio
    first = int(np.argmax(np.abs(audio[:, 0]) > 0.05))
    return Recording(audio[max(first - 1000, 0) :][: round(TAKE_S * RATE)], RATE, Path("take"))


def places(value: Any, path: Path_ = ()) -> list[Path_]:
    """Return the path of everything in a table."""
    if len(path) > DEEPEST:
        return [path]
    below = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(found for key, one in below for found in places(one, (*path, key)))]


def nasty(dice: random.Random) -> Any:
    """Return a value that nobody means."""
    value = copy.deepcopy(dice.choice(NASTY))
    if dice.random() < 0.1:
        value = dice.choice([[value], {"from": value}, {dice.choice(("low", "fixed_ms", "value")): value}])
    if dice.random() < 0.02:
        for _ in range(dice.choice([5, 50, 200])):
            value = [value]
    return value


def likely(dice: random.Random, schema: dict[str, Any]) -> Any:
    """Return a value that a key may well have, by its schema; what has no plain form there is nasty."""
    schema = dice.choice(schema["anyOf"]) if "anyOf" in schema else schema
    low = schema.get("minimum", schema.get("exclusiveMinimum", 0))
    high = schema.get("maximum", 100)
    match schema.get("type"):
        case "boolean":
            return dice.random() < 0.5
        case "integer":
            return dice.choice((low, high, dice.randint(low, high)))
        case "number":
            return dice.choice((float(low), float(high), dice.uniform(low, high)))
        case "array" if "items" in schema:
            few = dice.randint(schema.get("minItems", 0), min(schema.get("maxItems", 4), 200))
            return [likely(dice, schema["items"]) for _ in range(few)]
    return dice.choice(schema["enum"]) if "enum" in schema else nasty(dice)


def neighbour(dice: random.Random, value: Any) -> Any:
    """Return a number near a number, or far; anything else for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return nasty(dice)
    return dice.choice((value + 1, -value, value * 2, value * 10, value * 1e-3, value + 0.5, value * 10**9))


def damaged(dice: random.Random) -> tuple[str, dict[str, Any]]:
    """Return a shipped rig's table with one to three keys damaged, and the rig's name."""
    name, table = dice.choice(shipped())
    table = copy.deepcopy(table)
    for _ in range(dice.choice((1, 1, 1, 2, 3))):
        *above, last = dice.choice(places(table)[1:] or [("input",)])
        parent: Any = table
        for part in above:
            parent = parent[part]
        match dice.randrange(8):
            case 0 | 1:
                inside = isinstance(parent[last], dict)
                key = next((one for one in reversed((*above, last) if inside else above) if isinstance(one, str)), "")
                field, schema = dice.choice(fields_of(key))
                into: Any = parent[last] if inside else parent
                if isinstance(into, dict):
                    into[field] = likely(dice, schema) if dice.random() < 0.7 else nasty(dice)
            case 2:
                del parent[last]
            case 3 if isinstance(parent, dict):
                parent[str(nasty(dice))[:2000]] = parent.pop(last)
            case 4 if isinstance(parent, list) and isinstance(last, int):
                copies = dice.choice([1, 2, 600])
                if len(places(table)) + copies * len(places(parent[last])) < LARGEST:
                    parent.extend(copy.deepcopy(parent[last]) for _ in range(copies))
            case 5 | 6:
                parent[last] = neighbour(dice, parent[last])
            case _:
                parent[last] = nasty(dice)
    return name, table


def damaged_text(dice: random.Random) -> bytes:
    """Return the text of a shipped rig with some bytes changed, cut, doubled or put in."""
    text = bytearray(RIGS.find(dice.choice(RIGS.names())).read_bytes())
    for _ in range(dice.randrange(1, 6)):
        at = dice.randrange(len(text))
        match dice.randrange(4):
            case 0:
                text[at] = dice.randrange(256)
            case 1:
                text[at:at] = dice.choice(BITS)
            case 2:
                del text[at : at + dice.randrange(1, 20)]
            case _:
                text[at:at] = text[at : at + dice.randrange(1, 200)]
    return bytes(text)


def played(rig: Rig) -> Performance:
    """Check a rig as ``ghostnote check`` does, and play two strokes as ``ghostnote render`` does.

    Raises
    ------
    InputError
        It is refused.
    ValueError
        It plays what is no sound or no message.
    """
    checked_costs(rig, "fuzz.toml")
    audio = take().audio
    wide = Recording(np.repeat(audio[:, :1], rig.channels, axis=1), RATE, Path("take"))
    performance = perform(rig, wide, BLOCK)
    if not np.isfinite(performance.synth).all() or np.abs(performance.synth).max(initial=0.0) > 1.0:
        raise ValueError("its sound is not finite, or beyond full scale")
    for entry in performance.tape:
        _require_message(entry)
    return performance


def _require_message(entry: TranscriptEntry) -> None:
    """Refuse a message that a receiver could not read."""
    # Of the messages of a bundle the first one holds the packet.
    if entry.kind == "osc" and entry.data and parse_packet(entry.data) is None:
        raise ValueError(f"no OSC: {entry.data[:200]!r}")
    if entry.kind == "midi" and (not entry.data or entry.data[0] < 0x80 or max(entry.data[1:], default=0) > 0x7F):
        raise ValueError(f"no MIDI: {entry.data[:200]!r}")


def run(count: int, seed: int = SEED) -> Outcome:
    """Try damaged rigs; input N of a seed is the same in every run."""
    with tempfile.TemporaryDirectory() as folder, patch.object(offline, "LONGEST_TAIL_S", TAIL_S):
        file = Path(folder, "fuzz.toml")
        played(load_rig("everything"))  # so that no damaged one waits for a take and for kernels

        def attempt(index: int) -> None:
            dice = random.Random(f"{seed} {index}")
            if dice.randrange(8):
                _, table = damaged(dice)
                rig = rig_from_table(table, str(file))
            else:
                file.write_bytes(damaged_text(dice))
                rig = load_rig(str(file))
            played(rig)

        return tried("rigs", count, attempt)


def main(words: Sequence[str] | None = None) -> None:
    """Try damaged rigs and print what came of them."""
    options = asked(__doc__, words, count=(10_000, "rigs"), seed=(SEED, "of the damage"))
    outcome = run(options.count, options.seed)
    print(heading(options.seed))
    print_outcomes(outcome)


if __name__ == "__main__":
    main()
