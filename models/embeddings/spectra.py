"""Log spectra at five resolutions, each averaged over time: bins of 9 to 150 Hz, dB.

Long windows tell partials apart, short ones do not smear what is brief; here only their means are kept.
"""

from __future__ import annotations

import numpy as np

from models.embeddings.bands import decibels, powers_of
from models.embeddings.embedding import Floats, each_row

WINDOWS_UNITS = (1, 2, 4, 8, 16)
"""7 to 107 ms; neighbours overlap by half."""


def spectra(audio: Floats, rate_hz: int) -> Floats:
    """Return the mean log spectra of a sound, (2072,), dB: of each window the bins from 0 Hz to 10 kHz."""
    parts = []
    for units in WINDOWS_UNITS:
        parts.append(decibels(powers_of(audio, rate_hz, units, units / 2)).mean(axis=0))
    return np.concatenate(parts)


class Spectra:
    """The multi-resolution log spectrum, 2 072 numbers."""

    name = "spectra"

    def __call__(self, audio: Floats, rate_hz: int) -> Floats:
        """Return rows of `spectra`."""
        return each_row(audio, rate_hz, spectra)
