"""Frequency modulation: a sine whose phase other sines bend, in any chunks and with true slopes."""

from __future__ import annotations

from typing import Any

import numpy as np

from synth.parts.wiring import FM, Part
from tests.synth.parts.alone import Alone, require_same_in_any_chunks, require_true_slopes


def tone(attack: float = 48.0, depth: float = 0.4) -> Alone:
    def fill(part: Any) -> None:
        part["gain"], part["turns"], part["decay"], part["attack"] = 0.7, 0.011, 0.999, attack
        part["depth"], part["sweep"], part["sweeps"] = depth, 0.99, 100.0
        part["ratio"], part["index"], part["fall"] = (1.4, 3.1), (0.3, 0.1), (0.998, 0.99)

    return Alone(Part("part", FM, count=2), fill)


def test_modulators_bend_the_phase_in_turns() -> None:
    n = np.arange(768)
    part, phase = tone(attack=1.0, depth=0.0), 0.011 * n
    bent = phase + 0.3 * 0.998**n * np.sin(2 * np.pi * 1.4 * phase) + 0.1 * 0.99**n * np.sin(2 * np.pi * 3.1 * phase)
    np.testing.assert_allclose(part.played([64] * 12), 0.7 * 0.999**n * np.sin(2 * np.pi * bent), atol=1e-12)


def test_chunks_of_any_length_sound_the_same() -> None:
    require_same_in_any_chunks(tone())


def test_slopes_are_those_of_finite_differences() -> None:
    names = ("gain", "turns", "phase", "decay", "attack", "depth", "sweep", "sweeps", "ratio", "index", "fall")
    require_true_slopes(tone(), [name for name in names if name != "attack"])
