"""Saturation as a part: level (tanh(gain x + bias) - tanh(bias))."""

from __future__ import annotations

from typing import Any

from synth.dsp.formulas import saturate, saturation


def play_drive(c: Any, given: Any, out: Any) -> None:
    """Bend ``given`` to ``out``."""
    gain, bias, level = c[0], c[1], c[2]
    if bias == 0.0:
        for i in range(len(out)):
            out[i] = level * saturate(gain * given[i])
        return
    rest = saturate(bias)
    for i in range(len(out)):
        out[i] = level * (saturate(gain * given[i] + bias) - rest)


def slopes_drive(c: Any, given: Any, pull: Any, pull_given: Any, slopes: Any) -> None:
    """Add the slopes by the coefficients, and the pull on what was given."""
    gain, bias, level = c[0], c[1], c[2]
    rest, rest_slope = saturation(bias)
    by_gain, by_bias, by_level = 0.0, 0.0, 0.0
    for i in range(len(pull)):
        bent, slope = saturation(gain * given[i] + bias)
        pulled = level * pull[i] * slope
        by_gain += pulled * given[i]
        by_bias += pulled - level * pull[i] * rest_slope
        by_level += pull[i] * (bent - rest)
        pull_given[i] += pulled * gain
    slopes[0] += by_gain
    slopes[1] += by_bias
    slopes[2] += by_level
