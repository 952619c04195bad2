"""Where a take begins that was heard some milliseconds after its note was sent, and not always as many."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bridge.sampling.measure import Delays, Noise, onset_samples

Samples = NDArray[np.float32]

BEFORE_ONSET_S = 0.001
"""A take begins so long before the onset that the measured sound would have: what rises slower is whole too."""

JITTER_MARGIN, LEAST_JITTER_S = 2.0, 0.00005
"""A note counts as early or late up to twice the deviation that was measured, and 0.05 ms in any case."""

DOUBTFUL_S = 0.001
"""An onset that is further off than the jitter and than this is doubted: it may be the sound's attack or one late note.
Under JACK every note of FluidSynth came on the sample, but for one of 60 that came a period late, and a closed
filter's onset was found 0.4 ms after an open one's."""


@dataclass(frozen=True, slots=True)
class Alignment:
    """What is taken off a take.

    Parameters
    ----------
    delay_s : float
        From sending a note to the onset of a sound that begins at once.
    jitter_s : float
        How far that differs from note to note.
    sample_rate : int
        Hz.
    """

    delay_s: float
    jitter_s: float
    sample_rate: int

    @classmethod
    def of(cls, delays: Delays, sample_rate: int) -> Alignment:
        """Return what follows from measured delays."""
        return cls(delays.median_s, max(JITTER_MARGIN * delays.deviation_s, LEAST_JITTER_S), sample_rate)

    def offset_s(self, audio: Samples, noise: Noise) -> float | None:
        """Return how far the onset in (samples,), heard from the moment of sending on, is off; None without one."""
        onset = onset_samples(audio, noise)
        return None if onset is None else onset / self.sample_rate - self.delay_s

    def is_jitter(self, offset_s: float | None) -> bool:
        """Return whether an onset is off by no more than notes are."""
        return offset_s is not None and abs(offset_s) <= self.jitter_s

    def is_doubtful(self, offset_s: float | None) -> bool:
        """Return whether an onset is so far off that the note may have been late."""
        return offset_s is not None and abs(offset_s) > max(self.jitter_s, DOUBTFUL_S)

    def agree(self, one_s: float | None, other_s: float | None) -> bool:
        """Return whether two takes of a note have their onset at one place."""
        return one_s is not None and other_s is not None and abs(one_s - other_s) <= max(self.jitter_s, DOUBTFUL_S)

    def take(self, audio: Samples, offset_s: float | None, samples: int) -> Samples:
        """Return (samples,) from the note on; an offset that is no jitter is the sound's own, and stays."""
        moved_s = offset_s if offset_s is not None and self.is_jitter(offset_s) else 0.0
        return cut(audio, round((self.delay_s + moved_s - BEFORE_ONSET_S) * self.sample_rate), samples)


def cut(audio: Samples, start: int, samples: int) -> Samples:
    """Return (samples,) of audio from ``start`` on, which may lie before its beginning; silence where there is none."""
    found = np.zeros(samples, np.float32)
    first = max(start, 0)
    part = audio[first : max(start + samples, 0)]
    found[first - start : first - start + len(part)] = part
    return found
