"""A training run for people: the card as Markdown and the picture."""

from __future__ import annotations

from pathlib import Path
from textwrap import fill
from typing import TYPE_CHECKING, Any

import numpy as np

from models.features.tables import REFERENCE_FEATURES
from models.mapping.bundle import Bundle
from synth.errors import counted_noun
from synth.figures import BLUE, FONT_PT, GREY, INK, RED, drawable, picture

if TYPE_CHECKING:
    from models.training.evaluate import Errors
    from models.training.export import Finished
    from models.training.train import Epoch

TITLE_SIGNS = 33
"""In a line of a small picture's title."""

_TITLES = {"reference": "The published seven features", "default": "Ghostnote's eleven features"}


def training_card(name: str, bundle: Bundle, card: dict[str, Any]) -> str:
    """Return the card as Markdown."""
    settings, split, versions = card["settings"], card["split"], card["versions"]
    copies = "" if card["groups"] == card["strokes"] else f" ({card['groups']} different ones)"
    options = "".join(f", {name} counts {weight:g}" for name, weight in settings["weights"].items())
    lines = [
        f"# {name}",
        "",
        f"A mapping from an acoustic drum to `{bundle.space.name}`, preset `{bundle.preset.name}`.",
        "",
        "| | |",
        "|---|---|",
        f"| learned from | {', '.join(card['recordings'])} |",
        f"| strokes | {card['strokes']}{copies}: {split['train']} trained on, {split['validation']} chose the epoch, "
        f"{split['test']} held out |",
        f"| model | {settings['arch']}, loss `{settings['loss']}`{options} |",
        f"| recipe | {settings['recipe']}, learning rate {settings['learning_rate']:g}, batch {settings['batch']} |",
        f"| seeds | {settings['seed']} of weights, {settings['split_seed']} of the split |",
        f"| epochs | {len(card['curve']['train'])} of {settings['epochs']}, number {card['kept_epoch']} kept |",
        f"| window | {1000 * bundle.window_s:.2f} ms at {bundle.sample_rate} Hz |",
        f"| versions | {', '.join(f'{key} {value}' for key, value in versions.items())} |",
    ]
    lines += _origin(card.get("made", {}))
    lines += [f"| warning | {warning} |" for warning in card.get("warnings", [])]
    for kind, table in card["held_out"].items():
        lines += ["", f"## {_TITLES[kind]}, held-out strokes", ""]
        lines += ["| feature | error | do nothing | error / do nothing |", "|---|---|---|---|"]
        lines += [f"| {k} | {v['error']:.3f} | {v['do_nothing']:.3f} | {v['relative']:.2f} |" for k, v in table.items()]
        low, high = card["interval"][kind]
        lines += [f"| mean, 95 % interval | | | {card['relative_error'][kind]:.2f} ({low:.2f} to {high:.2f}) |"]
    return "\n".join(lines) + "\n"


def _origin(made: dict[str, Any]) -> list[str]:
    """Return the rows on where a bundle comes from."""
    if not made:
        return []
    program = f"{made['version']} {made['commit']}".strip()
    rows = [f"| program | Ghostnote {program} |", f"| command | `{made['command']}` |" if made["command"] else ""]
    rows += [f"| sound of {each['name']} | SHA-256 {each['sha256']} |" for each in made["recordings"]]
    rows += [f"| preset {made['preset']['name']} | SHA-256 {made['preset']['sha256']} |"]
    return [row for row in rows if row]


def draw_training(finished: Finished, path: Path, title: str) -> None:
    """Draw the learning curve, and wanted against reached differences of every stroke, held-out ones marked."""
    # A fixed layout: finding one takes longer than drawing.
    with picture(path, height=7.0, layout=None) as figure:
        figure.subplots_adjust(left=0.06, right=0.99, bottom=0.08, top=0.86, wspace=0.32, hspace=0.5)
        axes = figure.subplots(2, 4).ravel()
        _draw_curve(axes[0], finished)
        errors = finished.errors["reference"]
        for column, axis in enumerate(axes[1:]):
            _draw_feature(axis, errors, column, finished.trained.split.test)
        held_out = finished.held_out["reference"].mean_relative
        words = (
            f"{drawable(title)}: mean error of the seven published features over held-out strokes: "
            f"{100 * held_out:.0f} % of doing nothing"
        )
        figure.suptitle(words, parse_math=False)  # a file may be named $1$


def _draw_curve(axis: Any, finished: Finished) -> None:
    """Draw the loss of each start over that start's own epochs: the best goes on, the others end early."""
    curve, kept = finished.trained.curve, finished.trained.kept
    own: dict[int, list[Epoch]] = {}
    for epoch in curve:
        own.setdefault(epoch.start, []).append(epoch)
    best = next((epoch.start for epoch in curve if epoch.number == kept), None)
    for start, epochs in own.items():
        counts = range(1, len(epochs) + 1)
        look: dict[str, Any] = {"linewidth": 1.2} if start == best else {"linewidth": 0.7, "alpha": 0.5}
        for colour, name in ((BLUE, "train"), (RED, "validation")):
            label = {"train": "training", "validation": "validation"}[name] if start == best else None
            axis.plot(counts, [getattr(epoch, name) for epoch in epochs], color=colour, label=label, **look)
        if start == best:
            place = next(count for count, epoch in zip(counts, epochs, strict=True) if epoch.number == kept)
            axis.axvline(place, color=INK, linewidth=1, linestyle=":", label="kept")
    others = f", {counted_noun(len(own) - 1, 'other start')} pale" if len(own) > 1 else ""
    axis.set(title=f"loss of the kept start{others}", xlabel="epoch of the start", ylabel="loss")
    axis.legend(frameon=False)


def _draw_feature(axis: Any, errors: Errors, column: int, held_out: Any) -> None:
    wanted, reached = errors.wanted[:, column], errors.reached[:, column]
    ends = [float(min(wanted.min(), reached.min())), float(max(wanted.max(), reached.max()))]
    axis.plot(ends, ends, color=GREY, linewidth=1)
    trained_on = np.setdiff1d(np.arange(len(wanted)), held_out)
    axis.plot(wanted[trained_on], reached[trained_on], ".", color=GREY, label=f"trained on ({len(trained_on)})")
    axis.plot(wanted[held_out], reached[held_out], "o", ms=4, color=RED, label=f"held out ({len(held_out)})")
    feature = REFERENCE_FEATURES[column]
    axis.set_title(fill(f"{feature.name}: {feature.meaning}", TITLE_SIGNS), fontsize=FONT_PT - 0.5)
    axis.set(xlabel=f"drum from its reference, {feature.unit}", ylabel=f"synth from its preset, {feature.unit}")
    if column == 0:
        axis.legend(frameon=False)
