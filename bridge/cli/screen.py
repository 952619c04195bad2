"""What all commands share: how they print words, notes and bars, and which folders they write to. Door: Rich."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from textwrap import wrap
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console

from synth.errors import InputError
from synth.files import require_file, require_folder

if TYPE_CHECKING:
    from rich.table import Column

RigName = Annotated[str, typer.Option(help="A rig file, or the name of a shipped rig.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for programs instead of words.")]


class Screen(Console):
    """Where words go. On a terminal lines are broken between words, elsewhere each sentence stays one line.

    A word that is longer than the terminal is wide, as a path may be, stays whole: who copies it gets all of it. Signs
    that a terminal would obey are spelt out, wherever they came from: a file or device may be named so.
    """

    def print(self, *objects: Any, **options: Any) -> None:
        """Print as `rich.console.Console` does."""
        words = [self._broken(printable(one)) if isinstance(one, str) else one for one in objects]
        options.setdefault("soft_wrap", all(isinstance(one, str) for one in objects))
        super().print(*words, **options)

    def _broken(self, text: str) -> str:
        """Return a text in lines that fit the terminal."""
        if not self.is_terminal:
            return text
        lines = (wrap(line, self.width, break_long_words=False, break_on_hyphens=False) for line in text.split("\n"))
        return "\n".join("\n".join(line) for line in lines)


def printable(text: str) -> str:
    r"""Return a text in which signs that a terminal would obey, but for ends of lines, are spelt out.

    >>> printable("a\x1b[2Jb\n")
    'a\\x1b[2Jb\n'
    """
    return "".join(sign if sign.isprintable() or sign == "\n" else repr(sign)[1:-1] for sign in text)


def console(as_json: bool = False) -> Screen:
    """Return where words go: names are printed as they are.

    With ``--json`` words go to stderr, because stdout belongs to the program that reads it.
    """
    return Screen(stderr=as_json, highlight=False, markup=False)


def show_notes(notes: Iterable[str], screen: Console) -> None:
    """Print what a person should know although nothing is wrong, a line each."""
    for note in notes:
        screen.print(f"Note: {note}.", style="yellow")


def numbers(*headings: str) -> list[Column]:
    """Return columns of a table whose cells are numbers."""
    from rich.table import Column

    return [Column(heading, justify="right", no_wrap=True) for heading in headings]


@contextmanager
def progress(title: str, total: float) -> Iterator[Callable[..., None]]:
    """Give a function that takes (done, text) and moves a bar, where stderr is a terminal."""
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    screen = console(as_json=True)
    words, text = (TextColumn(field, markup=False) for field in ("{task.description}", "{task.fields[text]}"))
    columns = (words, BarColumn(), text, TimeRemainingColumn())
    with Progress(*columns, console=screen, transient=True, disable=not screen.is_terminal) as bar:
        task = bar.add_task(title, total=total, text="")

        def show(done: float, text: str = "") -> None:
            bar.update(task, completed=done, text=text)

        yield show


@contextmanager
def stop_on(*signals: int) -> Iterator[threading.Event]:
    """Give an event that signals set; afterwards they mean again what they did before."""
    stop = threading.Event()
    before = {number: signal.signal(number, lambda _number, _frame: stop.set()) for number in signals}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def out_folders(recordings: Sequence[Path], out: Path) -> dict[Path, Path]:
    """Return the output folder of each recording: ``out`` for one, a folder inside it for each of several.

    Raises
    ------
    InputError
        A recording is not there, two have one stem, or a file is in the place of a folder.
    """
    folders = {path: out / path.stem for path in recordings} if len(recordings) > 1 else {recordings[0]: out}
    if len(set(folders.values())) < len(recordings):
        raise InputError(f"{', '.join(map(str, recordings))}: two recordings have one stem; rename one")
    for path in recordings:
        require_file(path)
    for folder in (out, *folders.values()):
        require_folder(folder)
    return folders
