"""Pictures with names in them that people gave, whatever signs those hold. Door: matplotlib."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING
from warnings import catch_warnings, simplefilter

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def drawable(text: str) -> str:
    r"""Return a text without what no font can draw: a file's name may hold bytes that are no text.

    >>> drawable("take \udcff")
    'take ?'
    """
    return text.encode("utf-8", "replace").decode()


def save_picture(figure: Figure, path: Path, dpi: int) -> None:
    """Write a figure as the kind of picture that its file's name ends in; OSError on a full disk.

    Signs that the font lacks are drawn as boxes, without a warning.
    """
    with catch_warnings():
        simplefilter("ignore", UserWarning)
        figure.savefig(path, dpi=dpi)
