"""``ghostnote train``: recordings of a drum and a preset become a bundle."""

from __future__ import annotations

import json
import shlex
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from bridge.audio.files import read_recording
from bridge.learning.lesson import learn_from, require_room, require_torch, write_lesson
from bridge.learning.strokes import Heard, Pupil
from bridge.rig.rig import Drum, Rig, load_rig
from models.mapping.architectures import ARCHITECTURES, architecture_named
from models.mapping.bundle import Bundle
from synth.errors import InputError, shown
from synth.output import free_path
from synth.presets import load_preset

if TYPE_CHECKING:
    from models.training.export import Finished
    from models.training.train import Settings


def train(
    recordings: Annotated[list[Path], typer.Argument(metavar="RECORDING", help="A minute of one drum, or more.")],
    preset: Annotated[
        str,
        typer.Option(help="What a stroke of median loudness plays, and which voice: a preset or file."),
    ],
    arch: Annotated[str, typer.Option(help=f"The model: {', '.join(ARCHITECTURES)}.")] = "mlp",
    out: Annotated[
        Path | None, typer.Option(help="The bundle to write or replace, its card beside it; left out: a free name.")
    ] = None,
    from_: Annotated[Path | None, typer.Option("--from", metavar="M0", help="Continue from this bundle.")] = None,
    rig: Annotated[
        str, typer.Option(help="The recordings are this rig's input, as `record` writes it: hear them as `play` would.")
    ] = "",
    drum: Annotated[str, typer.Option(help="Which of the rig's drums to learn; the first, if not given.")] = "",
    loss: Annotated[
        str,
        typer.Option(help="What to compare: default, balanced or reference; see docs/training.md."),
    ] = ("default"),
    epochs: Annotated[int, typer.Option(help="Times through all strokes.", min=1, max=100_000)] = 250,
    seed: Annotated[
        int, typer.Option(help="Of first weights, order, noise and which strokes are held out.", min=0, max=2**32 - 1)
    ] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Learn to answer a drum from a recording of it. Ctrl-C stops early and keeps the best so far."""
    require_torch()
    from models.training.losses import loss_named
    from models.training.train import Settings

    began = time.perf_counter()
    architecture_named(arch), loss_named(loss)
    patch = load_preset(preset)
    start = None if from_ is None else Bundle.load(from_, patch.space)
    path = out or free_path(Path(f"{recordings[0].stem}-{patch.name}.safetensors"))
    if path.suffix != ".safetensors":
        raise InputError(f"--out is {path}; a bundle's name ends with .safetensors")
    settings = Settings(arch=arch, loss=loss, epochs=epochs, seed=seed, split_seed=seed)
    pupil = chosen_pupil(rig, drum)
    require_room(path)
    played = [read_recording(each) for each in recordings]
    with watching(settings) as watch:
        finished, heard = learn_from(played, patch, settings, watch, start, pupil)
    written = write_lesson(finished, heard, path)
    seconds = time.perf_counter() - began
    if as_json:
        typer.echo(json.dumps(summary(finished, heard, path, seconds)))
    else:
        show(finished, heard, path, written, seconds, Console(highlight=False, markup=False, soft_wrap=True))


def chosen_pupil(rig: str, drum: str) -> Pupil | None:
    """Return the drum that ``--rig`` and ``--drum`` name, or None without them."""
    if not rig and drum:
        raise InputError(f"--drum is {shown(drum)}, and there is no --rig; name the rig that it belongs to")
    if not rig:
        return None
    checked = load_rig(rig)
    return Pupil(checked, chosen_drum(checked, drum))


def chosen_drum(rig: Rig, name: str) -> Drum:
    """Return a drum of the rig by its name, or the first."""
    if not name:
        return rig.drum[0]
    for drum in rig.drum:
        if drum.name == name:
            return drum
    raise InputError(f"--drum is {shown(name)}; the rig has {', '.join(drum.name for drum in rig.drum)}")


@contextmanager
def watching(settings: Settings) -> Iterator[Any]:
    """Show a bar with the loss and the time left while training runs, where a terminal can show it."""
    console = Console(stderr=True)
    words, loss = (TextColumn(text, markup=False) for text in ("{task.description}", "{task.fields[loss]}"))
    columns = (words, BarColumn(), loss, TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task("Training", total=settings.epochs, loss="listening")

        def watch(epoch: Any) -> None:
            text = f"epoch {epoch.number}  loss {epoch.train:.3f}  validation {epoch.validation:.3f}"
            progress.update(task, completed=epoch.number, loss=text)

        yield watch


def summary(finished: Finished, heard: Heard, path: Path, seconds: float) -> dict[str, Any]:
    """Return what ``--json`` prints."""
    card = finished.bundle.card
    return {
        "model": str(path),
        "seconds": round(seconds, 2),
        "epochs": len(finished.trained.curve),
        "kept_epoch": finished.trained.kept,
        "interrupted": finished.trained.interrupted,
        "strokes": len(heard.strokes),
        "held_out": len(finished.trained.split.test),
        "relative_error": round(finished.relative_error, 4),
        "features": card["held_out"]["reference"],
        "hearing": {"relative_error": card["relative_error"]["default"], "features": card["held_out"]["default"]},
        "warnings": list(heard.warnings),
    }


def show(finished: Finished, heard: Heard, path: Path, written: list[Path], seconds: float, console: Console) -> None:
    """Say in a few lines what was learned."""
    for warning in heard.warnings:
        console.print(f"Note: {warning}.", style="yellow")
    table = Table("feature", "held-out error", "do nothing", "ratio")
    for name, row in finished.bundle.card["held_out"]["reference"].items():
        table.add_row(name, f"{row['error']:.3f}", f"{row['do_nothing']:.3f}", f"{row['relative']:.2f}")
    console.print(table)
    early = "stopped early, " if finished.trained.interrupted else ""
    console.print(
        f"{len(heard.strokes)} strokes, {early}{len(finished.trained.curve)} epochs in {seconds:.1f} s: "
        f"{held_out_errors(finished)}."
    )
    console.print(f"Wrote {path}, and beside it {', '.join(each.name for each in written)}.")
    console.print(f"Try it: ghostnote render RECORDING --model {shlex.quote(str(path))}")


def held_out_errors(finished: Finished) -> str:
    """Return both means in words; where strokes follow each other closely, only ours leaves the next one out."""
    error = {name: f"{100 * value:.0f} %" for name, value in finished.bundle.card["relative_error"].items()}
    return f"held-out error {error['default']} of doing nothing by ear, {error['reference']} by the published features"
