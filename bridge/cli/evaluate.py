"""``ghostnote evaluate``: measure how well a bundle follows a recording."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
import typer
from rich.console import Console
from rich.table import Table

from bridge.audio.files import read_recording
from bridge.learning.lesson import require_torch
from bridge.learning.strokes import hear
from bridge.mapping.load import find_model
from models.mapping.bundle import Bundle
from models.mapping.mapper import Mapper

if TYPE_CHECKING:
    from models.training.evaluate import Errors
    from models.training.strokes import Strokes


def evaluate(
    model: Annotated[str, typer.Argument(help="A bundle, or the name of a shipped one.")],
    recording: Annotated[Path, typer.Argument(help="A recording of the drum; none of it should have been trained on.")],
    direct: Annotated[bool, typer.Option("--direct", help="Also find the best values for each stroke alone.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Measure a bundle on every stroke of a recording, beside doing nothing."""
    require_torch()
    bundle = Bundle.load(find_model(model, "MODEL"))
    heard = hear([read_recording(recording)], window_s=bundle.window_s)
    reference = nearest_to_reference(bundle, heard.strokes)
    columns = {name: _errors(bundle, heard.strokes, reference, name) for name in ("reference", "default")}
    found = _direct(bundle, heard.strokes, reference) if direct else None
    if as_json:
        typer.echo(json.dumps(_summary(columns, found, len(heard.strokes), heard.warnings)))
        return
    console = Console(highlight=False, markup=False, soft_wrap=True)
    for warning in heard.warnings:
        console.print(f"Note: {warning}.", style="yellow")
    console.print(_table(columns["reference"], found))
    console.print(_table(columns["default"], None))


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


def _summary(
    columns: dict[str, Errors], found: Errors | None, strokes: int, warnings: tuple[str, ...]
) -> dict[str, Any]:
    result: dict[str, Any] = {
        "strokes": strokes,
        "relative_error": round(columns["reference"].mean_relative, 4),
        "features": columns["reference"].table(),
        "hearing": {
            "relative_error": round(columns["default"].mean_relative, 4),
            "features": columns["default"].table(),
        },
        "warnings": list(warnings),
    }
    if found is not None:
        result["direct"] = {"relative_error": round(found.mean_relative, 4), "features": found.table()}
    return result


def _table(errors: Errors, found: Errors | None) -> Table:
    headings = ["feature", "error", "do nothing", "ratio"] + (["direct", "ratio"] if found else [])
    table = Table(*headings)
    for column, (name, row) in enumerate(errors.table().items()):
        cells = [name, f"{row['error']:.3f}", f"{row['do_nothing']:.3f}", f"{row['relative']:.2f}"]
        if found:
            cells += [f"{found.error[column]:.3f}", f"{found.relative[column]:.2f}"]
        table.add_row(*cells)
    table.add_row("mean", "", "", f"{errors.mean_relative:.2f}", *(["", f"{found.mean_relative:.2f}"] if found else []))
    return table
