"""``ghostnote train``: recordings of a drum and a preset become a bundle."""

from __future__ import annotations

import json
import os
import shlex
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console

from bridge.audio.files import open_take
from bridge.cli.evaluate import error_table, figures
from bridge.cli.screen import AsJson, breaking_off, console, progress, show_notes
from bridge.learning.cable import BUDGETS
from bridge.learning.lesson import learn_from, require_room, require_torch, write_lesson
from bridge.learning.strokes import Heard, Pupil
from bridge.learning.synth_teacher import ROUNDS_HELP, WAYS, teacher_of
from bridge.learning.verdict import Verdict, verdict
from bridge.rig.rig import Drum, Rig, load_rig
from bridge.sampling.engine import Way
from models.mapping.architectures import ARCHITECTURES, architecture_named
from models.mapping.bundle import LONGEST_WINDOW_S, MODELS, SHORTEST_WINDOW_S, Bundle
from models.training.loss_kinds import LOSSES, loss_named, weighted
from models.training.recipes import LARGEST_BATCH, LARGEST_RATE, LEAST_RATE, RECIPES, recipe_named
from synth.errors import InputError, counted_noun, shown
from synth.outputs import free_path, require_writable, write_whole

if TYPE_CHECKING:
    from models.training.export import Finished
    from models.training.train import Settings


def train(
    recordings: Annotated[list[Path], typer.Argument(metavar="RECORDING", help="One drum, a minute or more in all.")],
    preset: Annotated[
        str,
        typer.Option(help="Preset for a stroke of median loudness, with its voice; or a file. --synth: may be left."),
    ] = "",
    arch: Annotated[str, typer.Option(help=f"The model: {', '.join(ARCHITECTURES)}.")] = "mlp",
    out: Annotated[Path | None, typer.Option(help="Bundle file to write or replace; default: a free name.")] = None,
    from_: Annotated[Path | None, typer.Option("--from", metavar="M0", help="Continue from this bundle.")] = None,
    rig: Annotated[str, typer.Option(help="Rig that recorded them; strokes are found as `play` finds them.")] = "",
    drum: Annotated[str, typer.Option(help="Drum of the rig to train for; default: the first.")] = "",
    loss: Annotated[str, typer.Option(help=f"Loss: {', '.join(LOSSES)}; see docs/training.md.")] = "default",
    epochs: Annotated[int, typer.Option(help="Passes over all strokes.", min=1, max=100_000)] = 250,
    seed: Annotated[int, typer.Option(help="Of first weights, order and noise.", min=0, max=2**32 - 1)] = 0,
    split_seed: Annotated[int, typer.Option(help="Of which strokes are held out.", min=0, max=2**32 - 1)] = 0,
    recipe: Annotated[str, typer.Option(help=f"How to train: {', '.join(RECIPES)}.")] = "ours",
    lr: Annotated[float | None, typer.Option(help="First learning rate, 1e-6 to 1; default: the recipe's.")] = None,
    batch: Annotated[
        int | None, typer.Option(help="Strokes a step; default: the recipe's.", min=1, max=LARGEST_BATCH)
    ] = None,
    window_ms: Annotated[
        float | None, typer.Option(help="What features look at after each onset, 1 to 100 ms; default 5.33.")
    ] = None,
    weight: Annotated[
        list[str] | None, typer.Option(metavar="FEATURE=NUMBER", help="What a feature of the loss counts; 1 is usual.")
    ] = None,
    groups: Annotated[
        list[Path] | None, typer.Option(help="CSV with onset_s and group, one a recording: strokes kept together.")
    ] = None,
    curve: Annotated[Path | None, typer.Option(help="CSV file to write the learning curve to.")] = None,
    synth: Annotated[str, typer.Option(help="Profile of a synth that is not ours, instead of a voice.")] = "",
    proxy: Annotated[Path | None, typer.Option(help="The synth's proxy, made by ghostnote proxy.")] = None,
    gradient: Annotated[str, typer.Option(help=f"With --synth, the way to a gradient: {', '.join(WAYS)}.")] = "proxy",
    budget: Annotated[str, typer.Option(help=f"With --synth, the cable: {', '.join(BUDGETS)}.")] = "none",
    rounds: Annotated[int | None, typer.Option(help=f"With --synth: {ROUNDS_HELP}", min=0)] = None,
    plugin: Annotated[str, typer.Option(help="File of the plugin, where --synth is one.")] = "",
    as_json: AsJson = False,
) -> None:
    """Train a model on recordings of a drum. Ctrl-C, or a closed terminal, stops early and keeps the best so far."""
    require_torch()
    began = time.perf_counter()
    way = settings_of(arch, loss, recipe, lr, batch, weight or ())
    settings = replace(way, epochs=epochs, seed=seed, split_seed=split_seed)
    window_s = checked_window_s(window_ms)
    teacher = teacher_of(preset, synth, proxy, gradient, budget, Way(plugin=plugin), rounds)
    start = None if from_ is None else Bundle.load(named_bundle(from_), teacher.space)
    path = out or free_path(Path(f"{recordings[0].stem}-{teacher.name}.safetensors"))
    require_bundle_name(path)
    pupil = chosen_pupil(rig, drum)
    require_room(path)
    if curve is not None:
        require_writable(curve)
    played = [open_take(each) for each in recordings]
    with teacher, breaking_off() as stop, watching(settings) as watch:
        finished, heard = learn_from(
            played, teacher, settings, watch, start, pupil, window_s=window_s, groups=groups or (), command=sys.argv[1:]
        )
        path = out or free_path(path)  # another command may have taken the first name meanwhile
        written = write_lesson(finished, heard, path, teacher)
    if curve is not None:
        write_whole(curve, curve_csv(finished))
    seconds = time.perf_counter() - began
    if as_json:
        typer.echo(json.dumps(summary(finished, heard, path, seconds)))
    else:
        show(finished, heard, path, written, seconds, console())
    if stop.code:
        raise typer.Exit(stop.code)


