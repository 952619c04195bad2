"""Values for the 808 that the property tests run over."""

import numpy as np
from numpy.typing import NDArray

from synth.voices.presets import load_preset, preset_names
from synth.voices.snare808.table import SNARE808


def presets() -> NDArray[np.float64]:
    return np.array([load_preset(name, SNARE808).values for name in preset_names(SNARE808)])


def random_values(count: int, seed: int) -> NDArray[np.float64]:
    return np.asarray(SNARE808.from_unit(np.random.default_rng(seed).random((count, 14))))


def corners(count: int, seed: int) -> NDArray[np.float64]:
    return np.asarray(SNARE808.from_unit(np.random.default_rng(seed).integers(0, 2, (count, 14)).astype(float)))


def named(**values: float) -> NDArray[np.float64]:
    result = SNARE808.defaults
    for name, value in values.items():
        result[SNARE808.index(name.replace("__", "."))] = value
    return result
