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

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from synth.parts.bands import NO_TABLES
from synth.parts.wiring import Wiring
from synth.spec import ParamSpace

if TYPE_CHECKING:
    from synth.voices.polyphony import Polyphony
    from synth.voices.voice import LearnableVoice

_STEP = 1e-30
"""Of the complex step: as its square is beyond the last digit, the slope is exact."""

Formulas = Callable[[Any, float, Any], None]


def solve(v: Any, rate: float, c: Any) -> None:
    """Set the coefficients of a stroke, which are zero, from its values; a voice has its formulas in this place."""


@dataclass(frozen=True)
class Circuit:
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

    def values(self, number: type = np.float64) -> np.dtype[Any]:
        """Return the parameter table as a record of ``number``."""
        return np.dtype([(name.replace(".", "_"), number) for name in self.space.names])

    def voice(self, sample_rate: float, seed: int = 0, polyphony: int = 16) -> Polyphony:
        """Return what plays strokes: see `synth.voices.polyphony.Polyphony`."""
        from synth.voices.polyphony import Polyphony

        return Polyphony(self, sample_rate, seed, polyphony)

    @property
    def learnable(self) -> LearnableVoice:
        """The voice as a function of tensors."""
        from synth.voices.differentiable import learnable

        return learnable(self)

    @cached_property
    def derive(self) -> Callable[..., None]:
        """The kernel (values, sample rate, coefficients) to None, over rows: see `coefficients_of`."""
        return self._compiled(_derive)

    @cached_property
    def pull(self) -> Callable[..., None]:
        """The kernel that turns slopes by coefficients into slopes by values: see `slopes_of`."""
        return self._compiled(_pull)

    def _compiled(self, template: Callable[..., None]) -> Callable[..., None]:
        # Here, so that the tables of all voices can be read without a compiler.
        from synth.dsp.compiled import compiled_tree, with_kernels

        return with_kernels(template, solve=compiled_tree(self.solve))

    def coefficients_of(self, values: NDArray[np.float64], sample_rate: float) -> NDArray[np.float64]:
        """Return the coefficients of strokes: (batch, parameters) real units in, (batch, n) out."""
        coefficients = np.zeros(len(values), self.wiring.coefficients())
        rows = np.ascontiguousarray(values).view(self.values())[:, 0]
        self.derive(rows, float(sample_rate), coefficients)
        return coefficients.view(np.float64).reshape(len(values), -1)

    def slopes_of(
        self, values: NDArray[np.float64], sample_rate: float, by_coefficients: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """Return the slopes by values of what has the slopes ``by_coefficients``: (batch, n) to (batch, parameters)."""
        shifted = values.astype(np.complex128)
        result = np.zeros(values.shape)
        record = np.zeros(1, self.wiring.coefficients(np.complex128))
        numbers = record.view(np.complex128)
        rows = shifted.view(self.values(np.complex128))[:, 0]
        self.pull(shifted, rows, float(sample_rate), record, numbers, by_coefficients, result)
        return result


def _derive(values: Any, rate: float, coefficients: Any) -> None:
    for row in range(len(values)):
        solve(values[row], rate, coefficients[row])


def _pull(
    numbers: Any, values: Any, rate: float, record: Any, coefficients: Any, by_coefficients: Any, result: Any
) -> None:
    """Shift one value after the other by an imaginary step, and weigh what the coefficients make of it."""
    for row in range(len(values)):
        for column in range(numbers.shape[1]):
            before = numbers[row, column]
            numbers[row, column] = complex(before.real, _STEP)
            coefficients[:] = 0.0
            solve(values[row], rate, record[0])
            total = 0.0
            for k in range(len(coefficients)):
                total += coefficients[k].imag * by_coefficients[row, k]
            result[row, column] = total / _STEP
            numbers[row, column] = before
