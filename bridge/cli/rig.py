"""``ghostnote rig``: the rigs that ship, to read and to copy."""

from __future__ import annotations

from typing import Annotated

import typer

from bridge.cli.screen import console
from bridge.rig.rig import RIGS
from synth.errors import InputError, choices, shown


def rig(
    name: Annotated[str, typer.Argument(help="Print this shipped rig as it is; left out: list them all.")] = "",
) -> None:
    """List the rigs that ship, or print one to start from: ghostnote rig 808 > my-rig.toml."""
    names = RIGS.names()
    if name:
        if name not in names:
            raise InputError(f"no rig ships as {shown(name)}; {choices(name, names)}")
        typer.echo(RIGS.shipped(name).read_bytes(), nl=False)
        return
    width = max(map(len, names))
    for each in names:
        first = RIGS.shipped(each).read_text(encoding="utf-8").partition("\n")[0]
        console().print(f"{each:{width}}  {first.removeprefix('# ')}")
