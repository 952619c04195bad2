"""From values to coefficients: a table's formulas, compiled, and the slopes of what they give.

A voice and an effect say in plain arithmetic what their values set (`synth.parts.coefficients`). The slopes of
coefficients by values are taken by a complex step, which is exact to the last digit (Squire and Trapp, 1998).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synth.spec import ParamSpace

_STEP = 1e-30
"""Of the complex step: as its square is beyond the last digit, the slope is exact."""

Formulas = Callable[[Any, float, Any], None]


def solve(v: Any, rate: float, c: Any) -> None:
    """Set coefficients, which are zero, from values; a voice or an effect has its formulas in this place."""


class Solver(ABC):
    """A table of parameters and the formulas that turn its values into coefficients.

    Attributes
    ----------
    space : ParamSpace
        The parameter table.
    solve : callable
        The formulas: (values, sample rate in Hz, coefficients) to None, over one record of each.
    """

    space: ParamSpace
    solve: Formulas

    @abstractmethod
    def coefficients(self, number: type = np.float64) -> np.dtype[Any]:
        """Return the record that the formulas fill."""

    def values(self, number: type = np.float64) -> np.dtype[Any]:
        """Return the parameter table as a record of ``number``."""
        return np.dtype([(name.replace(".", "_"), number) for name in self.space.names])

    @cached_property
    def derive(self) -> Callable[..., None]:
        """The kernel (values, sample rate, coefficients) to None, over rows: see `coefficients_of`."""
        return self._compiled(_derive)

    @cached_property
    def pull(self) -> Callable[..., None]:
        """The kernel that turns slopes by coefficients into slopes by values: see `slopes_of`."""
        return self._compiled(_pull)

    def _compiled(self, template: Callable[..., None]) -> Callable[..., None]:
        # Here, so that tables can be read without a compiler.
        from synth.dsp.compiled import compiled_tree, with_kernels

        return with_kernels(template, solve=compiled_tree(self.solve))

    def coefficients_of(self, values: NDArray[np.float64], sample_rate: float) -> NDArray[np.float64]:
        """Return coefficients: (batch, parameters) real units in, (batch, n) out."""
        coefficients = np.zeros(len(values), self.coefficients())
        rows = np.ascontiguousarray(values).view(self.values())[:, 0]
        self.derive(rows, float(sample_rate), coefficients)
        return coefficients.view(np.float64).reshape(len(values), -1)

    def slopes_of(
        self, values: NDArray[np.float64], sample_rate: float, by_coefficients: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """Return the slopes by values of what has the slopes ``by_coefficients``: (batch, n) to (batch, parameters)."""
        shifted = values.astype(np.complex128)
        result = np.zeros(values.shape)
        record = np.zeros(1, self.coefficients(np.complex128))
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
