"""What the level of a stroke's window will probably be, told from what is heard of it when it is noticed."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from synth.dsp.levels import decibels

RISE_MS = (0.2, 0.35, 0.5, 0.7, 1.0, 1.5, 2.5, 5.0)
RISE_DB = (11.3, 9.7, 8.5, 4.4, 1.0, -1.3, -6.9, -7.2)
"""How far the level of a stroke's window lies over its highest sample so far, by the time since its onset: a stroke
still swings up in its first half millisecond, a larger drum further."""

LATER_HALF, LATER_HALF_BY_TIME = -0.5, 0.3
"""What each dB counts by which the later half of what is heard exceeds all of it; the second per e-fold of its
milliseconds. An early rise comes from a soft beginning, a late one goes on.

All ten numbers leave the least absolute error over 952 strokes of five of our drummer's drums (``bench.early``), and
hold for the default window. Crest, brightness and the level before the stroke told nothing more."""


DRUM_STEP_DB, BAND_STEP_DB = 0.1, 0.2
"""By so much each stroke moves its drum's correction, and that of its band of levels, towards the drum: a dozen strokes
make up some dB. Chosen on seed 31 of nine drums, with ``bench.early``: without the bands it leaves medians by level of
-0.034 to +0.045, with them -0.018 to +0.031."""

BAND_DB, LOWEST_DB, BANDS = 10.0, -50.0, 5
"""Width of a band, where the first one begins, and how many there are; what lies beyond them belongs to the nearest."""

REMEMBERED = 64
"""Guesses that wait for their stroke's window; those of dismissed strokes are let go then."""


class LevelGuess:
    """Guesses the levels of one drum's strokes, and learns from each how far that drum lies from the drums it knows.

    A small drum has risen almost to its window's level when a stroke is noticed, a large one has not. What is learned
    is the median of the errors: each stroke moves it by one step, however far it was off.

    Parameters
    ----------
    sample_rate : int
        Hz.
    """

    def __init__(self, sample_rate: int) -> None:
        self._sample_rate = sample_rate
        self._guessed: dict[int, tuple[float, int]] = {}
        self._drum_db, self._band_db = 0.0, [0.0] * BANDS

    def reset(self) -> None:
        """Forget the drum."""
        self._guessed.clear()
        self._drum_db, self._band_db = 0.0, [0.0] * BANDS

    def __call__(self, number: int, sound: NDArray[np.float64], peak: float) -> float:
        """Return the probable RMS level of a stroke's window, dBFS; see `window_level_db`."""
        guessed_db = window_level_db(sound, peak, self._sample_rate) + self._drum_db
        band = min(max(int((guessed_db - LOWEST_DB) // BAND_DB), 0), BANDS - 1)
        guessed_db += self._band_db[band]
        self._guessed[number] = guessed_db, band
        if len(self._guessed) > REMEMBERED:
            del self._guessed[next(iter(self._guessed))]
        return guessed_db

    def learn(self, number: int, level_db: float) -> None:
        """Learn what the level of a stroke's window was."""
        if number not in self._guessed:
            return
        guessed_db, band = self._guessed.pop(number)
        above = (level_db > guessed_db) - (level_db < guessed_db)
        self._drum_db += DRUM_STEP_DB * above
        self._band_db[band] += BAND_STEP_DB * above


def window_level_db(sound: NDArray[np.float64], peak: float, sample_rate: int) -> float:
    """Return the probable RMS level of a stroke's window, dBFS.

    Parameters
    ----------
    sound : (n,) float64
        From the stroke's onset to the moment at which it was noticed.
    peak : float
        Its highest sample so far.
    sample_rate : int
        Hz.
    """
    elapsed_ms = 1000.0 * len(sound) / sample_rate
    guessed_db = decibels(peak, floor=1e-6) + float(np.interp(elapsed_ms, RISE_MS, RISE_DB))
    later = sound[len(sound) // 2 :]
    whole_power, later_power = float(sound @ sound) / len(sound), float(later @ later) / len(later)
    if whole_power <= 0.0 or later_power <= 0.0:
        return guessed_db
    later_db = 10.0 * math.log10(later_power / whole_power)
    return guessed_db + later_db * (LATER_HALF + LATER_HALF_BY_TIME * math.log(elapsed_ms))
