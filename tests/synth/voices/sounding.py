"""Strokes of a voice for tests: rendered with some values set, and what of their spectrum lies beside the harmonics."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench import purity
from synth.voices.circuit import Circuit
from synth.voices.polyphony import alone

RATE = 48_000.0


def values_of(circuit: Circuit, **given: float) -> NDArray[np.float64]:
    """Return the defaults of a voice with some values set; dots of their names are written as two underscores."""
    values = circuit.space.defaults
    for name, value in given.items():
        values[circuit.space.index(name.replace("__", "."))] = value
    return values


def coefficients(circuit: Circuit, **given: float) -> Any:
    """Return the coefficients of a stroke as a record."""
    return circuit.coefficients_of(values_of(circuit, **given)[None], RATE).view(circuit.wiring.coefficients())[0, 0]


def steady(circuit: Circuit, **given: float) -> NDArray[np.float64]:
    """Return 32 768 samples of a stroke without noise, from 0.2 s on."""
    quiet = {"noise__gain": -60.0, "noise__decay": 5.0, "decay": 10_000.0, "gain": 0.0}
    return alone(circuit, values_of(circuit, **quiet, **given), RATE, samples=42_368)[9600:]


def spectrum_of(sound: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return frequencies in Hz and magnitudes."""
    return purity.spectrum_of(sound, RATE)


def beside_harmonics_db(sound: NDArray[np.float64], freq_hz: float) -> float:
    """Return the level of the strongest thing that is no harmonic, beside that of the strongest harmonic."""
    return purity.beside_harmonics_db(sound, freq_hz, RATE)
