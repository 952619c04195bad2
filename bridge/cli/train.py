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

from bridge.audio.files import read_recording
from bridge.cli.evaluate import error_table, figures
from bridge.cli.screen import AsJson, console, progress, show_notes
from bridge.learning.lesson import learn_from, require_room, require_torch, write_lesson
from bridge.learning.strokes import Heard, Pupil
from bridge.rig.rig import Drum, Rig, load_rig
from models.mapping.architectures import ARCHITECTURES, architecture_named
from models.mapping.bundle import Bundle
from models.training.loss_kinds import LOSSES, loss_named
from synth.errors import InputError, shown
from synth.files import free_path
from synth.voices.presets import load_preset

if TYPE_CHECKING:
    from models.training.export import Finished
    from models.training.train import Settings


def train(
    recordings: Annotated[list[Path], typer.Argument(metavar="RECORDING", help="One drum, a minute or more in all.")],
    preset: Annotated[str, typer.Option(help="Preset for a stroke of median loudness, with its voice; or a file.")],
    arch: Annotated[str, typer.Option(help=f"The model: {', '.join(ARCHITECTURES)}.")] = "mlp",
    out: Annotated[Path | None, typer.Option(help="Bundle file to write or replace; default: a free name.")] = None,
    from_: Annotated[Path | None, typer.Option("--from", metavar="M0", help="Continue from this bundle.")] = None,
    rig: Annotated[str, typer.Option(help="Rig that recorded them; strokes are found as `play` finds them.")] = "",
    drum: Annotated[str, typer.Option(help="Drum of the rig to train for; default: the first.")] = "",
    loss: Annotated[str, typer.Option(help=f"Loss: {', '.join(LOSSES)}; see docs/training.md.")] = "default",
    epochs: Annotated[int, typer.Option(help="Passes over all strokes.", min=1, max=100_000)] = 250,
    seed: Annotated[int, typer.Option(help="Of weights, order, noise and held-out strokes.", min=0, max=2**32 - 1)] = 0,
    as_json: AsJson = False,
) -> None:
    """Train a model on recordings of a drum. Ctrl-C stops early and keeps the best epoch so far."""
    require_torch()
    from models.training.train import Settings

    began = time.perf_counter()
    architecture_named(arch), loss_named(loss)
    patch = load_preset(preset)
    start = None if from_ is None else Bundle.load(from_, patch.space)
    path = out or free_path(Path(f"{recordings[0].stem}-{patch.name}.safetensors"))
    require_bundle_name(path)
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
        show(finished, heard, path, written, seconds, console())


def require_bundle_name(out: Path) -> None:
    """Refuse a file name that does not end as bundles do."""
    if out.suffix != ".safetensors":
        raise InputError(f"--out is {out}; a bundle's name ends with .safetensors")


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
    found = [drum for drum in rig.drum if name in ("", drum.name)]
    if not found:
        raise InputError(f"--drum is {shown(name)}; the rig has {', '.join(drum.name for drum in rig.drum)}")
    return found[0]


@contextmanager
def watching(settings: Settings) -> Iterator[Any]:
    """Show a bar with the loss and the time left while training runs, where a terminal can show it."""
    with progress("Training", settings.epochs) as show_epoch:
        show_epoch(0, "listening")

        def watch(epoch: Any) -> None:
            text = f"epoch {epoch.number}  loss {epoch.train:.3f}  validation {epoch.validation:.3f}"
            show_epoch(epoch.number, text)

        yield watch


def summary(finished: Finished, heard: Heard, path: Path, seconds: float) -> dict[str, Any]:
    """Return what ``--json`` prints."""
    return {
        "model": str(path),
        "seconds": round(seconds, 2),
        "epochs": len(finished.trained.curve),
        "kept_epoch": finished.trained.kept,
        "interrupted": finished.trained.interrupted,
        "strokes": len(heard.strokes),
        "held_out": len(finished.trained.split.test),
        **figures(finished.held_out["reference"]),
        "hearing": figures(finished.held_out["default"]),
        "warnings": list(heard.warnings),
    }


def show(finished: Finished, heard: Heard, path: Path, written: list[Path], seconds: float, screen: Console) -> None:
    """Print the held-out errors and the files that were written."""
    show_notes(heard.warnings, screen)
    screen.print(error_table(finished.held_out["reference"]))
    early = "stopped early, " if finished.trained.interrupted else ""
    screen.print(
        f"{len(heard.strokes)} strokes, {early}{len(finished.trained.curve)} epochs in {seconds:.1f} s: "
        f"{held_out_errors(finished)}."
    )
    screen.print(f"Wrote {path}, and beside it {', '.join(each.name for each in written)}.")
    screen.print(f"Try it: ghostnote render RECORDING --model {shlex.quote(str(path))}")


def held_out_errors(finished: Finished) -> str:
    """Return both mean errors in words. Only our features leave out a next stroke that follows closely."""
    error = {name: f"{100 * value:.0f} %" for name, value in finished.bundle.card["relative_error"].items()}
    return f"held-out error {error['default']} of doing nothing by ear, {error['reference']} by the published features"
