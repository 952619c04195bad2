"""Mel-frequency cepstral coefficients: the first 40 of the mean log-mel spectrum.

The transform is the orthonormal cosine transform (type II) of the log-mel spectrum in dB. It keeps Euclidean lengths,
so a coefficient is in dB too. The first coefficient, which holds the level, is kept.
"""

from __future__ import annotations

import numpy as np
from scipy.fft import dct

from models.embeddings.embedding import Floats, each_row
from models.embeddings.mel_mean import mel_mean

COEFFICIENTS = 40


def mfcc(audio: Floats, rate_hz: int) -> Floats:
    """Return the mean coefficients of a sound, (40,). The transform is linear, so that of the mean is the mean."""
    return np.asarray(dct(mel_mean(audio, rate_hz), norm="ortho")[:COEFFICIENTS], np.float32)


class Mfcc:
    """The mean mel-frequency cepstral coefficients, 40 numbers."""

    name = "mfcc"

    def __call__(self, audio: Floats, rate_hz: int) -> Floats:
        """Return rows of `mfcc`."""
        return each_row(audio, rate_hz, mfcc)