def named_bundle(name: Path) -> Path:
    """Return the bundle to continue from: what lies there, else one that ships by its name."""
    return name if os.path.lexists(name) else MODELS.find(name, "--from")


def settings_of(
    arch: str, loss: str, recipe: str, lr: float | None, batch: int | None, weights: Sequence[str]
) -> Settings:
    """Return how to train as the options say.

    Raises
    ------
    InputError
        A name that does not exist, or a number out of its range.
    """
    from models.training.train import Settings

    architecture_named(arch)
    if lr is not None and not LEAST_RATE <= lr <= LARGEST_RATE:
        raise InputError(f"--lr is {lr:g}; allowed is {LEAST_RATE:g} to {LARGEST_RATE:g}")
    chosen = recipe_named(recipe).with_own(arch, lr, batch)
    told = dict(map(_weight, weights))
    weighted(loss_named(loss), told)
    return Settings(arch=arch, loss=loss, recipe=chosen, weights=told)


def _weight(word: str) -> tuple[str, float]:
    name, _, number = word.partition("=")
    try:
        return name.strip(), float(number)
    except ValueError:
        raise InputError(f"--weight is {shown(word)}; write a feature and a number, as in --weight TC=2") from None


def checked_window_s(window_ms: float | None) -> float | None:
    """Return a window in seconds; `InputError` if bundles cannot have it."""
    shortest_ms, longest_ms = 1000 * SHORTEST_WINDOW_S, 1000 * LONGEST_WINDOW_S
    if window_ms is not None and not shortest_ms <= window_ms <= longest_ms:
        raise InputError(f"--window-ms is {window_ms:g}; allowed is {shortest_ms:g} to {longest_ms:g}")
    return None if window_ms is None else window_ms / 1000


def curve_csv(finished: Finished) -> str:
    """Return the learning curve: an epoch a line, with the start that it belongs to."""
    rows = ["epoch,start,loss,validation,seconds,kept"]
    for epoch in finished.trained.curve:
        kept = int(epoch.number == finished.trained.kept)
        figures = f"{epoch.train:.6g},{epoch.validation:.6g},{epoch.seconds:.3f}"
        rows.append(f"{epoch.number},{epoch.start},{figures},{kept}")
    return "\n".join(rows) + "\n"


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
        "verdict": judged(finished, heard).sentence(),
        "strokes": len(heard.strokes),
        "groups": finished.bundle.card["groups"],
        "held_out": len(finished.trained.split.test),
        **figures(finished.held_out["reference"]),
        "hearing": figures(finished.held_out["default"]),
        "warnings": list(heard.warnings),
    }


def show(finished: Finished, heard: Heard, path: Path, written: list[Path], seconds: float, screen: Console) -> None:
    """Print the held-out errors and the files that were written."""
    show_notes(heard.warnings, screen)
    synth = of_synth(finished)
    screen.print(judged(finished, heard).sentence(), style="bold")
    # The published scale of the temporal centroid makes a difference that nobody hears on a long sound a large error.
    screen.print(error_table(finished.held_out["default" if synth else "reference"]))
    early = "stopped early, " if finished.trained.interrupted else ""
    epochs = counted_noun(len(finished.trained.curve), "epoch")
    learned = f"{counted_noun(len(heard.strokes), 'stroke')}, {early}{epochs} in {seconds:.1f} s"
    screen.print(f"{learned}: {held_out_errors(finished)}.")
    screen.print(f"Wrote {path}, and beside it {', '.join(each.name for each in written)}.")
    model = shlex.quote(str(path))
    if synth:
        screen.print(f"Measure it: ghostnote evaluate {model} RECORDING --through {synth}")
        screen.print(f'Play it: in a rig\'s [[drum.play]] model = "{path}", profile = "{synth}" and a note.')
    else:
        screen.print(f"Try it: ghostnote render RECORDING --model {model}")


def of_synth(finished: Finished) -> str:
    """Return the name of the synth that a mapping was learned through; empty for a voice of ours."""
    made = finished.bundle.card.get("made", {})
    return str(made.get("learned_through", {}).get("synth", ""))


def judged(finished: Finished, heard: Heard) -> Verdict:
    """Return what the lesson was worth in a drummer's words, by the features that the ear hears."""
    return verdict(heard.strokes.features, finished.held_out["default"].mean_relative)


def held_out_errors(finished: Finished) -> str:
    """Return both mean errors in words. Only our features leave out a next stroke that follows closely."""
    error = {name: f"{100 * value:.0f} %" for name, value in finished.bundle.card["relative_error"].items()}
    low, high = (100 * end for end in finished.bundle.card["interval"]["reference"])
    return (
        f"held-out error {error['default']} of doing nothing by ear, {error['reference']} ({low:.0f} to {high:.0f} %) "
        "by the published features"
    )
