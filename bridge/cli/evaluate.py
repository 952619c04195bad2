"""``ghostnote evaluate``: measure how well a bundle follows a recording."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
import typer
from rich.table import Table

from bridge.audio.files import Take, open_take
from bridge.cli.screen import AsJson, console, numbers, show_notes
from bridge.learning.copies import Rows, groups_of, words_on
from bridge.learning.lesson import few_words, require_torch
from bridge.learning.on_synth import on_synth, played_synth
from bridge.learning.provenance import trained_on
from bridge.learning.strokes import Heard, hear, strokes_at_rate
from bridge.sampling.engine import Way
from bridge.sampling.synth import SampledSynth
from models.mapping.bundle import MODELS, Bundle
from models.mapping.mapper import Mapper
from models.training.loss_kinds import LossKind, loss_named, weighted
from synth.errors import shown

if TYPE_CHECKING:
    from models.training.evaluate import Errors
    from models.training.strokes import Strokes

METRICS = ("reference", "default")
"""Losses whose features are measured."""


def evaluate(
    model: Annotated[str, typer.Argument(help="A bundle, or the name of a shipped one.")],
    recording: Annotated[Path, typer.Argument(help="Recording of the drum that the bundle was not trained on.")],
    direct: Annotated[bool, typer.Option("--direct", help="Also optimise each stroke's parameters alone.")] = False,
    groups: Annotated[Path | None, typer.Option(help="CSV with onset_s and group: strokes that are copies.")] = None,
    through: Annotated[str, typer.Option(help="Profile of the synth that the bundle is for: it plays itself.")] = "",
    proxy: Annotated[Path | None, typer.Option(help="With --through: its proxy, whose belief is shown beside.")] = None,
    plugin: Annotated[str, typer.Option(help="File of the plugin, where --through is one.")] = "",
    as_json: AsJson = False,
) -> None:
    """Measure a bundle's error on every stroke of a recording, and that of an unmoved preset."""
    require_torch()
    bundle = Bundle.load(MODELS.find(model, "MODEL"))
    synth = played_synth(bundle, through, proxy)
    played = open_take(recording)
    heard = hear([played], window_s=bundle.window_s)
    if synth is not None:
        _on_synth(bundle, heard, synth, proxy, Way(plugin=plugin), as_json)
        return
    group = groups_of(heard, [played], [] if groups is None else [groups])
    reference = nearest_to_reference(bundle, heard.strokes)
    columns = {name: _errors(bundle, heard.strokes, reference, name, group) for name in METRICS}
    found = _direct(bundle, heard.strokes, reference, group) if direct else {}
    notes = [*heard.warnings, *filter(None, (_known(bundle, played), words_on(group)))]
    notes += filter(None, [few_words(columns["default"])])
    if as_json:
        said: dict[str, Any] = {"strokes": len(heard.strokes), "groups": len(np.unique(group))}
        said |= {**figures(columns["reference"]), "hearing": figures(columns["default"])}
        said |= {"warnings": notes, "training_recording": bool(_known(bundle, played))}
        if found:
            said |= {"direct": figures(found["reference"]), "direct_hearing": figures(found["default"])}
        typer.echo(json.dumps(said))
        return
    screen = console()
    show_notes(notes, screen)
    for name in METRICS:
        screen.print(error_table(columns[name], found.get(name)))


def _on_synth(bundle: Bundle, heard: Heard, synth: SampledSynth, proxy: Path | None, way: Way, as_json: bool) -> None:
    """Play the strokes on the synth itself, measure what sounds, and print it."""
    heard = replace(heard, strokes=strokes_at_rate(heard.strokes))
    reference = nearest_to_reference(bundle, heard.strokes)
    found = on_synth(bundle, heard.strokes, reference, synth, proxy, way)
    if as_json:
        said = {name: figures(errors) for name, errors in found.real.items()}
        believed = {name: figures(errors) for name, errors in found.believed.items()}
        table = {"strokes": len(heard.strokes), "real": said, "believed": believed, "loudness": found.loudness}
        typer.echo(json.dumps(table | {"warnings": list(heard.warnings)}))
        return
    screen = console()
    show_notes(heard.warnings, screen)
    for name in METRICS:
        screen.print(error_table(found.real[name], found.believed.get(name), "proxy"))
    screen.print(f"Loudness of drum and {synth.name}: correlation {found.loudness:.3f}.")


