"""What an effect is: a table, formulas, and three kernels, which both of its twins run.

``play`` is the streaming twin: any number of samples up to `CHUNK`, in place, the same bits however they are cut.
``trace`` and ``pull_back`` are the differentiable one: a whole signal from rest, and the gradient back through it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synth.parts.oversampling import HISTORY
from synth.parts.solver import Formulas, Solver
from synth.spec import ParamSpace

HOP = 32
"""Samples of a stream after which values and rest are looked at."""
CHUNK = 256
"""Most samples that ``play`` is given at once, and those that learning works on at once: they stay in the cache."""
_SCRATCH_ROWS = 32
NO_KEY = np.zeros(0)
"""What an effect is given that listens to itself."""


@dataclass(frozen=True)
class Effect(Solver):
    """A kind of effect.

    Parameters
    ----------
    space : ParamSpace
        The parameter table.
    solve : callable
        As of `synth.parts.solver.Solver`.
    record : callable
        From a kind of number to the record that ``solve`` fills.
    state_size : callable
        From (channels, sample rate) to how many float64 numbers it keeps from sample to sample.
    kept_rows : callable
        From the number of channels to how many signals ``trace`` keeps for ``pull_back``.
    play : callable
        (coefficients, state, sound, key, scratch) to None: (n,), (m,), (channels, at most `CHUNK`) float64, of which
        state and sound are changed; ``key``, as long as the sound or empty, is listened to in its place.
    trace : callable
        (coefficients, sound, key, kept, scratch) to None: changes a whole sound, (channels, samples), and fills
        ``kept``.
    pull_back : callable
        (coefficients, pull, by_key, key, kept, slopes, scratch) to None: turns the gradient by what came out,
        (channels, samples), into that by what went in, adds that by the key, and the slopes by the coefficients.
    held : int
        How many numbers of the state, from the first on, are no signal: a place, a length.
    fine : int
        While values glide, its coefficients are new at every so many samples, a divisor of `HOP`: as few as it can
        afford.
    """

    space: ParamSpace
    solve: Formulas
    record: Callable[[type], np.dtype[Any]]
    state_size: Callable[[int, float], int]
    kept_rows: Callable[[int], int]
    play: Callable[..., None]
    trace: Callable[..., None]
    pull_back: Callable[..., None]
    held: int = 0
    fine: int = 8

    def coefficients(self, number: type = np.float64) -> np.dtype[Any]:
        """Return the record that the formulas fill."""
        return self.record(number)


def scratch_rows() -> NDArray[np.float64]:
    """Return what kernels write over."""
    return np.zeros((_SCRATCH_ROWS, CHUNK + 2 * HISTORY))
