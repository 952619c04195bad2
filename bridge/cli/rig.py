"""``ghostnote rig``: the rigs that ship, to read and to copy."""

from __future__ import annotations

from typing import Annotated

import typer

from bridge.cli.screen import console
from bridge.rig.rig import RIGS


def rig(
    name: Annotated[str, typer.Argument(help="Print this shipped rig as it is; left out: list them all.")] = "",
) -> None:
    """List the rigs that ship, or print one to start from: ghostnote rig 808 > my-rig.toml."""
    if name:
        # Seen from their own folder: the shell has already made an empty file where the copy is to go.
        typer.echo(RIGS.find(name, beside=RIGS.folder).read_bytes(), nl=False)
        return
    width = max(map(len, RIGS.names()))
    for each in RIGS.names():
        first = RIGS.find(each, beside=RIGS.folder).read_text(encoding="utf-8").partition("\n")[0]
        console().print(f"{each:{width}}  {first.removeprefix('# ')}")
