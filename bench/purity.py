"""What a sound has that it should not: what folds back at half the sample rate, and what a fade adds.

Both are levels of a spectrum beside what belongs there, so a tone is clean where they are low.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage, signal

Sound = NDArray[np.float64]

WINDOW = 2048
"""Samples around a fade."""
BESIDE_HZ = 1000.0
_LINE = 12
"""Bins beside a harmonic that still belong to it."""
_LOWEST_HZ = 20.0


def spectrum_of(sound: Sound, rate_hz: float) -> tuple[Sound, Sound]:
    """Return frequencies in Hz and magnitudes; a lone sine is 140 dB down ten bins beside its own."""
    place = 2.0 * np.pi * np.arange(len(sound)) / len(sound)
    terms = (0.27105140, -0.43329794, 0.21812300, -0.06592545, 0.01081174, -0.00077658, 0.00001389)
    window = sum(term * np.cos(k * place) for k, term in enumerate(terms))
    freqs: Sound = np.fft.rfftfreq(len(sound), 1.0 / rate_hz).astype(np.float64)
    return freqs, np.abs(np.fft.rfft(sound * window)) / len(sound)


def beside_harmonics_db(sound: Sound, freq_hz: float, rate_hz: float) -> float:
    """Return the level of the strongest thing that is no harmonic, beside that of the strongest harmonic."""
    freqs, level = spectrum_of(sound, rate_hz)
    away = np.abs(freqs - freq_hz * np.round(freqs / freq_hz)) > _LINE * rate_hz / len(sound)
    return float(20.0 * np.log10(level[away & (freqs > _LOWEST_HZ)].max() / level.max()))


def spectrum_around(sound: Sound, at: int) -> Sound:
    """Return the magnitudes around a sample."""
    padded = np.concatenate([np.zeros(WINDOW), sound, np.zeros(WINDOW)])
    first = at + WINDOW - WINDOW // 2
    return np.abs(np.fft.rfft(padded[first : first + WINDOW] * signal.windows.blackmanharris(WINDOW)))


def added(sound: Sound, wholes: Sequence[Sound], at: int, rate_hz: float) -> float:
    """Return by how much a sound reaches beyond what whole strokes have near it, as a part of their peak.

    What a fade adds lies beside what the strokes have. So the spectrum around the fade may reach 6 dB higher than
    theirs within `BESIDE_HZ`, where parts of it no longer cancel others.

    Parameters
    ----------
    sound : (n,) float64
        What is heard.
    wholes : sequence of (n,) float64
        What fades, and what takes its place.
    at : int
        The middle of the fade, in samples.
    rate_hz : float
    """
    own = np.max([spectrum_around(whole, at) for whole in wholes], axis=0)
    near = ndimage.maximum_filter1d(own, 2 * round(BESIDE_HZ * WINDOW / rate_hz) + 1)
    return float((spectrum_around(sound, at) - 2.0 * near).max() / max(own.max(), 1e-12))
