"""What a lesson was worth, in a drummer's words: good, or what to play more of; the figures come after it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from synth.errors import counted_noun

GOOD_ERROR, FAIR_ERROR = 0.65, 0.85
"""Held-out error over doing nothing. Whole minutes of real and of our drummer's strokes reach 0.45 to 0.6; at 0.85 the
synth's differences are mostly not the drum's."""

ENOUGH_STROKES = 40
"""Four to six of these are held out: fewer judge by chance."""

SOFT_DB, LOUD_DB = 8.0, 5.0
"""How far the softest and the loudest tenth should lie from the median stroke: half of what takes that were played from
ghost notes to rim shots have (19 to 20 dB and 11 to 12 dB). Grooves and rolls have 9.5 dB and 8.5 dB."""

TIMBRE_SEMITONES = 2.0
"""Spread of brightness among strokes of like loudness, half of them: takes of one drum have 3.0 to 5.9."""


class Word(StrEnum):
    """The verdict in one word."""

    GOOD = "Good"
    FAIR = "Fair"
    POOR = "Poor"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a lesson was worth.

    Parameters
    ----------
    word : Word
    advice : tuple of str
        What to play more of, most important first; empty where nothing is missing.
    """

    word: Word
    advice: tuple[str, ...]

    def sentence(self) -> str:
        """Return the verdict as a sentence or two."""
        said = {
            Word.GOOD: "Good: the synth follows your strokes.",
            Word.FAIR: "Fair: the synth follows the large differences between your strokes.",
            Word.POOR: "Poor: the synth hardly follows your strokes. Record again.",
        }[self.word]
        if not self.advice:
            return said
        asked = " and ".join(filter(None, (", ".join(self.advice[:-1]), self.advice[-1])))
        return f"{said} {'It would follow better still if you' if self.word is Word.GOOD else 'Next time'} {asked}."


def verdict(features: NDArray[np.float64], error: float) -> Verdict:
    """Judge a lesson.

    Parameters
    ----------
    features : (strokes, features) float64
        Of its strokes, in the order of `models.features.tables.ONSET_FEATURES`: level in dB, then brightness.
    error : float
        Held-out error over doing nothing: 0 is perfect, 1 useless.
    """
    level_db = features[:, 0]
    soft_db, middle_db, loud_db = np.percentile(level_db, [10, 50, 90])
    advice = []
    if len(features) < ENOUGH_STROKES:
        advice.append(f"play for longer: {counted_noun(len(features), 'stroke')} are few, 60 or more are good")
    if middle_db - soft_db < SOFT_DB:
        advice.append("play more soft strokes")
    if loud_db - middle_db < LOUD_DB:
        advice.append("play more loud strokes")
    if _brightness_spread(level_db, features[:, 1]) < TIMBRE_SEMITONES:
        advice.append("move between the middle and the edge")
    word = Word.GOOD if error <= GOOD_ERROR else Word.FAIR if error <= FAIR_ERROR else Word.POOR
    return Verdict(word, tuple(advice))


def _brightness_spread(level_db: NDArray[np.float64], brightness: NDArray[np.float64]) -> float:
    """Return how far brightness strays from what loudness alone tells of it: half of the strokes lie within this."""
    if np.ptp(level_db) > 0:
        brightness = brightness - np.polynomial.Polynomial.fit(level_db, brightness, 1)(level_db)
    low, high = np.percentile(brightness, [25, 75])
    return float(high - low)
