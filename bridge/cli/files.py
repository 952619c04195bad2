"""``ghostnote files``: the files that ship for users to copy, from a clone and from a wheel alike."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bridge.cli.screen import console
from synth.errors import InputError, choices, shown
from synth.files import config_dir


def files(
    kind: Annotated[str, typer.Argument(help="List these: rigs, presets, panels, synths, patches, experiments.")] = "",
    name: Annotated[str, typer.Argument(help="Print this one as it is.")] = "",
) -> None:
    """List the files that ship, or print one to copy: ghostnote files patches ghostnote-snare.pd > snare.pd."""
    kinds = sorted(path.name for path in config_dir().iterdir() if path.is_dir())
    if kind and kind not in kinds:
        raise InputError(_none("kind of file", kind, kinds))
    folder = config_dir() / kind
    if name:
        typer.echo(_named(folder, name).read_bytes(), nl=False)
        return
    for shown_kind in [kind] if kind else kinds:
        for path in sorted((config_dir() / shown_kind).iterdir()):
            console().print(f"{shown_kind} {path.name}")


def _named(folder: Path, name: str) -> Path:
    """Return a file by its name, with or without its ending."""
    known = {path.name: path for path in sorted(folder.iterdir())}
    found = [path for path in known.values() if name in (path.name, path.stem)]
    if len(found) != 1:
        raise InputError(_none(f"file in {folder.name}", name, list(known)))
    return found[0]


def _none(what: str, name: str, known: list[str]) -> str:
    return f"there is no {what} {shown(name)}; {choices(name, known)}"
