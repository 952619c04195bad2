"""A voice as its table of parameters, the wiring of its parts, and the formulas from one to the other.

A voice says no more than this::

    BELL = ParamSpace("bell", (Param("freq", ...), Param("decay", ...)))
    WIRING = Wiring((Part("tone", SINE),))

    def solve(v, rate, c):
        set_sine(c.tone, 1.0, v.freq, v.decay, 1.0, rate)
        last_until(c.stroke, c.tone, 1.0, v.decay, 1.0, rate)

    CIRCUIT = Circuit(BELL, WIRING, solve)

What plays, what learns and all slopes follow from it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from synth.parts.bands import NO_TABLES
from synth.parts.solver import Formulas, Solver
from synth.parts.wiring import Wiring
from synth.spec import ParamSpace

if TYPE_CHECKING:
    from synth.voices.polyphony import Polyphony
    from synth.voices.voice import LearnableVoice


@dataclass(frozen=True)
class Circuit(Solver):
    """A voice that is wired of parts.

    Parameters
    ----------
    space : ParamSpace
        The parameter table.
    wiring : Wiring
        The parts.
    solve : callable
        (values, sample rate in Hz, coefficients) to None: the values as a record by the names of the table, whose dots
        are underscores; the coefficients as a record of records, zeros at first, by the names of the parts. Plain
        arithmetic as in `synth.parts.coefficients`.
    tables : array
        Of a voice whose wiring has ``TABLES``: `synth.parts.bands.banded`.
    """

    space: ParamSpace
    wiring: Wiring
    solve: Formulas
    tables: NDArray[np.float64] = field(default_factory=lambda: NO_TABLES, repr=False, compare=False)

    def coefficients(self, number: type = np.float64) -> np.dtype[Any]:
        """Return the record that the formulas fill: see `synth.parts.wiring.Wiring.coefficients`."""
        return self.wiring.coefficients(number)

    def voice(self, sample_rate: float, seed: int = 0, polyphony: int = 16) -> Polyphony:
        """Return what plays strokes: see `synth.voices.polyphony.Polyphony`."""
        from synth.voices.polyphony import Polyphony

        return Polyphony(self, sample_rate, seed, polyphony)

    @property
    def learnable(self) -> LearnableVoice:
        """The voice as a function of tensors."""
        from synth.voices.differentiable import learnable

        return learnable(self)
