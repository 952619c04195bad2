"""The two vocabularies, a row for each feature: what the model hears of a stroke, and what the losses compare.

Onset features come from the short window that starts at a stroke's onset (256 samples at 48 kHz). They are the model's
input, in this order everywhere: bundles, CSV files, OSC and MIDI maps.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

LEVEL_FLOOR_DB = -100.0
"""Level of digital silence; 16-bit noise lies near -98 dBFS."""

FLATNESS_FLOOR = 1e-10
"""Power under which a bin counts as empty, as in the system of NIME 2024 (`REFERENCE_FEATURES`)."""


_LEAST_POWER = 10 ** (LEVEL_FLOOR_DB / 10)

_EMPTY = 1e-9
"""A spectrum with a smaller sum has neither a centre nor a shape."""


class Window(NamedTuple):
    """What the onset features of one stroke are computed from, each part found once.

    Sums over it are taken by `add.reduce`: the audio thread waits here, and each `mean` costs it five microseconds.

    Parameters
    ----------
    power : float
        Mean square of the samples.
    heard_hz : (bins,) float64
        Frequency of each bin, up to 20 kHz: the same bins at every sample rate.
    magnitude : (bins,) float64
        Spectrum under a Hann window.
    total : float
        Its sum.
    powers : (bins,) float64
        Its square, at least `FLATNESS_FLOOR`.
    """

    power: float
    heard_hz: NDArray[np.float64]
    magnitude: NDArray[np.float64]
    total: float
    powers: NDArray[np.float64]


def _level(window: Window) -> float:
    return float(10.0 * np.log10(max(window.power, _LEAST_POWER)))


def _centroid(window: Window) -> float:
    centroid_hz = float(window.magnitude @ window.heard_hz) / window.total
    return float(12.0 * np.log2(max(centroid_hz, 1.0) / 440.0) + 69.0)


def _flatness(window: Window) -> float:
    bins = len(window.powers)
    mean_db = np.log10(np.add.reduce(window.powers) / bins)
    return float(10.0 * (np.add.reduce(np.log10(window.powers)) / bins - mean_db))


@dataclass(frozen=True, slots=True)
class Feature:
    """One column of a feature table.

    Parameters
    ----------
    name : str
        As it appears in CSV headers, maps and messages.
    measure : callable
        Computes it from a `Window`, on the audio thread. A window whose spectrum is empty is not measured: its level
        is `LEVEL_FLOOR_DB` or a little more, its other features are their ``low``.
    unit : str
        Unit of the number.
    low, high : float
        Range that acoustic drums fill, for displays and for maps that name no range.
    meaning : str
        One line.
    """

    name: str
    measure: Callable[[Window], float]
    unit: str
    low: float
    high: float
    meaning: str


ONSET_FEATURES: tuple[Feature, ...] = (
    Feature("level", _level, "dB", -60.0, 0.0, "RMS level of the window, dB relative to full scale"),
    Feature(
        "centroid", _centroid, "semitones", 60.0, 140.0, "amplitude-weighted mean frequency, as a MIDI note number"
    ),
    Feature(
        "flatness", _flatness, "dB", -60.0, 0.0, "geometric over arithmetic mean of the power spectrum: 0 is noise"
    ),
)

ONSET_FEATURE_NAMES: tuple[str, ...] = tuple(feature.name for feature in ONSET_FEATURES)


def hann(samples: int) -> NDArray[np.float64]:
    """Return the (samples,) periodic Hann window, as in the published system."""
    return np.asarray(0.5 - 0.5 * np.cos(2 * np.pi * np.arange(samples) / samples))


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
        self._hann = hann(window_samples)
        bins_hz = np.arange(window_samples // 2 + 1) * (sample_rate / window_samples)
        # Above 20 kHz a drum has nothing that a listener or a 44.1 kHz interface hears: the same bins at every rate.
        self._heard_hz = np.asarray(bins_hz[bins_hz <= 20_000.0], dtype=np.float64)
        self._windowed = np.zeros(window_samples)

    def __call__(self, window: NDArray[np.floating]) -> NDArray[np.float64]:
        """Return the features of a (window_samples,) window, in the order and units of `ONSET_FEATURES`."""
        power = float(np.add.reduce(np.square(window, dtype=np.float64))) / self.window_samples
        np.multiply(window, self._hann, out=self._windowed)
        magnitude = np.abs(np.fft.rfft(self._windowed)[: len(self._heard_hz)])
        total = float(np.add.reduce(magnitude))
        powers = np.maximum(np.square(magnitude), FLATNESS_FLOOR)
        heard = Window(power, self._heard_hz, magnitude, total, powers)
        if total < _EMPTY:
            return np.array([_level(heard), *(feature.low for feature in ONSET_FEATURES[1:])])
        return np.array([feature.measure(heard) for feature in ONSET_FEATURES])


@dataclass(frozen=True, slots=True)
class HitFeature:
    """One figure of a whole stroke that a loss compares.

    Parameters
    ----------
    name : str
        As in tables and training cards.
    unit : str
        Unit of the number.
    just_noticeable : float
        A difference that a listener can just tell, roughly. Where nobody knows it, hardly anything.
    meaning : str
        One line.
    """

    name: str
    unit: str
    just_noticeable: float
    meaning: str


_LEAST = 1e-3

REFERENCE_FEATURES: tuple[HitFeature, ...] = (
    HitFeature("L_T", "LKFS", _LEAST, "K-weighted loudness of the first 58 ms"),
    HitFeature("L_S", "LKFS", _LEAST, "K-weighted loudness from 23 to 801 ms, silence included"),
    HitFeature("SC_T", "ratio", _LEAST, "spectral centroid of the first 58 ms on a ratio scale"),
    HitFeature("SC_S", "ratio", _LEAST, "spectral centroid from 23 to 801 ms on a ratio scale"),
    HitFeature("SF_T", "dB", _LEAST, "spectral flatness of the first 58 ms"),
    HitFeature("SF_S", "dB", _LEAST, "spectral flatness from 23 to 801 ms"),
    HitFeature("TC", "ratio", _LEAST, "temporal centroid of the first 125 ms on a loudness-like scale"),
)
"""The seven figures of the published system (Shier, Saitis, Robertson and McPherson, "Real-time Timbre Remapping with
Differentiable DSP", NIME 2024), in its order: our `reference` loss and metric."""

HEARING_FEATURES: tuple[HitFeature, ...] = (
    HitFeature("attack_loudness", "LKFS", 1.0, "K-weighted loudness of the first 11 ms"),
    HitFeature("body_loudness", "LKFS", 1.0, "K-weighted loudness of the first 64 ms"),
    HitFeature("tail_loudness", "LKFS", 1.5, "K-weighted loudness from 43 ms to the next stroke"),
    HitFeature("attack_brightness", "octaves", 0.08, "spectral centroid of the first 11 ms"),
    HitFeature("body_brightness", "octaves", 0.08, "spectral centroid of the first 64 ms"),
    HitFeature("tail_brightness", "octaves", 0.12, "spectral centroid from 43 ms on, while the drum is heard"),
    HitFeature("attack_noisiness", "dB", 1.5, "spectral flatness of the first 11 ms"),
    HitFeature("body_noisiness", "dB", 1.5, "spectral flatness of the first 64 ms"),
    HitFeature("tail_noisiness", "dB", 2.0, "spectral flatness from 43 ms on, while the drum is heard"),
    HitFeature("punch", "octaves", 0.1, "temporal centroid of the first 125 ms: a click or a bloom"),
    HitFeature("decay", "octaves", 0.15, "amplitude-weighted mean time: how long the stroke lasts"),
)
"""The figures of our `default` loss: two time scales, comparable units, silence and the next stroke left out."""
