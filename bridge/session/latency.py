"""Delays as figures, as bars of text, and as a picture."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bridge.session.loopback import Stage
from synth.errors import InputError
from synth.figures import BLUE, INK, RED, picture
from synth.outputs import require_writable, whole_file

BARS = "▁▂▃▄▅▆▇█"
CELLS = 24
HISTOGRAM_BINS = 120
PICTURES = (".png", ".pdf", ".svg")


def figures(delays_ms: NDArray[np.float64]) -> dict[str, float]:
    """Return median, p95, p99, max and the count."""
    if not len(delays_ms):
        return {"strokes": 0}
    median, p95, p99 = np.percentile(delays_ms, [50, 95, 99])
    return {"strokes": len(delays_ms), "median": median, "p95": p95, "p99": p99, "max": float(delays_ms.max())}


def bars(delays_ms: NDArray[np.float64], low_ms: float, high_ms: float, cells: int = CELLS) -> str:
    """Return a histogram as a line of so many blocks.

    >>> bars(np.array([0.0, 1.0, 1.0]), 0.0, 1.0)[-1]
    '█'
    """
    counts, _ = np.histogram(delays_ms, bins=cells, range=(low_ms, max(high_ms, low_ms + 1e-3)))
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
    """Write the histograms as a picture, whole or not at all; each stage that was measured has one, on a common axis.

    Raises
    ------
    InputError
        It cannot be written.
    """
    shown = [stage for stage in stages if len(stage.delays_ms)]
    edges = np.linspace(0.0, 1.05 * max(stage.delays_ms.max() for stage in shown), HISTOGRAM_BINS + 1)
    with whole_file(path) as place, picture(place, height=0.8 + 1.2 * len(shown)) as figure:
        axes = figure.subplots(len(shown), 1, sharex=True, squeeze=False)[:, 0]
        for axis, stage in zip(axes, shown, strict=True):
            _draw_stage(axis, stage, edges)
        axes[-1].set_xlabel("delay, ms")
        figure.supylabel("strokes")


def _draw_stage(axis: Any, stage: Stage, edges: NDArray[np.float64]) -> None:
    """Draw a stage: how many strokes had which delay, with lines at the median and the 99th percentile."""
    row = figures(stage.delays_ms)
    # Where every stroke has the same delay, the bar would be too thin to be seen without its outline.
    axis.hist(stage.delays_ms, bins=edges, color=BLUE, edgecolor=BLUE)
    axis.axvline(row["median"], color=INK, linewidth=1)
    axis.axvline(row["p99"], color=RED, linewidth=1, linestyle="--")
    words = f"median {row['median']:.2f} ms (line), p99 {row['p99']:.2f} ms (dashed), n = {row['strokes']}"
    axis.set_title(f"{stage.name} ({stage.how}): {words}", loc="left")
    axis.set_xlim(edges[0], edges[-1])
    axis.spines[["top", "right"]].set_visible(False)
