"""Figures: drawn without a window and saved as pictures, whatever signs the names in them hold. Door: matplotlib."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from warnings import catch_warnings, simplefilter

if TYPE_CHECKING:
    from matplotlib.figure import Figure

INK, BLUE, RED, YELLOW, GREY = "#222222", "#2e6f95", "#d1495b", "#e0a030", "#aaaaaa"


def drawable(text: str) -> str:
    r"""Return a text without what no font can draw: a file's name may hold bytes that are no text.

    >>> drawable("take \udcff")
    'take ?'
    """
    return text.encode("utf-8", "replace").decode()


@contextmanager
def picture(path: Path, width: float, height: float, dpi: int = 110, layout: Any = "constrained") -> Iterator[Figure]:
    """Give a figure of so many inches to draw on; save it as the kind of picture that ``path`` ends in.

    Signs that the font lacks are drawn as boxes, without a warning. An `OSError` comes from a full disk.
    """
    # Here, so that playing never loads it. A bare figure needs no window, no backend and no closing.
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout=layout)
    yield figure
    with catch_warnings():
        simplefilter("ignore", UserWarning)
        figure.savefig(path, dpi=dpi)
