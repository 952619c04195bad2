"""What a voice is: one object that plays strokes, and one function that training learns through."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from synth.spec import ParamSpace

if TYPE_CHECKING:
    from torch import Tensor


class Voice(Protocol):
    """Plays strokes, many of them at once. It belongs to the thread that renders it.

    `synth.voices.polyphony` implements it for a voice that can render one stroke.
    """

    @property
    def space(self) -> ParamSpace:
        """The parameter table: a stroke's values are in real units, in its order."""

    @property
    def latency_samples(self) -> int:
        """How much later than it was asked for a stroke sounds."""

    @property
    def dropped(self) -> int:
        """Strokes and chokes that found no room since the last `reset`."""

    def reset(self) -> None:
        """Return to the state before the first stroke."""

    def trigger(self, values: ArrayLike, at_samples: int = 0, gain: float = 1.0) -> int:
        """Start a stroke ``at_samples`` after the start of the next block.

        Parameters
        ----------
        values : (n,) floats
            Outside its range a value is clamped; no number is the default.
        at_samples : int
            May lie beyond the next block; below 0 counts as 0.
        gain : float
            Linear, after the voice.

        Returns
        -------
        int
            The stroke, for `revise`; -1 where it found no room.
        """

    def revise(self, stroke: int, values: ArrayLike, at_samples: int = 0, gain: float = 1.0) -> None:
        """Turn a sounding stroke into what it would be had it had other values; a gain of 0 takes it back.

        A stroke that has ended or was choked stays so.
        """

    def choke(self, at_samples: int = 0) -> None:
        """Fade every stroke that has started before ``at_samples``, counted as for `trigger`, from that sample on.

        A stroke that starts at that very sample rings on. Takes no memory and no lock.
        """

    def render(self, out: NDArray[np.float64]) -> bool:
        """Add the next ``len(out)`` samples of all strokes to ``out``: (n,) float64. Takes no memory and no lock.

        Returns
        -------
        bool
            Whether any stroke sounded; otherwise ``out`` is as it was.
        """

    def silence(self) -> None:
        """Fade every stroke out and forget those that have yet to start."""


@dataclass(frozen=True, slots=True)
class LearnableVoice:
    """A voice as a function of tensors.

    Parameters
    ----------
    render : callable
        (values, noise, sample_rate, samples) to audio, with gradients to the values: (batch, n) tensor in real units
        and (1 or batch, at least samples) tensor of white noise in -1..1, to (batch, samples).
    lengths : callable, optional
        (values, sample_rate) to the samples after which each stroke is silent: (batch, n) tensor to (batch,) int64.
        Where a voice cannot tell, nothing after its end is left out of the work.
    """

    render: Callable[[Tensor, Tensor, float, int], Tensor]
    lengths: Callable[[Tensor, float], NDArray[np.int64]] | None = None
