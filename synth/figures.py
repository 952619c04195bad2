"""Figures: drawn without a window and saved as pictures, whatever signs the names in them hold. Door: matplotlib."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from warnings import catch_warnings, simplefilter

if TYPE_CHECKING:
    from matplotlib.figure import Figure

INK, BLUE, RED, YELLOW, GREY = "#222222", "#0072b2", "#d55e00", "#e69f00", "#aaaaaa"
"""Okabe and Ito's colours: people who are colour-blind tell them apart, too."""

DPI = 100
WIDTH_IN, HEIGHT_IN = 12.8, 8.0
"""A picture is seen on a screen of 1280 x 800 or more, whole and unscaled: none is larger."""

FONT_PT = 9.0
"""The smallest type that is read at arm's length on such a screen, 12 pixels high."""


def drawable(text: str) -> str:
    r"""Return a text without what no font can draw: a file's name may hold bytes that are no text.

    >>> drawable("take \udcff")
    'take ?'
    """
    return text.encode("utf-8", "replace").decode()


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
