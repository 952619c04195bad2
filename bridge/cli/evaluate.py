"""``ghostnote evaluate``: measure how well a bundle follows a recording."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
import typer
from rich.table import Table

from bridge.audio.files import read_recording
from bridge.cli.screen import AsJson, console, numbers, show_notes
from bridge.learning.lesson import require_torch
from bridge.learning.strokes import hear
from models.mapping.bundle import MODELS, Bundle
from models.mapping.mapper import Mapper

if TYPE_CHECKING:
    from models.training.evaluate import Errors
    from models.training.strokes import Strokes


def evaluate(
    model: Annotated[str, typer.Argument(help="A bundle, or the name of a shipped one.")],
    recording: Annotated[Path, typer.Argument(help="Recording of the drum that the bundle was not trained on.")],
    direct: Annotated[bool, typer.Option("--direct", help="Also optimise each stroke's parameters alone.")] = False,
    as_json: AsJson = False,
) -> None:
    """Measure a bundle's error on every stroke of a recording, and that of an unmoved preset."""
    require_torch()
    bundle = Bundle.load(MODELS.find(model, "MODEL"))
    heard = hear([read_recording(recording)], window_s=bundle.window_s)
    reference = nearest_to_reference(bundle, heard.strokes)
    columns = {name: _errors(bundle, heard.strokes, reference, name) for name in ("reference", "default")}
    found = _direct(bundle, heard.strokes, reference) if direct else None
    if as_json:
        said = {"strokes": len(heard.strokes), **figures(columns["reference"]), "hearing": figures(columns["default"])}
        said |= {"warnings": list(heard.warnings)} | ({"direct": figures(found)} if found else {})
        typer.echo(json.dumps(said))
        return
    screen = console()
    show_notes(heard.warnings, screen)
    screen.print(error_table(columns["reference"], found))
    screen.print(error_table(columns["default"]))


def nearest_to_reference(bundle: Bundle, strokes: Strokes) -> int:
    """Return the row of the stroke that sounds most like the bundle's reference to the model."""
    relative = np.stack([Mapper(bundle).relative(row) for row in strokes.features])
    return int(np.argmin(np.square(relative).sum(-1)))


def _errors(bundle: Bundle, strokes: Strokes, reference: int, name: str) -> Errors:
    import torch

    from models.training.evaluate import errors_of

    mapper = Mapper(bundle)
    modulations = torch.as_tensor(np.stack([mapper(row) for row in strokes.features]))
    return errors_of(modulations, np.arange(len(strokes)), strokes, reference, bundle.preset, name)


def _direct(bundle: Bundle, strokes: Strokes, reference: int) -> Errors:
    from models.training.evaluate import errors_of
    from models.training.oracle import optimize_strokes

    rows = np.arange(len(strokes))
    found = optimize_strokes(strokes, rows, reference, bundle.preset)
    return errors_of(found, rows, strokes, reference, bundle.preset, "reference")


def figures(errors: Errors) -> dict[str, Any]:
    """Return what ``--json`` prints of errors."""
    return {"relative_error": round(errors.mean_relative, 4), "features": errors.table()}


def error_table(errors: Errors, found: Errors | None = None) -> Table:
    """Return errors as a row per feature and one of their mean; ``found`` adds direct optimisation beside them."""
    table = Table("feature", *numbers("error", "do nothing", "ratio", *(["direct", "ratio"] if found else [])))
    pairs = zip(errors.error, errors.do_nothing, errors.relative, strict=True)
    rows = [[f"{error:.3f}", f"{nothing:.3f}", f"{ratio:.2f}"] for error, nothing, ratio in pairs]
    means = ["", "", f"{errors.mean_relative:.2f}"]
    if found:
        rows = [[*row, f"{e:.3f}", f"{r:.2f}"] for row, e, r in zip(rows, found.error, found.relative, strict=True)]
        means += ["", f"{found.mean_relative:.2f}"]
    for name, cells in zip((*errors.names, "mean"), (*rows, means), strict=True):
        table.add_row(name, *cells)
    return table
