"""How well strokes were heard, where the truth is known: one-to-one matching in time, then counts and errors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

TOLERANCE_S = 0.010
"""A stroke is found if an event lies this near to its true start; half of what a listener notices as early or late."""

LEVEL_STEP_DB = 6.0


@dataclass(frozen=True, slots=True)
class Score:
    """What a detector did on one channel.

    Parameters
    ----------
    truth, events : int
        How many strokes there were, how many were reported.
    pairs : tuple of (int, int)
        Index of the event, index of the stroke it found.
    duplicates : int
        Events within the tolerance of a stroke that another event had already found.
    onset_error_s, delay_s : (pairs,) float64
        Reported onset, and moment of detection, minus the true start.
    """

    truth: int
    events: int
    pairs: tuple[tuple[int, int], ...]
    duplicates: int
    onset_error_s: NDArray[np.float64]
    delay_s: NDArray[np.float64]

    @property
    def found(self) -> int:
        """Strokes that were found."""
        return len(self.pairs)

    @property
    def missed(self) -> int:
        """Strokes that were not."""
        return self.truth - self.found

    @property
    def false(self) -> int:
        """Events that were no stroke, duplicates among them."""
        return self.events - self.found

    @property
    def precision(self) -> float:
        """Share of the events that were strokes."""
        return self.found / self.events if self.events else 1.0

    @property
    def recall(self) -> float:
        """Share of the strokes that were found."""
        return self.found / self.truth if self.truth else 1.0

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall; 1 where there was nothing to find and nothing was reported."""
        return 2 * self.found / (self.truth + self.events) if self.truth + self.events else 1.0


def match(
    events_s: Sequence[float], truth_s: Sequence[float], tolerance_s: float = TOLERANCE_S
) -> list[tuple[int, int]]:
    """Pair events with strokes, each at most once, as many as can be; return (event, stroke) indices.

    Parameters
    ----------
    events_s, truth_s : sequence of float
        In time order.
    tolerance_s : float
        How far apart a pair may lie.

    Examples
    --------
    >>> match([1.001, 1.004, 2.5], [1.0, 2.0])
    [(0, 0)]
    """
    pairs = []
    event = stroke = 0
    while event < len(events_s) and stroke < len(truth_s):
        error_s = events_s[event] - truth_s[stroke]
        if error_s > tolerance_s:
            stroke += 1
        elif error_s < -tolerance_s:
            event += 1
        else:
            pairs.append((event, stroke))
            event += 1
            stroke += 1
    return pairs


def score(onsets_s: Sequence[float], detected_s: Sequence[float], truth_s: Sequence[float]) -> Score:
    """Score the events of one channel against its true strokes.

    Parameters
    ----------
    onsets_s, detected_s : sequence of float
        Reported onset and moment of detection of each event, in order of the onsets.
    truth_s : sequence of float
        Where the strokes truly start, in time order.
    """
    onsets, detected, truth = (np.asarray(times, dtype=np.float64) for times in (onsets_s, detected_s, truth_s))
    pairs = match(onsets.tolist(), truth.tolist())
    events, strokes = np.array(pairs, np.int64).reshape(-1, 2).T
    spare = np.delete(onsets, events)
    return Score(
        len(truth),
        len(onsets),
        tuple(pairs),
        sum(bool(np.any(np.abs(truth - onset) <= TOLERANCE_S)) for onset in spare),
        onsets[events] - truth[strokes],
        detected[events] - truth[strokes],
    )


def misses_by_level(result: Score, levels_db: Sequence[float]) -> list[tuple[float, int, int]]:
    """Return (lower edge in dBFS, strokes, missed) of each 6 dB step that holds strokes, loudest first.

    ``levels_db`` are the dBFS of the true strokes, in their order.
    """
    found = {stroke for _, stroke in result.pairs}
    steps: dict[float, list[bool]] = {}
    for stroke, level_db in enumerate(levels_db):
        steps.setdefault(LEVEL_STEP_DB * float(np.floor(level_db / LEVEL_STEP_DB)), []).append(stroke not in found)
    return [(edge, len(missed), sum(missed)) for edge, missed in sorted(steps.items(), reverse=True)]
