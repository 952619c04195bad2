"""The ``ghostnote`` command: a table of commands, each in its own module and loaded only when it is asked for.

What a person can mend (`InputError`) is printed as one sentence and ends with code 2; Ctrl-C ends with 130 and no
traceback.
"""

from __future__ import annotations

import os
import re
import sys
from errno import EIO, ENOSPC
from importlib import import_module
from io import TextIOWrapper
from itertools import pairwise
from typing import NoReturn

import typer
from typer.exceptions import TyperException

from bridge.cli.screen import await_resent, console, end_on_signals, signal_told
from bridge.cli.usage import usage_sentence
from synth.errors import InputError, spelt

PANELS = {
    "Play": ("demo", "play", "render", "voices", "rig", "check", "devices", "files", "docs"),
    "Hear": ("detect", "calibrate"),
    "Learn": ("learn", "record", "train", "match", "style", "evaluate", "experiment"),
    "Reach": ("sample", "proxy"),
    "Machine": ("latency", "doctor", "import-chart"),
}
COMMANDS = {name: panel for panel, names in PANELS.items() for name in names}
"""Command: the panel of ``--help`` that lists it. Its function, or group, has its name, and so has its module."""

LONGEST_WORD = 400
"""A path that is longer than this is shown without its middle."""


def application(names: list[str]) -> typer.Typer:
    """Return the command line with only the named commands loaded.

    >>> len(application(["check"]).registered_commands)
    1
    """
    app = typer.Typer(
        name="ghostnote",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        rich_markup_mode="markdown",
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(ghostnote)
    import_module("bridge.targets.dispatch")  # a rig may name any of its targets, whatever the command does with it
    for name in names:
        python_name = name.replace("-", "_")
        command = getattr(import_module(f"bridge.cli.{python_name}"), python_name)
        if isinstance(command, typer.Typer):
            app.add_typer(command, name=name, rich_help_panel=COMMANDS[name])
        else:
            app.command(name, rich_help_panel=COMMANDS[name])(command)
    return app


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"ghostnote {version('ghostnote')}")
        raise typer.Exit


def ghostnote(
    version: bool = typer.Option(False, "--version", callback=_version, is_eager=True, help="Print the version."),
) -> None:
    """Play any synth with an acoustic drum. Start with: ghostnote demo."""


def run() -> None:
    """Run the command line; the console script of the package."""
    # One thread each for the libraries under numpy: a pool that wakes beside the audio thread costs more than it gives.
    for pool in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ.setdefault(pool, "1")
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):  # a name or a sign that this terminal cannot show ends no command
            stream.reconfigure(errors="backslashreplace")
    end_on_signals()
    asked = [word for word in sys.argv[1:2] if word in COMMANDS]
    try:
        _require_words(sys.argv[1:])
        try:
            # Not standalone: Typer's own errors fill a box of several lines.
            sys.exit(application(asked or list(COMMANDS))(standalone_mode=False))
        finally:
            await_resent()
    except InputError as error:
        _refuse(str(error))
    except TyperException as error:
        if len(sys.argv) == 1:  # the help that was asked for by saying nothing
            sys.exit(2)
        _refuse(usage_sentence(error, COMMANDS))
    except BrokenPipeError:
        # The reader (head, less) has gone; Python must not complain again when it flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except OSError as error:
        if error.errno not in (ENOSPC, EIO):  # a full disk, a terminal that is closed
            raise
        sys.stderr.write(f"cannot be written: {error.strerror}\n")
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(2)
    except Exception:
        # What is compiled may turn a signal's exception into an error of its own; any other keeps its traceback.
        if (number := signal_told()) is None:
            raise
        sys.exit(128 + number)
    except KeyboardInterrupt:
        sys.exit(130)


def _require_words(words: list[str]) -> None:
    """Refuse an empty word: a variable of a script that was never set must not pass for an option left out."""
    for before, word in pairwise(["", *words]):
        if not word or re.fullmatch(r"--[\w-]+=", word):
            option = word.rstrip("=") or (before if before.startswith("-") else "an argument")
            raise InputError(f"{option} is empty; give it a value, or leave it out")


def _refuse(sentence: str) -> NoReturn:
    """Print what is wrong and end with code 2."""
    console(as_json=True).print(_short(spelt(sentence)), style="bold red")
    sys.exit(2)


def _short(text: str) -> str:
    """Return a sentence in which the endless is cut.

    >>> len(_short("x" * 5000 + ": there is no such file"))
    325
    """
    return re.sub(rf"\S{{{LONGEST_WORD},}}", lambda word: f"{word[0][:200]}...{word[0][-100:]}", text)


if __name__ == "__main__":
    run()
