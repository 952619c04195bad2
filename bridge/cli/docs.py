"""``ghostnote docs``: the pages of documentation that ship, to read."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.markdown import Markdown

from bridge.cli.screen import console
from synth.errors import InputError, choices, shown
from synth.files import shipped_folder


def docs(
    page: Annotated[str, typer.Argument(help="Print this page; left out: list them all.")] = "",
) -> None:
    """List the pages of documentation, or print one: ghostnote docs rig."""
    known = pages()
    screen = console()
    if not page:
        width = max(map(len, known))
        for name, path in known.items():
            heading = path.read_text(encoding="utf-8").partition("\n")[0]
            screen.print(f"{name:{width}}  {heading.removeprefix('# ')}")
        return
    name = page.removeprefix("docs/").removesuffix(".md")
    if name not in known:
        raise InputError(f"there is no page {shown(page)}; {choices(name, known)}")
    text = known[name].read_text(encoding="utf-8")
    if screen.is_terminal:
        screen.print(Markdown(text), soft_wrap=False)
    else:
        typer.echo(text, nl=False)


def pages() -> dict[str, Path]:
    """Return the pages by their names: those that a user needs first, then what was measured."""
    folder = shipped_folder("docs")
    found = [*sorted(folder.glob("*.md")), *sorted(folder.glob("*/*.md"))]
    return {path.relative_to(folder).with_suffix("").as_posix(): path for path in found}
