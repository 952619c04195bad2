"""A small synth in closed form, and examples of it."""

import numpy as np
from numpy.typing import NDArray

from models.proxies.examples import Examples
from models.proxies.settings import FitSettings
from synth.spec import Param, ParamSpace

SPACE = ParamSpace(
    "toy",
    (
        Param("cutoff", 100.0, 10_000.0, "Hz", "log", 1_000.0),
        Param("decay", 0.1, 1.0, "s", "linear", 0.5),
        Param("volume", -40.0, 0.0, "dB", "linear", -10.0, role="level"),
        Param("shape", 0.0, 2.0, "", "linear", 0.0, kind="choice", steps=3),
        Param("punch", 0.0, 1.0, "", "linear", 0.0, kind="switch", steps=2),
    ),
)
SHAPES = np.array([[0.0, 6.0, -6.0], [9.0, -9.0, 0.0], [-4.0, 0.0, 12.0]])
BANDS = np.linspace(0.0, 1.0, 12)


def toy_synth(unit: NDArray[np.float64]) -> NDArray[np.float32]:
    """Return (n, 12) levels in dB of (n, 5) unit values."""
    cutoff, decay, volume, shape, punch = unit.T
    tilt = -30.0 / (1.0 + np.exp(-8.0 * (BANDS - cutoff[:, None])))
    colour = SHAPES[np.round(2.0 * shape).astype(int)][:, np.arange(12) % 3]
    level = 40.0 * volume[:, None] - 40.0 + 10.0 * np.sin(3.0 * decay)[:, None] * BANDS
    return np.asarray(tilt + colour + level + 5.0 * punch[:, None] * (1.0 - BANDS), np.float32)


def toy_settings(count: int, seed: int = 0) -> NDArray[np.float64]:
    """Return random settings that the synth can realise, (count, 5)."""
    return SPACE.realised(np.random.default_rng(seed).random((count, len(SPACE))))


def toy_examples(count: int = 400, seed: int = 0) -> Examples:
    """Return examples with a figure: the mean level."""
    unit = toy_settings(count, seed)
    heard = toy_synth(unit)
    return Examples(SPACE, unit, heard, "toy-bands", heard.mean(1, keepdims=True), ("loudness",))


QUICK = FitSettings("highway", parameters=20_000, nets=2, steps=400, batch=32, rate=6e-3, decay=0.01, averaging=0.97)
