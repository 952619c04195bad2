"""A small patch to test with: not the shipped one, so that tests know its numbers."""

import numpy as np

from synth.spec import Param, ParamSpace
from synth.voices.presets import Patch

SPACE = ParamSpace(
    "toy",
    (
        Param("tone.freq", 20, 2000, "Hz", "log", 200),
        Param("tone_env.decay", 10, 2000, "ms", "log", 200, role="decay"),
        Param("gain", -60, 6, "dB", "linear", -6),
    ),
)

PATCH = Patch("toy", SPACE, np.array([180.0, 150.0, -6.0]), np.array([0.1, 1.0, 1.0]))
