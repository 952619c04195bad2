"""Write the reference pages under ``docs/`` from the tables that the program reads: ``python -m bridge.cli.reference``.

A test compares the pages with what the tables give, so neither can drift.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from pydantic import BaseModel
from pydantic.fields import FieldInfo

import bridge.targets.dispatch  # noqa: F401  # it registers the kinds of target
from bridge.cli.protocol import Row, markdown_rows, protocol_page
from bridge.rig import control as control_settings
from bridge.rig import effects, plays, rig, targets, tunings
from bridge.rig.detector import DetectorSettings, LeakPath
from bridge.rig.settings import LONGEST_LIST
from bridge.rig.validation import LONGEST_TEXT, allowed
from models.features.tables import ONSET_FEATURES
from synth.effects.registry import effect_kinds
from synth.spec import ParamSpace
from synth.voices.panel import Panel, panel_of
from synth.voices.presets import load_preset, preset_names
from synth.voices.registry import VoiceKind, voice_kinds

DOCS = Path(__file__).resolve().parents[2] / "docs"

SECTIONS: tuple[tuple[str, type[BaseModel]], ...] = (
    ("[input]", rig.Input),
    ("[output]", rig.Output),
    ("[[drum]]", rig.Drum),
    ("[drum.features.NAME]", rig.FeatureKnob),
    ("[drum.detector]", DetectorSettings),
    ("leak_paths = [{...}] of [drum.detector]", LeakPath),
)

_PARTS: tuple[tuple[str, type[BaseModel]], ...] = (
    ("a value of an OSC map", plays.OscValue),
    ("a value of a MIDI map (values = [...])", plays.MidiValue),
    ("a controller of a MIDI map (cc = [...])", plays.CcValue),
    ("velocity = {...}", plays.Velocity),
    ("note = {...}", plays.NoteFrom),
    ("tuning = {...} of a play of a voice", tunings.Tuning),
    ("mpe = {...} of a MIDI target", targets.Mpe),
    ("[[target.effect]] of a voice target, [[bus.effect]] of the sum", effects.EffectSettings),
    ("[bus]", effects.BusSettings),
    ("[control]", control_settings.ControlSettings),
    ("a controller of [control] (cc = [...])", control_settings.CcControl),
    ("a note of [control] (note = [...])", control_settings.NoteControl),
    ("program changes of [control] (program = [...])", control_settings.ProgramControl),
)


def rig_page() -> str:
    """Return the rig reference as Markdown."""
    parts = [
        "# Rig reference",
        "Generated from the tables that check a rig; do not edit. A rig is one TOML file. Keys that are not listed are "
        "errors that name the key. Shipped rigs to copy are in `config/rigs`; check yours with `ghostnote check`. "
        "A relative path in a rig is seen from the folder of the rig's file; only a tape's is not. "
        f"A text has at most {LONGEST_TEXT} characters, a list or table at most {LONGEST_LIST} entries. "
        "How `range`, `low`, `high` and `curve` of a map work together is in [protocol.md](protocol.md#maps).",
    ]
    kinds = targets.target_kinds().items()
    described = ((f'[[target]] type = "{kind}"', settings) for kind, settings in kinds)
    plays_of = ((f'[[drum.play]] on type = "{kind}"', settings.plays) for kind, settings in kinds)
    for title, model in (*SECTIONS, *described, *plays_of, *_PARTS):
        parts += [f"## `{title}`", _about(model), _model_table(model)]
    return "\n\n".join(part.strip() for part in parts if part.strip()) + "\n"


def voice_page() -> str:
    """Return the tables of parameters, panels, presets and features as Markdown."""
    features = [(f"`{f.name}`", f.unit, f"{f.low:g}", f"{f.high:g}", f.meaning) for f in ONSET_FEATURES]
    parts = [
        "# Parameters, panels, presets, effects and features",
        "Generated from the tables; do not edit.",
        *(part for kind in voice_kinds() for part in _voice_parts(kind)),
        *(part for kind in effect_kinds() for part in (f"## Effect `{kind.name}`", _space_table(kind.space))),
        "## What is heard of a stroke",
        _table(("feature", "unit", "low", "high", "meaning"), features),
    ]
    return "\n\n".join(parts) + "\n"


def _voice_parts(kind: VoiceKind) -> list[str]:
    """Return the tables of one voice: its parameters and, if they ship, its panel and its presets."""
    parts = [f"## Voice `{kind.name}`", _space_table(kind.space)]
    if panel := panel_of(kind.name):
        parts += [f"### Panel of `{kind.name}`", _panel_table(panel)]
    if patches := [load_preset(name, kind.space) for name in preset_names(kind.space)]:
        presets = [
            (f"`{name}`", *(f"{patch.values[i]:g}" for patch in patches), f"{patches[0].depths[i]:g}")
            for i, name in enumerate(kind.space.names)
        ]
        columns = ("parameter", *(patch.name for patch in patches), "depth (first preset)")
        parts += [f"### Presets of `{kind.name}`", _table(columns, presets)]
    return parts


def _space_table(space: ParamSpace) -> str:
    """Return a table of parameters."""
    params = [
        (f"`{p.name}`", f"{p.low:g}", f"{p.high:g}", p.unit or "-", p.curve, f"{p.default:g}", p.role or "-", p.meaning)
        for p in space
    ]
    return _table(("parameter", "low", "high", "unit", "curve", "default", "role", "meaning"), params)


def _panel_table(panel: Panel) -> str:
    """Return what each knob moves, at the positions where it was measured."""
    rows = []
    for knob in panel.knobs.values():
        for column, unit in knob.moves.items():
            real = panel.space.from_unit(np.repeat(unit[:, None], len(panel.space), axis=1))[:, column]
            values = ", ".join(f"{value:.4g}" for value in real)
            marks = ", ".join(f"{mark:g}" for mark in knob.marks)
            rows.append((f"`{knob.name}`", marks, f"`{panel.space.names[column]}`", values))
    return _table(("knob", "at", "moves", "to"), rows)


PAGES = {"rig.md": rig_page, "parameters.md": voice_page, "protocol.md": protocol_page}


def write_pages(folder: Path = DOCS) -> None:
    """Write every generated page into a folder."""
    for name, page in PAGES.items():
        (folder / name).write_text(page(), encoding="utf-8")


def _model_table(model: type[BaseModel]) -> str:
    schema = model.model_json_schema(by_alias=True)
    rows = [
        (f"`{key}`", allowed(schema, node).removeprefix("a "), _default(field), field.description or "")
        for (key, node), field in zip(schema["properties"].items(), model.model_fields.values(), strict=True)
    ]
    return _table(("key", "allowed", "default", "meaning"), rows)


def _about(model: type[BaseModel]) -> str:
    """Return what a table is, without the name that the heading says already."""
    words = (model.__doc__ or "").rpartition("``: ")[2]
    return words[:1].upper() + words[1:]


def _table(header: Row, rows: Iterable[Row]) -> str:
    return markdown_rows([header, ("---",) * len(header), *rows])


def _default(field: FieldInfo) -> str:
    """Return what holds where a rig says nothing; a dash where that is nothing."""
    value = field.get_default(call_default_factory=True)
    if field.is_required():
        return "required"
    if value is None or isinstance(value, BaseModel) or value in ("", (), [], {}):
        return "-"
    return f"`{value:g}`" if type(value) in (int, float) else f"`{json.dumps(value)}`"


if __name__ == "__main__":
    write_pages()
