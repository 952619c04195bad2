"""The ``ghostnote`` command: registers one function per command, each in its own module.

What a person can mend (`InputError`) is printed as one sentence and ends with code 2; Ctrl-C ends with 130 and no
traceback. Commands that need torch or a sound device import them when they run, so that ``--help`` is quick.
"""

from __future__ import annotations

import os
import sys

# One thread each for the libraries under numpy: a pool that wakes beside the audio thread costs more than it gives.
for _pool in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_pool, "1")

import typer
from rich.console import Console

from bridge.cli.calibrate import calibrate
from bridge.cli.check import check
from bridge.cli.demo import demo
from bridge.cli.detect import detect
from bridge.cli.devices import devices
from bridge.cli.doctor import doctor
from bridge.cli.evaluate import evaluate
from bridge.cli.experiment import experiment
from bridge.cli.importing import import_chart
from bridge.cli.latency import latency
from bridge.cli.learn import learn
from bridge.cli.play import play
from bridge.cli.record import record
from bridge.cli.render import render
from bridge.cli.train import train
from synth.errors import InputError

app = typer.Typer(
    name="ghostnote",
    help="Play any synth with an acoustic drum. Start with: ghostnote demo",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
    context_settings={"help_option_names": ["-h", "--help"]},
)

PLAYING = (demo, play, render, check, devices)
HEARING = (calibrate, detect)
LEARNING = (learn, record, train, evaluate, experiment)
SENDING = (latency, doctor, import_chart)

for _panel, _commands in (("Play", PLAYING), ("Hear", HEARING), ("Learn", LEARNING), ("Machine", SENDING)):
    for _command in _commands:
        app.command(_command.__name__.replace("_", "-"), rich_help_panel=_panel)(_command)


def run() -> None:
    """Run the command line; the console script of the package."""
    try:
        app()
    except InputError as error:
        Console(stderr=True, highlight=False, soft_wrap=True).print(str(error), style="bold red", markup=False)
        sys.exit(2)
    except BrokenPipeError:
        # The reader (head, less) has gone; Python must not complain again when it flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    run()
