"""A training run for people: the card as Markdown and the picture."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from models.mapping.bundle import Bundle
from synth.figures import GREY, RED, drawable, picture

if TYPE_CHECKING:
    from models.training.evaluate import Errors
    from models.training.export import Finished

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
    with picture(path, height=6.4, layout=None) as figure:
        figure.subplots_adjust(left=0.06, right=0.99, bottom=0.08, top=0.88, wspace=0.28, hspace=0.42)
        axes = figure.subplots(2, 4).ravel()
        _draw_curve(axes[0], finished)
        errors = finished.errors["reference"]
        for column, axis in enumerate(axes[1:]):
            _draw_feature(axis, errors, column, finished.trained.split.test)
        held_out = finished.held_out["reference"].mean_relative
        words = f"{drawable(title)}: held-out error {100 * held_out:.0f} % of doing nothing"
        figure.suptitle(words, parse_math=False)  # a file may be named $1$


def _draw_curve(axis: Any, finished: Finished) -> None:
    curve = finished.trained.curve
    numbers = [epoch.number for epoch in curve]
    axis.plot(numbers, [epoch.train for epoch in curve], label="training")
    axis.plot(numbers, [epoch.validation for epoch in curve], label="validation")
    axis.axvline(finished.trained.kept, color=GREY, linewidth=1, label="kept")
    axis.set(title="loss", xlabel="epoch", yscale="log")
    axis.legend()


def _draw_feature(axis: Any, errors: Errors, column: int, held_out: Any) -> None:
    wanted, reached = errors.wanted[:, column], errors.reached[:, column]
    ends = [float(min(wanted.min(), reached.min())), float(max(wanted.max(), reached.max()))]
    axis.plot(ends, ends, color=GREY, linewidth=1)
    trained_on = np.setdiff1d(np.arange(len(wanted)), held_out)
    axis.plot(wanted[trained_on], reached[trained_on], ".", color=GREY, label="other strokes")
    axis.plot(wanted[held_out], reached[held_out], "o", color=RED, label="held out")
    axis.set(title=errors.names[column], xlabel="wanted difference", ylabel="reached")
    if column == 0:
        axis.legend()
