"""Figures: drawn without a window and saved as pictures, whatever signs the names in them hold. Door: matplotlib."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from warnings import catch_warnings, simplefilter

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from matplotlib.figure import Figure

INK, BLUE, RED, YELLOW, GREY = "#222222", "#0072b2", "#d55e00", "#e69f00", "#aaaaaa"
"""Okabe and Ito's colours: people who are colour-blind tell them apart, too."""

DPI = 100
WIDTH_IN, HEIGHT_IN = 12.8, 8.0
"""A picture is seen on a screen of 1280 x 800 or more, whole and unscaled: none is larger."""

COLUMNS = 1300
"""As many as the widest axis has pixels."""

WHOLE_S, ZOOM_S = 12.0, 4.0
"""On so many seconds single strokes are told apart; so many are shown beside a take that is longer."""

FONT_PT = 9.0
"""The smallest type that is read at arm's length on such a screen, 12 pixels high."""


def drawable(text: str) -> str:
    r"""Return a text without what no font can draw: a file's name may hold bytes that are no text.

    >>> drawable("take \udcff")
    'take ?'
    """
    return text.encode("utf-8", "replace").decode()


def extremes(
    values: NDArray[np.floating[Any]], columns: int = COLUMNS
) -> tuple[NDArray[np.int64], NDArray[np.floating[Any]], NDArray[np.floating[Any]]]:
    """Return what is seen of a long row of numbers, which has more of them than a picture has columns.

    Parameters
    ----------
    values : (n,) floating
        At least one.
    columns : int
        Of the picture.

    Returns
    -------
    starts : (k,) int64
        First place of each column; at most ``columns`` of them.
    low, high : (k,) floating
        Least and greatest value of each.

    Examples
    --------
    >>> [part.tolist() for part in extremes(np.array([0.0, 3.0, 1.0, -2.0]), 2)]
    [[0, 2], [0.0, -2.0], [3.0, 1.0]]
    """
    starts = np.linspace(0, len(values), min(columns, len(values)) + 1).astype(np.int64)[:-1]
    return starts, np.minimum.reduceat(values, starts), np.maximum.reduceat(values, starts)


def shown_spans(events_s: Sequence[float], seconds: float) -> list[tuple[float, float]]:
    """Return the stretches of a take that a picture shows, from and to in seconds.

    The first is the whole take. Of one longer than `WHOLE_S` a second stretch is shown, `ZOOM_S` with most events.

    >>> shown_spans([1.0, 50.0, 50.5], 60.0)
    [(0.0, 60.0), (49.9, 53.9)]
    """
    whole = (0.0, seconds)
    if seconds <= WHOLE_S:
        return [whole]
    times_s = np.sort(np.asarray(events_s, dtype=float))
    counts = np.searchsorted(times_s, times_s + ZOOM_S) - np.arange(len(times_s))
    start_s = float(times_s[np.argmax(counts)]) - 0.1 if len(times_s) else 0.0
    start_s = min(max(start_s, 0.0), seconds - ZOOM_S)
    return [whole, (start_s, start_s + ZOOM_S)]


@contextmanager
def picture(
    path: Path, width: float = WIDTH_IN, height: float = HEIGHT_IN, layout: Any = "constrained"
) -> Iterator[Figure]:
    """Give a figure to draw on; save it as the kind of picture that ``path`` ends in.

    Signs that the font lacks are drawn as boxes, without a warning. An `OSError` comes from a full disk.

    Parameters
    ----------
    path : Path
        Where the picture goes.
    width, height : float
        Inches; at `DPI` no picture is larger than a small screen.
    layout : str or None
        As matplotlib's.
    """
    # Here, so that playing never loads it. A bare figure needs no window, no backend and no closing.
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    figure = Figure(figsize=(min(width, WIDTH_IN), min(height, HEIGHT_IN)), layout=layout)
    with rc_context({"font.size": FONT_PT, "legend.fontsize": FONT_PT, "axes.titlesize": FONT_PT + 1}):
        yield figure
        with catch_warnings():
            simplefilter("ignore", UserWarning)
            figure.savefig(path, dpi=DPI)
