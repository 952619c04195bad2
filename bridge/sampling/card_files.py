"""A report card as files: the facts as TOML, and a picture with a row for each control. Door: tomlkit."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import tomlkit

from bridge.sampling.attributes import ATTRIBUTES
from bridge.sampling.card import Card, ControlReport
from synth.figures import BLUE, GREY, INK, drawable, picture
from synth.outputs import whole_folder

CARD, PICTURE = "card.toml", "card.png"
_ROWS = 12
"""Controls on one picture; a synth with more has several."""


def write_card(card: Card, folder: Path) -> list[Path]:
    """Write the card beside the takes; `InputError` where it cannot be written."""
    with whole_folder(folder) as unfinished:
        (unfinished / CARD).write_text(card_text(card), encoding="utf-8")
        pages = [card.controls[first : first + _ROWS] for first in range(0, len(card.controls), _ROWS)]
        names = [PICTURE if not page else f"card-{page + 1}.png" for page in range(len(pages))]
        for name, page in zip(names, pages, strict=True):
            draw_card(card, page, unfinished / name)
    return [folder / CARD, *(folder / name for name in names)]


def card_text(card: Card) -> str:
    """Return the card as TOML."""
    table = {
        "synth": card.synth,
        "takes": card.takes,
        "silent": card.silent,
        "clipped": card.clipped,
        "peak_dbfs": _number(card.level_db),
        "noise_dbfs": _number(card.noise_db),
        **({"timing": card.timing.model_dump()} if card.timing else {}),
        "repeats_identical": card.identical,
        "floor_db": _number(card.floor_db),
        "repeatability": _by_attribute(card.spread),
        "drift": _by_attribute(card.drift),
        "controls": {report.param.name: _control(report) for report in card.controls},
        "warnings": list(card.warnings),
    }
    return tomlkit.dumps(table)


def _number(value: float) -> float:
    return float(f"{value:.4g}")


def _by_attribute(values: Any) -> dict[str, float]:
    """Return attribute to figure; one that no take has is left out."""
    pairs = zip(ATTRIBUTES, values, strict=True)
    return {f"{one.name}_{one.unit.lower()}": _number(value) for one, value in pairs if np.isfinite(value)}


def _control(report: ControlReport) -> dict[str, Any]:
    main = ATTRIBUTES[report.main]
    order = report.order(report.main)
    return {
        "works": report.works,
        "reach_db": _number(report.reach_db),
        "changes_most": main.name,
        "by": f"{report.change(report.main):.3g} {main.unit}",
        "order": 0.0 if np.isnan(order) else _number(order),
        "distinct_steps": f"{report.distinct} of {len(report.values)}",
        "slews": report.slews,
        "suggested_range": [_number(end) for end in report.live],
        "suggested_curve": report.curve,
        "changes": _by_attribute([report.change(place) for place in range(len(ATTRIBUTES))]),
    }


def draw_card(card: Card, reports: tuple[ControlReport, ...], path: Path) -> None:
    """Draw a row for each control and a column for each attribute."""
    with picture(path, height=min(8.0, 0.9 + 0.62 * len(reports))) as figure:
        axes = figure.subplots(len(reports), len(ATTRIBUTES), squeeze=False, sharey="col")
        for row, report in zip(axes, reports, strict=True):
            for place, axis in enumerate(row):
                _draw_attribute(axis, report, place)
            row[0].set_ylabel(drawable(report.param.name), rotation=0, ha="right", va="center", color=INK)
        for axis, attribute in zip(axes[0], ATTRIBUTES, strict=True):
            axis.set_title(f"{attribute.name}, {attribute.unit}")
        repeats = "to the bit" if card.identical else f"within {card.floor_db:.2g} dB"
        words = f"each control from low to high, the others at rest; grey: nothing changes; repeats {repeats}"
        figure.suptitle(f"{drawable(card.synth)}: {words}")


def _draw_attribute(axis: Any, report: ControlReport, place: int) -> None:
    low, high = report.live
    dead = report.values < low, report.values > high
    places = np.arange(len(report.values))
    line = report.attributes[:, place]
    axis.plot(places, line, color=BLUE if report.works else GREY, linewidth=1.4, marker=".", markersize=4)
    for part in dead:
        if part.any():
            axis.axvspan(places[part].min() - 0.5, places[part].max() + 0.5, color=GREY, alpha=0.3, linewidth=0)
    axis.set_xticks([])
    axis.tick_params(labelsize=7)
    for side in ("top", "right"):
        axis.spines[side].set_visible(False)
