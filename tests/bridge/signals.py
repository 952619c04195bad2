"""Drum-like test signals with known onsets."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


def strokes(
    onsets_s: Sequence[float], peaks_db: Sequence[float], seconds: float, sample_rate: int, seed: int = 0
) -> NDArray[np.float32]:
    """Return (n, 1) decaying noise-and-tone bursts over a -80 dBFS noise floor."""
    random = np.random.default_rng(seed)
    audio = 1e-4 * random.standard_normal(round(seconds * sample_rate))
    time_s = np.arange(round(0.3 * sample_rate)) / sample_rate
    for onset_s, peak_db in zip(onsets_s, peaks_db, strict=True):
        body = np.sin(2 * np.pi * 190.0 * time_s) * np.exp(-time_s / 0.05)
        wires = random.standard_normal(len(time_s)) * np.exp(-time_s / 0.03) * np.minimum(1.0, time_s / 0.0003)
        first = round(onset_s * sample_rate)
        room = min(len(time_s), len(audio) - first)
        audio[first : first + room] += 10 ** (peak_db / 20) * (0.5 * body + 0.2 * wires)[:room]
    return audio.astype(np.float32)[:, None]
