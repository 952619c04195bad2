"""The mean of a log-mel spectrum over time, 128 bands, dB: the tone colour, and nothing of its course in time."""

from __future__ import annotations

import numpy as np

from models.embeddings.bands import decibels, mel_bank, powers_of
from models.embeddings.embedding import Floats, each_row

BANDS = 128
WINDOW_UNITS, HOP_UNITS = 4, 2
"""27 and 13 ms."""


def log_mel(audio: Floats, rate_hz: int) -> Floats:
    """Return the log-mel spectrum of a sound, (frames, 128), dB."""
    powers = powers_of(audio, rate_hz, WINDOW_UNITS, HOP_UNITS)
    return decibels(powers @ mel_bank(BANDS, rate_hz, WINDOW_UNITS))


def mel_mean(audio: Floats, rate_hz: int) -> Floats:
    """Return the mean log-mel spectrum of a sound, (128,), dB."""
    return np.asarray(log_mel(audio, rate_hz).mean(axis=0))


class MelMean:
    """The mean log-mel spectrum, 128 numbers."""

    name = "mel-mean"

    def __call__(self, audio: Floats, rate_hz: int) -> Floats:
        """Return rows of `mel_mean`."""
        return each_row(audio, rate_hz, mel_mean)
