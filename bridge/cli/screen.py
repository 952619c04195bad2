"""What all commands share: how they print words, notes and bars, and which folders they write to. Door: Rich."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from errno import ENOTTY
from functools import partial
from pathlib import Path
from textwrap import wrap
from types import FrameType
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment

from synth.errors import InputError, spelt
from synth.files import require_file
from synth.outputs import require_folder

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
        words = [self._broken(spelt(one)) if isinstance(one, str) else one for one in objects]
        options.setdefault("soft_wrap", all(isinstance(one, str) for one in objects))
        super().print(*words, **options)

    def _broken(self, text: str) -> str:
        """Return a text in lines that fit the terminal."""
        if not self.is_terminal:
            return text
        return "\n".join(wrap(text, self.width, break_long_words=False, break_on_hyphens=False))

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        """Yield the pieces of anything that is printed; cells of tables and texts with styles are spelt out here."""
        for segment in super().render(renderable, options):
            plain = segment.control or segment.text.isprintable()
            yield segment if plain else Segment("\n".join(map(spelt, segment.text.split("\n"))), segment.style)


def console(as_json: bool = False) -> Screen:
    """Return where words go: names are printed as they are, a line each.

    With ``--json`` words go to stderr, because stdout belongs to the program that reads it.
    """
    return Screen(stderr=as_json, highlight=False, markup=False)


def show_notes(notes: Iterable[str], screen: Console) -> None:
    """Print what a person should know although nothing is wrong, a line each."""
    for note in notes:
        screen.print(f"Note: {note}{'' if note.endswith('?') else '.'}", style="yellow")


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
    bar = Progress(*columns, console=screen, transient=True, disable=not screen.is_terminal)
    task = bar.add_task(spelt(title), total=total, text="")

    def show(done: float, text: str = "") -> None:
        bar.update(task, completed=done, text=text)

    # What is being done must not end because the terminal that shows it is closed.
    with suppress(OSError):
        bar.start()
    try:
        yield show
    finally:
        with suppress(OSError):
            bar.stop()


ENDING = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name))
"""Signals that end a command: Ctrl-C, a request to end, and a terminal that is closed."""

RESEND_S = 0.02
"""After this a signal is sent again that came in a callback or an import: by then that is over, as a rule."""


_resends: list[threading.Timer] = []
"""The signals that are sent again."""


_lost: list[int] = []
"""The signals whose exception was lost."""


_told: list[int] = []
"""The signals that told this command to end."""


def end_on_signals() -> None:
    """Let a command that is told to end clean up behind itself. `stop_on` is for what ends in a way of its own."""
    _told.clear()
    _lost.clear()
    for number in ENDING:
        if signal.getsignal(number) not in (signal.SIG_IGN, None):  # nohup
            signal.signal(number, _end)
    if not isinstance(sys.unraisablehook, partial):
        sys.unraisablehook = partial(_end_after_all, sys.unraisablehook)


def _end(number: int, frame: FrameType | None) -> None:
    if _must_wait(frame):
        _resend(number)
        return
    _told.append(number)
    if number == signal.SIGINT:
        raise KeyboardInterrupt
    for other in ENDING[1:]:  # a second one must not break off the cleaning up
        signal.signal(other, signal.SIG_IGN)
    _let_go_of_terminal(number)
    sys.exit(128 + number)


def _must_wait(frame: FrameType | None) -> bool:
    """Tell whether an exception in a frame would do harm: it, or one that led to it, loads a module or is of a library.

    Compiled modules call Python while they are loaded, and few of them let an exception through: torch aborts the
    process, pydantic prints it into a `SchemaError`, scipy says `initialization failed`. llvmlite frees an object a
    second time if it is broken off in between. What begins a Sobol sequence in scipy prints a traceback and goes on.
    """
    while frame is not None:
        loads = frame.f_code.co_filename == "<frozen importlib._bootstrap>"
        if loads or str(frame.f_globals.get("__name__")).startswith(("llvmlite.", "scipy.stats._qmc")):
            return True
        frame = frame.f_back
    return False


def _end_after_all(tell: Callable[[Any], object], lost: Any) -> None:
    """Send a signal again whose exception went no further than a library's callback, as of numba's compiler."""
    number = _ends_by(lost.exc_value)
    if number is None:
        tell(lost)
    elif "atexit" not in (lost.err_msg or ""):  # where the program ends already
        if signal.getsignal(number) == signal.SIG_IGN:
            signal.signal(number, _end)
        _lost.append(number)
        _resend(number)


def _resend(number: int) -> None:
    """Send a signal again in a moment."""
    resend = threading.Timer(RESEND_S, os.kill, (os.getpid(), number))
    resend.daemon = True
    with suppress(RuntimeError):  # where the program ends already
        resend.start()
        _resends.append(resend)


def signal_told() -> int | None:
    """Return the signal that told the command to end, if one did and nothing has gone on after it as asked."""
    return _told[-1] if _told else None


def _ends_by(error: BaseException) -> int | None:
    """Return the signal whose exception this is; that of `stop_on` names it."""
    if isinstance(error, KeyboardInterrupt):
        return error.args[0] if error.args else signal.SIGINT
    return {128 + one: one for one in ENDING}.get(error.code) if isinstance(error, SystemExit) else None


def await_resent() -> None:
    """Let a signal that is sent again arrive.

    Before that, the library whose callback it broke off may say that a recording is at fault, or half of it may pass
    for the whole.
    """
    while _resends:
        _resends.pop().join()


def _let_go_of_terminal(number: int) -> None:
    """Write to nowhere from now on if the terminal is closed: every word to it would be an error."""
    if number == getattr(signal, "SIGHUP", None):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        for stream in filter(_is_terminal, (1, 2)):
            os.dup2(nowhere, stream)
        os.close(nowhere)


def _is_terminal(stream: int) -> bool:
    """Tell whether a stream leads to a terminal, also to one that is gone, of which nothing can be asked."""
    try:
        os.ttyname(stream)
    except OSError as error:
        return error.errno != ENOTTY
    return True


class Stop(threading.Event):
    """Set by a signal.

    Attributes
    ----------
    number : int
        The signal, or 0.
    """

    number = 0

    @property
    def code(self) -> int:
        """The exit code of a command that does not go on after what was stopped; 0 where it goes on after Ctrl-C."""
        return 0 if self.number in (0, signal.SIGINT) else 128 + self.number


@contextmanager
def stop_on(*signals: int, breaks: bool = False) -> Iterator[Stop]:
    """Give an event that signals set; afterwards they mean again what they did before. `nohup` is obeyed.

    Where it ``breaks``, the first one is a `KeyboardInterrupt` too.
    """
    stop = Stop()

    def end(number: int, frame: FrameType | None) -> None:
        if breaks and not stop.is_set() and _must_wait(frame):
            _resend(number)
            return
        stop.number = number
        _let_go_of_terminal(number)
        again = stop.is_set() and number not in _lost
        _lost.clear()
        stop.set()
        if breaks and not again:
            raise KeyboardInterrupt(number)

    obeyed = (number for number in signals if number == signal.SIGINT or signal.getsignal(number) != signal.SIG_IGN)
    before = {number: signal.signal(number, end) for number in obeyed}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def breaking_off() -> Iterator[Stop]:
    """Let a request to end, or a terminal that is closed, break off what runs as Ctrl-C does, and keep what there is.

    What runs may take the `KeyboardInterrupt` and go on to its end; `Stop.code` is then the command's.
    """
    with stop_on(*ENDING[1:], breaks=True) as stop:
        try:
            yield stop
        except KeyboardInterrupt:
            if stop.code:
                raise SystemExit(stop.code) from None
            raise
        _told.clear()  # that was broken off as asked: an error of what follows is its own


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
