"""What playing and learning ask of a voice that is wired of parts: `synth.voices.circuit.Circuit` answers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from synth.parts.wiring import Wiring
from synth.spec import ParamSpace


class Wired(Protocol):
    """A table of parameters, a wiring, and the way from one to the other."""

    @property
    def space(self) -> ParamSpace:
        """The parameter table."""

    @property
    def wiring(self) -> Wiring:
        """The parts."""

    @property
    def tables(self) -> NDArray[np.float64]:
        """Constant data of parts that read tables."""

    @property
    def derive(self) -> Callable[..., None]:
        """The kernel (values, sample rate, coefficients) to None, over rows of records."""

    def values(self, number: type = np.float64) -> np.dtype[Any]:
        """Return the parameter table as a record of ``number``."""

    def coefficients_of(self, values: NDArray[np.float64], sample_rate: float) -> NDArray[np.float64]:
        """Return the coefficients of strokes: (batch, parameters) real units in, (batch, n) out."""

    def slopes_of(
        self, values: NDArray[np.float64], sample_rate: float, by_coefficients: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """Return the slopes by values of what has the slopes ``by_coefficients``."""
