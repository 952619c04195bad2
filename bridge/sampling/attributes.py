"""Five attributes of a sound that a person would name: what the report card says of each control."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.training.match_sound import RATE_HZ, clear_pitch_hz, decay_ms
from synth.dsp.levels import decibels

Array = NDArray[np.float64]

FLOOR_DB = -100.0
_WINDOW_S = 0.05
_LEAST = 1e-10


@dataclass(frozen=True, slots=True)
class Attribute:
    """A row of `ATTRIBUTES`.

    Parameters
    ----------
    name : str
    unit : str
    just_noticeable : float
        A difference that a listener can just tell, roughly.
    meaning : str
        One line.
    """

    name: str
    unit: str
    just_noticeable: float
    meaning: str


ATTRIBUTES: tuple[Attribute, ...] = (
    Attribute("level", "dB", 1.0, "RMS level of the loudest 50 ms, relative to full scale"),
    Attribute("brightness", "octaves", 0.08, "spectral centroid of the loudest 50 ms, over 1 Hz"),
    Attribute("noisiness", "dB", 1.5, "spectral flatness of the loudest 50 ms: 0 is noise"),
    Attribute("decay", "octaves", 0.15, "time in which it falls by 60 dB, over 1 ms"),
    Attribute("pitch", "semitones", 0.3, "MIDI note number of the strongest partial, where one stands out"),
)
"""What is measured of a take; the columns of `attributes_of`."""


def attributes_of(takes: NDArray[np.float32], rate_hz: int) -> Array:
    """Return the attributes of takes; NaN where a sound has none, as silence has no brightness.

    Parameters
    ----------
    takes : (n, samples) float32
        From each note on.
    rate_hz : int
        Of the takes.

    Returns
    -------
    (n, 5) float64
        In the order and units of `ATTRIBUTES`.
    """
    return np.array([_attributes(take, rate_hz) for take in takes]).reshape(len(takes), len(ATTRIBUTES))


def _attributes(take: NDArray[np.float32], rate_hz: int) -> list[float]:
    sound = np.asarray(take, np.float64)
    window = min(round(_WINDOW_S * rate_hz), len(sound))
    energy = np.concatenate([[0.0], np.cumsum(np.square(sound))])
    powers = (energy[window:] - energy[:-window]) / window
    start = int(powers.argmax())
    level_db = max(decibels(float(np.sqrt(powers[start]))), FLOOR_DB)
    if level_db <= FLOOR_DB:
        return [level_db, *[np.nan] * (len(ATTRIBUTES) - 1)]
    loudest = sound[start : start + window] * np.hanning(window)
    magnitude = np.abs(np.fft.rfft(loudest))
    hz = np.fft.rfftfreq(window, 1.0 / rate_hz)
    heard = (hz >= 20.0) & (hz <= 16_000.0)
    magnitude, hz = magnitude[heard], hz[heard]
    brightness = float(np.log2(magnitude @ hz / max(magnitude.sum(), _LEAST)))
    powers_of_bins = np.square(magnitude) + 1e-12 * np.square(magnitude).max()
    noisiness_db = 10.0 * float(np.mean(np.log10(powers_of_bins)) - np.log10(powers_of_bins.mean()))
    # Both measure at one rate: a sound at another is the same sound, faster or slower.
    stretch = rate_hz / RATE_HZ
    falls_ms = decay_ms(sound[int(np.abs(sound).argmax()) :]) / stretch
    pitch_hz = clear_pitch_hz(sound[start:])
    pitch = np.nan if pitch_hz is None else float(12.0 * np.log2(pitch_hz * stretch / 440.0) + 69.0)
    return [level_db, brightness, noisiness_db, float(np.log2(falls_ms)), pitch]
