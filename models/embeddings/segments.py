"""A log-mel spectrum in segments of time that grow: 32 bands x 8 segments, dB.

Each segment is 1.7 times as long as the one before, for a stroke changes fast at first and slowly later: of a sound of
one second the first lasts 10 ms and the last 418 ms.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from models.embeddings.bands import decibels, mel_bank, powers_of
from models.embeddings.embedding import Floats, each_row

BANDS, SEGMENTS = 32, 8
GROWTH = 1.7
WINDOW_UNITS, HOP_UNITS = 6, 2
"""40 and 13 ms: 75 frames a second."""


@lru_cache(maxsize=64)
def segment_weights(frames: int, segments: int, growth: float) -> Floats:
    """Return the (segments, frames) weights that average frames over growing segments; a frame may lie in two."""
    ends = (growth ** np.arange(segments + 1) - 1.0) / (growth**segments - 1.0) * frames
    begins = np.arange(frames)[:, None]
    shares = np.diff(np.clip(ends, begins, begins + 1), axis=1)
    return np.asarray((shares / shares.sum(axis=0)).T, np.float32)


def powers(audio: Floats, rate_hz: int) -> Floats:
    """Return the power in the bins of each frame of a sound, (frames, bins)."""
    return powers_of(audio, rate_hz, WINDOW_UNITS, HOP_UNITS)


def log_mel(bins: Floats, rate_hz: int) -> Floats:
    """Return the log-mel spectrum of `powers`, (frames, 32), dB."""
    return decibels(bins @ mel_bank(BANDS, rate_hz, WINDOW_UNITS))


def segmented(levels_db: Floats) -> Floats:
    """Return (frames, 32) levels averaged over segments, (256,), the bands of the first segment first."""
    return (segment_weights(len(levels_db), SEGMENTS, GROWTH) @ levels_db).ravel()


class Segments:
    """The log-mel spectrum in growing segments of time, 256 numbers."""

    name = "segments"

    def __call__(self, audio: Floats, rate_hz: int) -> Floats:
        """Return rows of `segmented`."""
        return each_row(audio, rate_hz, lambda row, rate: segmented(log_mel(powers(row, rate), rate)))
