"""Write the reference pages under ``docs/`` from the tables that the program reads: ``python -m bridge.cli.reference``.

A test compares the pages with what the tables give, so neither can drift.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from bridge.cli import protocol
from bridge.rig import control as control_settings
from bridge.rig import plays, rig, targets
from bridge.rig.detector import PATH_SETTINGS, SETTINGS, Setting
from models.features.tables import ONSET_FEATURES
from synth.presets import load_preset, preset_names
from synth.voices.registry import VoiceKind, voice_kinds

DOCS = Path(__file__).resolve().parents[2] / "docs"

SECTIONS: tuple[tuple[str, type[BaseModel]], ...] = (
    ("[input]", rig.Input),
    ("[output]", rig.Output),
    ("[[drum]]", rig.Drum),
    ("[drum.features.NAME]", rig.FeatureKnob),
    ('[[target]] type = "voice"', targets.VoiceTargetSettings),
    ('[[target]] type = "osc"', targets.OscTargetSettings),
    ('[[target]] type = "midi"', targets.MidiTargetSettings),
    ('[[target]] type = "tape"', targets.TapeTargetSettings),
    ("[[drum.play]] on a voice", plays.VoicePlaySettings),
    ("[[drum.play]] on OSC", plays.OscPlaySettings),
    ("[[drum.play]] on MIDI", plays.MidiPlaySettings),
    ("a value of an OSC map", plays.OscValue),
    ("a value of a MIDI map (values = [...])", plays.MidiValue),
    ("a controller of a MIDI map (cc = [...])", plays.CcValue),
    ("velocity = {...}", plays.Velocity),
    ("note = {...}", plays.NoteFrom),
    ("[control]", control_settings.ControlSettings),
    ("a controller of [control] (cc = [...])", control_settings.CcControl),
)

_PATHS = (
    "How other drums arrive at this drum's microphone, at most four; `calibrate` measures it. What arrives so is "
    "subtracted from this input before anything listens to it. Inputs that a rig does not use are left out."
)


def rig_page() -> str:
    """Return the rig reference as Markdown."""
    parts = [
        "# Rig reference",
        "Generated from the tables that check a rig; do not edit. A rig is one TOML file. Keys that are not listed are "
        "errors that name the key. Shipped rigs to copy are in `config/rigs`; check yours with `ghostnote check`. "
        "A relative path in a rig is seen from the folder of the rig's file; only a tape's is not.",
    ]
    for title, model in SECTIONS:
        parts += [f"## `{title}`", model.__doc__ or "", _model_table(model)]
    parts += ["## `[drum.detector]`", "Expert settings of the ear; the defaults suit every drum."]
    parts += [_settings_table(SETTINGS), "## `leak_paths = [{...}]` of `[drum.detector]`", _PATHS]
    parts += [_settings_table(PATH_SETTINGS)]
    return "\n\n".join(part.strip() for part in parts if part.strip()) + "\n"


def voice_page() -> str:
    """Return the tables of parameters, presets and features as Markdown."""
    features = [(f"`{f.name}`", f.unit, f"{f.low:g}", f"{f.high:g}", f.meaning) for f in ONSET_FEATURES]
    parts = [
        "# Parameters, presets and features",
        "Generated from the tables; do not edit.",
        *(part for kind in voice_kinds() for part in _voice_parts(kind)),
        "## What is heard of a stroke",
        _table(("feature", "unit", "low", "high", "meaning"), features),
    ]
    return "\n\n".join(parts) + "\n"


def _voice_parts(kind: VoiceKind) -> list[str]:
    """Return the tables of one voice: its parameters and, if any ship, its presets."""
    params = [
        (f"`{p.name}`", f"{p.low:g}", f"{p.high:g}", p.unit or "-", p.curve, f"{p.default:g}", p.role or "-", p.meaning)
        for p in kind.space
    ]
    header = ("parameter", "low", "high", "unit", "curve", "default", "role", "meaning")
    parts = [f"## Voice `{kind.name}`", _table(header, params)]
    if patches := [load_preset(name, kind.space) for name in preset_names(kind.space)]:
        presets = [
            (f"`{name}`", *(f"{patch.values[i]:g}" for patch in patches), f"{patches[0].depths[i]:g}")
            for i, name in enumerate(kind.space.names)
        ]
        columns = ("parameter", *(patch.name for patch in patches), "depth (first preset)")
        parts += [f"### Presets of `{kind.name}`", _table(columns, presets)]
    return parts


def protocol_page() -> str:
    """Return what leaves and what comes in as Markdown."""
    parts = ["# Protocol", "Generated from the tables that encode and read messages; do not edit."]
    for title, text, header, rows in protocol.sections():
        parts += [f"## {title}", text, _table(header, rows) if rows else ""]
    return "\n\n".join(part for part in parts if part) + "\n"


PAGES = {"rig.md": rig_page, "parameters.md": voice_page, "protocol.md": protocol_page}


def write_pages(folder: Path = DOCS) -> None:
    """Write every generated page into a folder."""
    for name, page in PAGES.items():
        (folder / name).write_text(page(), encoding="utf-8")


def _model_table(model: type[BaseModel]) -> str:
    rows = [
        (f"`{field.alias or name}`", _kind(field), _default(field), field.description or "")
        for name, field in model.model_fields.items()
    ]
    return _table(("key", "allowed", "default", "meaning"), rows)


def _settings_table(settings: Iterable[Setting]) -> str:
    rows = [
        (
            f"`{s.key}`",
            f"{s.low:g} to {s.high:g} {s.unit}".strip(),
            "required" if s.default is None else _shown(s.default),
            s.meaning,
        )
        for s in settings
    ]
    return _table(("key", "allowed", "default", "meaning"), rows)


def _table(header: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [header, tuple("---" for _ in header), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


def _kind(field: FieldInfo) -> str:
    """Return what a field may hold, in words: type and range."""
    limits = {key: getattr(limit, key) for limit in field.metadata for key in ("ge", "gt", "le") if hasattr(limit, key)}
    name, above = _type_name(field.annotation), "above " if "gt" in limits else ""
    low, high = limits.get("gt", limits.get("ge")), limits.get("le")
    if low is None:
        longest = next((limit.max_length for limit in field.metadata if hasattr(limit, "max_length")), None)
        return f"{name} of at most {longest} characters" if longest else name
    return f"{name}, {above}{low:g} and up" if high is None else f"{name}, {above}{low:g} to {high:g}"


def _type_name(kind: Any) -> str:
    """Return a type as a rig's author would say it."""
    origin = get_origin(kind)
    if origin is Annotated:
        return _type_name(get_args(kind)[0])
    if origin is Literal:
        return ", ".join(f'"{value}"' for value in get_args(kind))
    if origin in (Union, UnionType):
        return " or ".join(_type_name(part) for part in get_args(kind) if part is not NoneType)
    if origin in (list, tuple):
        return f"list of {_type_name(get_args(kind)[0])}"
    if origin is dict:
        return f"table of {_type_name(get_args(kind)[1])}"
    plain = {str: "text", int: "whole number", float: "number", bool: "true or false"}
    return plain.get(kind, "table")


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    return _shown(field.get_default(call_default_factory=True))


def _shown(value: Any) -> str:
    if value is None or isinstance(value, BaseModel) or value in ("", (), [], {}):
        return "-"
    if isinstance(value, bool):
        return "`true`" if value else "`false`"
    if isinstance(value, (int, float)):
        return f"`{value:g}`"
    if isinstance(value, (str, list, tuple)):
        return f'`"{value}"`' if isinstance(value, str) else f"`{list(value)}`"
    return "-"


if __name__ == "__main__":
    write_pages()