def _known(bundle: Bundle, recording: Take) -> str:
    """Say that a bundle was trained on a recording; empty if it was not, or if its card does not tell."""
    name = trained_on(bundle.card, recording)
    if not name:
        return ""
    same = "this recording" if name == recording.path.name else f"{shown(name)}, which holds the same sound"
    return (
        f"the bundle was trained on {same}: these errors say how well it learned, not how it follows new strokes; "
        "record another take to know that"
    )


def nearest_to_reference(bundle: Bundle, strokes: Strokes) -> int:
    """Return the row of the stroke that sounds most like the bundle's reference to the model."""
    relative = np.stack([Mapper(bundle).relative(row) for row in strokes.features])
    return int(np.argmin(np.square(relative).sum(-1)))


def _errors(bundle: Bundle, strokes: Strokes, reference: int, name: str, groups: Rows) -> Errors:
    import torch

    from models.training.evaluate import errors_of

    mapper = Mapper(bundle)
    modulations = torch.as_tensor(np.stack([mapper(row) for row in strokes.features]))
    found = errors_of(modulations, np.arange(len(strokes)), strokes, reference, bundle.preset, name)
    return replace(found, groups=groups)


def _direct(bundle: Bundle, strokes: Strokes, reference: int, groups: Rows) -> dict[str, Errors]:
    """Return the errors of direct optimisation with the loss that the bundle learned with, per set of features."""
    from models.training.evaluate import errors_of
    from models.training.oracle import optimize_strokes

    rows = np.arange(len(strokes))
    found = optimize_strokes(strokes, rows, reference, bundle.preset, _loss(bundle))
    each = {name: errors_of(found, rows, strokes, reference, bundle.preset, name) for name in METRICS}
    return {name: replace(errors, groups=groups) for name, errors in each.items()}


def _loss(bundle: Bundle) -> LossKind:
    """Return the loss that a bundle's card names with its weights; `default` where the card does not tell."""
    settings = bundle.card.get("settings")
    settings = settings if isinstance(settings, dict) else {}
    weights = settings.get("weights")
    weights = weights if isinstance(weights, dict) else {}
    # A stranger's card may say anything.
    numbers = {str(name): float(each) for name, each in weights.items() if isinstance(each, (int, float))}
    return weighted(loss_named(str(settings.get("loss", "default"))), numbers)


def figures(errors: Errors) -> dict[str, Any]:
    """Return what ``--json`` prints of errors."""
    interval = [round(end, 4) for end in errors.interval()[1:]]
    return {"relative_error": round(errors.mean_relative, 4), "interval": interval, "features": errors.table()}


def _ends(errors: Errors) -> str:
    _, low, high = errors.interval()
    return f"{low:.2f}-{high:.2f}"


def error_table(errors: Errors, found: Errors | None = None, word: str = "direct") -> Table:
    """Return errors as a row per feature, their mean and its interval; ``found`` adds others under a ``word``."""
    table = Table("feature", *numbers("error", "do nothing", "ratio", *([word, "ratio"] if found else [])))
    pairs = zip(errors.error, errors.do_nothing, errors.relative, strict=True)
    rows = [[f"{error:.3f}", f"{nothing:.3f}", f"{ratio:.2f}"] for error, nothing, ratio in pairs]
    means = ["", "", f"{errors.mean_relative:.2f}"]
    ends = ["", "", _ends(errors)]
    if found:
        rows = [[*row, f"{e:.3f}", f"{r:.2f}"] for row, e, r in zip(rows, found.error, found.relative, strict=True)]
        means += ["", f"{found.mean_relative:.2f}"]
        ends += ["", _ends(found)]
    names = (*errors.names, f"mean of {len(errors.wanted)}", "95 % interval")
    for name, cells in zip(names, (*rows, means, ends), strict=True):
        table.add_row(name, *cells)
    return table
