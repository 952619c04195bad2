"""Delays as figures, as bars of text, and as a picture."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bridge.session.loopback import Stage
from synth.errors import InputError
from synth.figures import BLUE, INK, picture
from synth.files import require_writable, whole_file

BARS = "▁▂▃▄▅▆▇█"
CELLS = 24
PICTURES = (".png", ".pdf", ".svg")


def figures(delays_ms: NDArray[np.float64]) -> dict[str, float]:
    """Return median, p95, p99, max and the count."""
    if not len(delays_ms):
        return {"strokes": 0}
    median, p95, p99 = np.percentile(delays_ms, [50, 95, 99])
    return {"strokes": len(delays_ms), "median": median, "p95": p95, "p99": p99, "max": float(delays_ms.max())}


def bars(delays_ms: NDArray[np.float64], low_ms: float, high_ms: float) -> str:
    """Return a histogram as a line of blocks.

    >>> bars(np.array([0.0, 1.0, 1.0]), 0.0, 1.0)[-1]
    '█'
    """
    counts, _ = np.histogram(delays_ms, bins=CELLS, range=(low_ms, max(high_ms, low_ms + 1e-3)))
    top = max(int(counts.max()), 1)
    return "".join(BARS[round((len(BARS) - 1) * count / top)] if count else " " for count in counts)


def require_picture(path: Path) -> None:
    """Refuse a file that could not become a picture, before anyone has waited for what goes in.

    Raises
    ------
    InputError
        Its name ends in no kind of picture, or it could not be written.
    """
    if path.suffix.lower() not in PICTURES:
        raise InputError(f"{path}: is no picture; its name must end in {', '.join(PICTURES[:-1])} or {PICTURES[-1]}")
    require_writable(path)


def draw_latency(stages: list[Stage], path: Path) -> None:
    """Write the histograms as a picture, whole or not at all.

    Raises
    ------
    InputError
        It cannot be written.
    """
    with whole_file(path) as place, picture(place, 8, 1.7 * len(stages), dpi=120) as figure:
        axes = figure.subplots(len(stages), 1, sharex=True, squeeze=False)[:, 0]
        for axis, stage in zip(axes, stages, strict=True):
            axis.hist(stage.delays_ms, bins=60, color=BLUE)
            row = figures(stage.delays_ms)
            if row["strokes"]:
                axis.axvline(row["median"], color=INK, linewidth=1)
                title = f"{stage.name} ({stage.how}): median {row['median']:.2f} ms, p99 {row['p99']:.2f} ms"
                axis.set_title(title, fontsize=9)
            axis.set_yticks([])
        axes[-1].set_xlabel("ms")
