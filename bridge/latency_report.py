"""Delays as a table, as bars in the terminal, and as a picture. Door: matplotlib (latency)."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rich.table import Table

from bridge.loopback import Stage

BARS = "▁▂▃▄▅▆▇█"
CELLS = 24


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


def latency_table(stages: list[Stage]) -> Table:
    """Return every stage with its figures and its histogram over a common scale."""
    high_ms = max(float(stage.delays_ms.max()) for stage in stages if len(stage.delays_ms))
    table = Table(title=f"Delays in ms; histograms from 0 to {high_ms:.1f} ms", title_justify="left")
    table.add_column("stage")
    for heading in ("strokes", "median", "p95", "p99", "max"):
        table.add_column(heading, justify="right")
    table.add_column("", no_wrap=True)
    for stage in stages:
        row = figures(stage.delays_ms)
        numbers = [f"{row.get(name, float('nan')):.2f}" for name in ("median", "p95", "p99", "max")]
        table.add_row(stage.name, str(row["strokes"]), *numbers, bars(stage.delays_ms, 0.0, high_ms))
    return table


def draw_latency(stages: list[Stage], path: Path) -> None:
    """Write the histograms as a picture."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(len(stages), 1, figsize=(8, 1.7 * len(stages)), sharex=True, layout="constrained")
    for axis, stage in zip(np.atleast_1d(axes), stages, strict=True):
        axis.hist(stage.delays_ms, bins=60, color="#3b6ea5")
        row = figures(stage.delays_ms)
        if row["strokes"]:
            axis.axvline(row["median"], color="black", linewidth=1)
            axis.set_title(f"{stage.name}: median {row['median']:.2f} ms, p99 {row['p99']:.2f} ms", fontsize=9)
        axis.set_yticks([])
    np.atleast_1d(axes)[-1].set_xlabel("ms")
    figure.savefig(path, dpi=120)
    pyplot.close(figure)
