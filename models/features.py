"""The two vocabularies, declared once: what the model hears of a stroke, and what the losses compare.

Onset features come from the short window that starts at a stroke's onset (256 samples at 48 kHz). They are the model's
input, in this order everywhere: bundles, CSV files, OSC and MIDI maps.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

LEVEL_FLOOR_DB = -100.0
"""Level of digital silence; 16-bit noise lies near -98 dBFS."""

FLATNESS_FLOOR = 1e-10
"""Power under which a bin counts as empty, as in the published system (reference section 3)."""


@dataclass(frozen=True, slots=True)
class Feature:
    """One column of a feature table.

    Parameters
    ----------
    name : str
        As it appears in CSV headers, maps and messages.
    unit : str
        Unit of the number.
    low, high : float
        Range that acoustic drums fill, for displays and for maps that name no range.
    meaning : str
        One line.
    """

    name: str
    unit: str
    low: float
    high: float
    meaning: str


ONSET_FEATURES: tuple[Feature, ...] = (
    Feature("level", "dB", -60.0, 0.0, "RMS level of the window, dB relative to full scale"),
    Feature("centroid", "semitones", 60.0, 140.0, "amplitude-weighted mean frequency, as a MIDI note number"),
    Feature("flatness", "dB", -60.0, 0.0, "geometric over arithmetic mean of the power spectrum: 0 is noise"),
)

ONSET_FEATURE_NAMES: tuple[str, ...] = tuple(feature.name for feature in ONSET_FEATURES)


class OnsetFeatures:
    """Compute the onset features of windows of one length.

    Parameters
    ----------
    sample_rate : int
        Hz.
    window_samples : int
        Length of the window; the same time at every rate, so that bins cover the same Hz.
    """

    def __init__(self, sample_rate: int, window_samples: int) -> None:
        self.window_samples = window_samples
        bins = window_samples // 2 + 1
        # Periodic Hann, as in the published system.
        self._hann = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(window_samples) / window_samples)
        self._bins_hz = np.arange(bins) * (sample_rate / window_samples)
        # Above 20 kHz a drum has nothing that a listener or a 44.1 kHz interface hears: the same bins count at every rate.
        self._heard = self._bins_hz <= 20_000.0
        self._windowed = np.zeros(window_samples)

    def __call__(self, window: NDArray[np.floating]) -> NDArray[np.float64]:
        """Return (level, centroid, flatness) of a (window_samples,) window."""
        level_db = 10.0 * np.log10(max(float(np.mean(np.square(window, dtype=np.float64))), 10 ** (LEVEL_FLOOR_DB / 10)))
        np.multiply(window, self._hann, out=self._windowed)
        magnitude = np.abs(np.fft.rfft(self._windowed))[self._heard]
        total = float(magnitude.sum())
        if total < 1e-9:
            return np.array([level_db, ONSET_FEATURES[1].low, ONSET_FEATURES[2].low])
        centroid_hz = float(magnitude @ self._bins_hz[self._heard]) / total
        centroid = 12.0 * np.log2(max(centroid_hz, 1.0) / 440.0) + 69.0
        power = np.maximum(np.square(magnitude), FLATNESS_FLOOR)
        flatness_db = 10.0 * (np.log10(power).mean() - np.log10(power.mean()))
        return np.array([level_db, centroid, flatness_db])
