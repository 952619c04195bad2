"""The interface of all embeddings: sounds in, a row of numbers for each out.

The distance of two sounds is the L1 distance of their rows. In the kinds that ship, a number is in dB or weighed to
count as dB do, so a distance is that many dB, added over all numbers.

Nothing is normalised. Sounds that differ in level differ by as many dB, a sound that starts later is another sound, and
so is one with more silence after it: compare rows of sounds that start at their onset and have the same length.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from synth.errors import InputError

Floats = NDArray[np.float32]


class Embedding(Protocol):
    """From sounds to rows that can be compared.

    The same sound gives the same row to the bit, whatever stands beside it. A sound that was recorded at another sample
    rate, 22.05 to 192 kHz, gives nearly the same row, since the same seconds and the same Hz are looked at.
    """

    @property
    def name(self) -> str:
        """As it is asked for: a name of `models.embeddings.registry.EMBEDDINGS`, or ``onnx:FILE``."""

    def __call__(self, audio: Floats, rate_hz: int) -> Floats:
        """Return the rows of sounds.

        Parameters
        ----------
        audio : (n, samples) array
            -1..1, at least a sample each.
        rate_hz : int

        Returns
        -------
        (n, d) array
            Finite, for silence too.

        Raises
        ------
        InputError
            The shape or the rate is not that, or a sample is no finite number.
        """


def each_row(audio: Floats, rate_hz: int, embed: Callable[[Floats, int], Floats]) -> Floats:
    """Return the rows of sounds, made one by one.

    A product of matrices may round differently for other batches. One by one, a row does not depend on its neighbours,
    and the spectra of only one sound are in memory.

    Parameters
    ----------
    audio : (n, samples) array
    rate_hz : int
    embed : callable
        ((samples,) array, rate_hz) to a (d,) array.
    """
    if audio.ndim != 2 or audio.shape[1] == 0:
        raise InputError(f"audio: has the shape {audio.shape}; allowed is (sounds, samples), with a sample or more")
    rows = [embed(np.ascontiguousarray(row, np.float32), rate_hz) for row in audio]
    if not rows:
        return np.zeros((0, len(embed(np.zeros(audio.shape[1], np.float32), rate_hz))), np.float32)
    found = np.stack(rows).astype(np.float32, copy=False)
    if not np.isfinite(found).all():
        raise InputError("audio: a sample is no finite number")
    return found
