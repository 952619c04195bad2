"""Which strokes of a long recording are learned from: as many of each loudness as there is room for."""

from __future__ import annotations

import heapq
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from models.features.tables import ONSET_FEATURES
from models.training.strokes import Strokes

LONGEST_STROKE_S = 1.0
"""How much of a stroke is kept."""

LEVEL_BAND_DB = 3.0
"""Where there are more strokes, as many are kept of each band of this width."""


class Stroke(NamedTuple):
    """A stroke as `Strokes` keeps it, the sample at which it begins, and the number of its recording."""

    features: NDArray[np.float64]
    audio: NDArray[np.float32]
    end: int
    onset: int = 0
    recording: int = 0


class Chosen:
    """The strokes that are kept: all of them, or if there are too many, as many of each loudness as there is room for.

    Which ones of a loudness are kept is drawn at random, the same for the same strokes: each stroke draws a number, and
    those with the largest numbers leave the fullest band of loudness first.

    Parameters
    ----------
    most : int
        How many are kept.
    seed : int
        Of the draw.

    Attributes
    ----------
    heard : int
        How many were added.
    onsets, recordings : (n,) int64
        Where the strokes begin that were handed over.
    """

    def __init__(self, most: int, seed: int = 0) -> None:
        self.heard = 0
        self.onsets = self.recordings = np.zeros(0, np.int64)
        self._most, self._kept = most, 0
        self._rng = np.random.default_rng(seed)
        self._bands: dict[int, list[tuple[float, int, Stroke]]] = {}

    def add(self, stroke: Stroke) -> None:
        """Take a stroke in, and let one go where there is no room."""
        band = self._bands.setdefault(int(stroke.features[0] // LEVEL_BAND_DB), [])
        heapq.heappush(band, (-self._rng.random(), self.heard, stroke))
        self.heard += 1
        self._kept += 1
        if self._kept > self._most:
            _, fullest = max(self._bands.items(), key=lambda item: (len(item[1]), item[0]))
            heapq.heappop(fullest)
            self._kept -= 1

    def strokes(self, sample_rate: int, window_s: float) -> Strokes:
        """Return what is kept, in the order in which it was added; each stroke is handed over, so call it once."""
        kept = sorted(((number, stroke) for band in self._bands.values() for _, number, stroke in band), reverse=True)
        self._bands.clear()
        features = np.array([stroke.features for _, stroke in reversed(kept)]).reshape(len(kept), len(ONSET_FEATURES))
        places = [(stroke.end, stroke.onset, stroke.recording) for _, stroke in reversed(kept)]
        ends, self.onsets, self.recordings = np.array(places, dtype=np.int64).reshape(len(kept), 3).T
        audio = np.zeros((len(kept), round(LONGEST_STROKE_S * sample_rate)), np.float32)
        for row in audio:  # one after the other, so that no stroke is in memory twice
            row[:] = kept.pop()[1].audio
        return Strokes(features, audio, ends, sample_rate, window_s)
