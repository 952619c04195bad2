"""What is seen of a long wave: it may lie in a file that memory does not hold."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from bridge.events import Audio
from synth.figures import COLUMNS

Floats = NDArray[np.float32]


def wave_extremes(
    audio: Audio, span: tuple[int, int], channels: Sequence[int] | None = None
) -> tuple[NDArray[np.int64], Floats, Floats]:
    """Return the first sample of each column of a picture, and the least and the greatest value in it.

    Parameters
    ----------
    audio : Audio
        (samples, channels).
    span : (int, int)
        First sample that is shown, and the one after the last.
    channels : sequence of int, optional
        Those that are summed; default: all.
    """
    first, stop = span[0], min(span[1], len(audio))
    edges = np.linspace(first, stop, min(COLUMNS, max(stop - first, 1)) + 1).astype(np.int64)
    low, high = np.zeros((2, len(edges) - 1), np.float32)
    for column, (start, end) in enumerate(pairwise(edges)):
        wave = np.asarray(audio[start:end]).reshape(end - start, -1)
        wave = (wave if channels is None else wave[:, channels]).sum(axis=1)
        low[column], high[column] = wave.min(initial=0.0), wave.max(initial=0.0)
    return edges[:-1], low, high
