"""What of a MIDI input turns what: as a rig says, and as was learned before."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping

from bridge.control.controls import LiveControl
from bridge.control.midi_moves import LOWER_HALF, Binding, Source, source_of
from bridge.rig.control import RELATIVE, CcControl, ControlSettings, NoteControl, ProgramControl
from bridge.rig.validation import checked
from synth.errors import InputError, nearest, shown
from synth.reading import LEARNED_FILE, read_file

KINDS: dict[str, type[Binding]] = {"cc": CcControl, "note": NoteControl, "program": ProgramControl}
"""The tables of ``[control]`` that bind, by their keys."""


def learned_bindings(settings: ControlSettings) -> dict[Source, Binding]:
    """Return what was learned before; `InputError` names a file that holds something else."""
    path = settings.learned_file
    if path is None or not os.path.exists(path):
        return {}
    try:
        content = read_file(path, LEARNED_FILE)
    except InputError as error:
        raise InputError(f"{settings.where}: learned: {error}") from None
    try:
        entries = json.loads(content)
        bindings = [checked(KINDS[entry.pop("source", "cc")], entry, str(path)) for entry in entries]
        return {source_of(binding): binding for binding in bindings}
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, InputError):
        raise InputError(f"{path}: is not what `[control] learned` writes; move it away") from None


def checked_bindings(settings: ControlSettings, controls: Mapping[str, LiveControl]) -> dict[Source, Binding]:
    """Return what turns a rig's controls.

    Raises
    ------
    InputError
        A control is not there (the nearest that is gets named), is only read or cannot be turned so, or one source has
        two controls.
    """
    bindings: dict[Source, Binding] = {}
    for where, entry in _entries(settings):
        if entry.control not in controls:
            meant = nearest(entry.control, controls) or "docs/protocol.md lists them"
            raise InputError(f"{where}: {shown(entry.control)} is no live control of this rig; {meant}")
        if controls[entry.control].kind == "state":
            raise InputError(f"{where}: {shown(entry.control)} is only read; nothing can turn it")
        _require_sense(entry, controls[entry.control], where)
        source = source_of(entry)
        if source in bindings:
            already = f"{source.words} turns {shown(bindings[source].control)} already"
            raise InputError(f"{where}: {already}; a controller turns one control")
        bindings[source] = entry
    _refuse_lower_halves(bindings, settings.where)
    return bindings


def _entries(settings: ControlSettings) -> Iterable[tuple[str, Binding]]:
    """Yield every binding of a rig with its place."""
    for key in KINDS:
        for index, entry in enumerate(getattr(settings, key), 1):
            yield f"{settings.where}.{key}[{index}]", entry


def _require_sense(entry: Binding, control: LiveControl, where: str) -> None:
    """Refuse a binding that could never turn its control."""
    if isinstance(entry, CcControl) and entry.encoding in RELATIVE and control.kind == "trigger":
        raise InputError(f"{where}: {shown(entry.control)} is a trigger; an encoder without an end cannot pull it")
    if isinstance(entry, ProgramControl) and not (entry.values or control.choices):
        raise InputError(f"{where}: {shown(entry.control)} has no names to choose from; give values = [...]")
    given = entry.values if isinstance(entry, ProgramControl) else [getattr(entry, "value", None)]
    for value in given:
        if value is None:
            continue
        if isinstance(value, str) != (control.kind == "text"):
            takes = "a name" if control.kind == "text" else "a number, true or false"
            raise InputError(f"{where}: {shown(value)} does not fit {shown(entry.control)}, which takes {takes}")
        # Compared as it is: a whole number of 400 digits is no float.
        if control.kind == "number" and not isinstance(value, str) and not control.low <= value <= control.high:
            raise InputError(
                f"{where}: {shown(value)} is beyond the range of {shown(entry.control)}, "
                f"{control.low:g} to {control.high:g}"
            )


def _refuse_lower_halves(bindings: Mapping[Source, Binding], where: str) -> None:
    """Refuse a controller that a 14-bit one has as its lower half."""
    for source, entry in bindings.items():
        lower = source._replace(number=source.number + LOWER_HALF)
        if isinstance(entry, CcControl) and entry.encoding == "14-bit" and lower in bindings:
            raise InputError(
                f"{where}.cc: {lower.words} is the lower half of controller {source.number}, which is 14-bit"
            )
