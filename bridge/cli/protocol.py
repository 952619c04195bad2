"""The protocol page: what leaves and what comes in. Its words are a template, its rows the tables that encode and read.

`bridge.cli.reference` writes it to ``docs/protocol.md``; a test compares.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from string import Template

from bridge.control.controls import ROOT, LiveControl, live_controls
from bridge.control.subscribers import LEASE_S
from bridge.control.surface import StillSurface
from bridge.control.web import MOST_CONNECTIONS, MOST_LISTENERS, REQUEST_S
from bridge.engine.changes import LiveState
from bridge.events import PlayKey
from bridge.mapping.mapping import Controls, DrumMapping
from bridge.mapping.notes import SCALES
from bridge.mapping.numbers import CURVES, Scaler, number_ranges
from bridge.midi.carrier import SILENCE_S
from bridge.midi.messages import SECONDS_PER_DIN_BYTE, Wire
from bridge.midi_bytes import KINDS
from bridge.osc.patterns import LONGEST_PATTERN
from bridge.rig.control import MOST_SUBSCRIBERS
from bridge.rig.detector import DetectorSettings
from bridge.rig.profiles import PROFILES, load_profile
from bridge.rig.rig import Drum
from bridge.rig.targets import parse_play, parse_target
from bridge.targets.base import DrumContext
from bridge.targets.osc import OscPlay
from models.mapping.bundle import untrained_bundle
from synth.voices.presets import Patch
from synth.voices.registry import DEFAULT_VOICE, voice_kind

Row = tuple[str, ...]

TEMPLATE = Path(__file__).with_name("protocol.template.md")

SPACE = voice_kind(DEFAULT_VOICE).space
"""The parameters of the examples."""


def number_rows() -> list[Row]:
    """Return the numbers of a stroke: name, range, unit, known at detection."""
    param = SPACE.params[0].name
    rows: list[Row] = []
    for name, own in number_ranges(SPACE).items():
        if any(name.endswith(other) for other in SPACE.names if other != param):
            continue
        early = "yes" if own.early else ""
        rows.append((f"`{name}`", f"{own.low:g} to {own.high:g}", own.unit or "-", early))
    return rows


def curve_rows() -> list[Row]:
    """Return the curves of maps: name, the field's name, formula, where 1 goes from 20 to 20 000."""
    rows: list[Row] = []
    for name, curve in CURVES.items():
        place = "log(x / a) / log(b / a)" if curve.source_by_ratio else "(x - a) / (b - a)"
        sent = "low * (high / low) ** p" if curve.sent_by_ratio else "low + (high - low) * p"
        middle = Scaler("x", 1.0, 3.0, 20.0, 20_000.0, name)({"x": 2.0})
        rows.append((f"`{name}`", f"`{curve.known_as}`", f"`p = {place}`", f"`{sent}`", f"{middle:.0f}"))
    return rows


def midi_rows() -> list[Row]:
    """Return each kind of value: its bytes at the top of its range, and its time on DIN."""
    rows: list[Row] = []
    for key, kind in KINDS.items():
        messages = kind.messages(channel=9, number=1, value=kind.highest)
        cost_ms = 1000 * sum(Wire("din").cost_s(message) for message in messages)
        shown = " ".join(message.hex() for message in messages)
        rows.append((kind.meaning, f"`{key}`", shown, f"{cost_ms:.2f} ms"))
    return rows


def control_rows() -> list[Row]:
    """Return every live control, one row for all parameters and one for all features."""
    bundle = untrained_bundle(Patch.default(SPACE))
    mappings = {(key := PlayKey("NAME")): DrumMapping(key, bundle, Controls.neutral(SPACE))}
    surface = StillSurface(LiveState(mappings, {0: DetectorSettings()}, {}))
    rows: dict[str, Row] = {}
    for control in live_controls(surface, (Drum(name="NAME"),)).values():
        address = re.sub(r"/feature/[^/]+", "/feature/FEATURE", control.address)
        address = re.sub(r"/(parameter|stroke)/(?!velocity)[^/]+", r"/\1/PARAMETER", address)
        rows.setdefault(address, (f"`{address}`", control.kind, _range(control), control.meaning))
    for chain in ("target/NAME", "bus"):
        base = f"{ROOT}/{chain}/effect/N"
        meaning = "a parameter of an effect, N from 1, in real units ([parameters.md](parameters.md))"
        rows[f"{base}/"] = (f"`{base}/PARAMETER`", "number", "its own", meaning)
        rows[f"{base}/blend"] = (f"`{base}/blend`", "number", "0 to 1", "between its two ends, where it has them")
        rows[base] = (f"`{base}/bypass`", "switch", "0 or 1", "the sound goes past the effect")
    return list(rows.values())


def profile_rows() -> list[Row]:
    """Return the synths that ship."""
    rows: list[Row] = []
    for name in PROFILES.names():
        profile = load_profile(name, "protocol")
        way = f"OSC, port {profile.port}" if profile.port else "MIDI"
        rows.append(
            (f"`{name}`", profile.name, way, str(len(profile.notes)), str(len(profile.controls)), profile.about)
        )
    return rows


def example_hex() -> str:
    """Return the first and the last message of a stroke in hexadecimal, sixteen bytes a line."""
    target = parse_target({"name": "osc", "type": "osc", "port": 9000}, "protocol")
    context, name = DrumContext("snare", SPACE.names, number_ranges(SPACE)), SPACE.names[-1]
    settings = parse_play({"target": "osc", "send": [f"unit.{name}"]}, target, "protocol")
    play = OscPlay(settings, context, "protocol")  # type: ignore[arg-type]  # the target is OSC
    numbers = {f"unit.{name}": 0.5, "velocity": 1.0}
    return "\n".join(f"{message.address}\n  " + message.pack(numbers).hex(" ", 4) for message in play.complete)


def _range(control: LiveControl) -> str:
    if control.kind in ("number", "state"):
        return f"{control.low:g} to {control.high:g} {control.unit}".strip()
    return {"switch": "0 or 1", "text": "a name", "trigger": "anything but 0"}[control.kind]


def protocol_page() -> str:
    """Return what leaves and what comes in as Markdown."""
    return Template(TEMPLATE.read_text(encoding="utf-8")).substitute(
        root=ROOT,
        byte_us=f"{1e6 * SECONDS_PER_DIN_BYTE:.0f}",
        scales=", ".join(SCALES),
        silence_s=f"{SILENCE_S:g}",
        longest_pattern=str(LONGEST_PATTERN),
        most=str(MOST_SUBSCRIBERS),
        lease_s=f"{LEASE_S:g}",
        connections=str(MOST_CONNECTIONS),
        listeners=str(MOST_LISTENERS),
        request_s=f"{REQUEST_S:g}",
        example=example_hex(),
        numbers=markdown_rows(number_rows()),
        curves=markdown_rows(curve_rows()),
        midi=markdown_rows(midi_rows()),
        controls=markdown_rows(control_rows()),
        profiles=markdown_rows(profile_rows()),
    )


def markdown_rows(rows: Iterable[Row]) -> str:
    """Return rows of a table as Markdown."""
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in rows)
