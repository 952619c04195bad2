"""Settings of a synth as files: TOML with a value for each control, and voices of a DX7 as it writes them itself."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import tomlkit

from bridge.sampling.dx7_controls import Dx7Controls
from bridge.sampling.dx7_sysex import read_voices
from bridge.sampling.synth import NOTE, VELOCITY, Array, SampledSynth
from synth.errors import InputError, choices, shown
from synth.files import read_toml

SYSEX = (".syx", ".SYX")


def settings_text(synth: SampledSynth, unit: Array, about: str = "") -> str:
    """Return a setting, (columns,) of 0..1, as TOML: every control that has a value, as its message carries it.

    Parameters
    ----------
    synth : SampledSynth
    unit : (columns,) float64
    about : str
        A line on where it comes from.
    """
    [note] = synth.notes(unit[None])
    moved = {control.name: value for control, value in zip(synth.controls, note.values, strict=True)}
    fixed = {control.name: value for control, value in synth.fixed}
    values = {control.name: moved.get(control.name, fixed.get(control.name)) for control in synth.profile.controls}
    document = tomlkit.document()
    if about:
        document.add(tomlkit.comment(about))
    document.add("synth", tomlkit.item(synth.name))
    document.add("note", tomlkit.item(note.note))
    document.add("velocity", tomlkit.item(note.velocity))
    document.add("controls", tomlkit.item({name: _plain(value) for name, value in values.items() if value is not None}))
    return tomlkit.dumps(document)


def _plain(value: float) -> float | int:
    """Return a number as a person would write it."""
    return int(value) if float(value).is_integer() else float(f"{value:.6g}")


def read_settings(path: Path, synth: SampledSynth) -> tuple[Array, tuple[str, ...]]:
    """Return the settings of a file, (n, columns) of 0..1, and what is worth saying about them.

    Parameters
    ----------
    path : Path
        TOML as `settings_text` writes it, or a DX7's SysEx (``.syx``) with any number of voices.
    synth : SampledSynth

    Raises
    ------
    InputError
        It cannot be read, is for another synth, or names what this synth has not; or no voice is left.
    """
    if path.suffix in SYSEX:
        return _voices(path, synth)
    table = read_toml(path)
    unknown = set(table) - {"synth", "note", "velocity", "controls"}
    if unknown:
        raise InputError(f"{path}: {shown(min(unknown))} is no key here; allowed are synth, note, velocity, controls")
    if table.get("synth") != synth.name:
        raise InputError(f"{path}: synth is {shown(table.get('synth'))}; this is a setting for {synth.name}")
    values = synth.space.defaults
    for name, value in _given(path, table, synth).items():
        column = synth.space.names.index(name)
        param = synth.space.params[column]
        if isinstance(value, bool) or not isinstance(value, int | float) or not param.low <= value <= param.high:
            raise InputError(f"{path}: {name} is {shown(value)}; allowed is {param.low:g} to {param.high:g}")
        values[column] = value
    return synth.space.realised(synth.space.to_unit(values))[None], ()


def _given(path: Path, table: Mapping[str, object], synth: SampledSynth) -> dict[str, object]:
    """Return parameter name to value of what a file gives and this synth moves."""
    controls = table.get("controls", {})
    if not isinstance(controls, Mapping):
        raise InputError(f"{path}: controls is {shown(controls)}; it must be a table of control = value")
    known = {control.name.lower() for control in synth.profile.controls}
    for name in controls:
        if name.lower() not in known:
            raise InputError(f"{path}: {shown(name)} is no control of {synth.name}; {choices(name, known, 'it has')}")
    columns = {control.name.lower(): param.name for control, param in zip(synth.controls, synth.space, strict=False)}
    given = {columns[name.lower()]: value for name, value in controls.items() if name.lower() in columns}
    played = {NOTE: "note", VELOCITY: "velocity"}
    return given | {name: table[key] for name, key in played.items() if key in table and name in synth.space.names}


def _voices(path: Path, synth: SampledSynth) -> tuple[Array, tuple[str, ...]]:
    """Return the voices of a DX7 file as settings, each value held within what is moved; twins once."""
    if synth.sampling.engine != "dexed":
        raise InputError(f"{path}: holds voices of a DX7; {synth.name} is none")
    found = read_voices(path)
    reads = Dx7Controls(synth)
    moved = len(synth.controls)
    rows = np.tile(synth.space.defaults, (len(found.voices), 1))
    for row, voice in zip(rows, found.voices, strict=True):
        row[:moved] = reads.values(voice)
    low, high = (np.array([getattr(param, end) for param in synth.space]) for end in ("low", "high"))
    held = np.clip(rows, low, high)
    notes = list(found.notes)
    changed = int((np.abs(held - rows) > 0.5).any(1).sum())
    if changed:
        outside = f"{changed} of {len(rows)} voices of {path.name} leave the ranges of {synth.name}"
        notes.append(f"{outside} and are held in them")
    unit = np.unique(synth.space.realised(synth.space.to_unit(held)), axis=0)
    return unit, tuple(notes)
