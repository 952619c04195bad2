"""A sine whose phase is bent by others, as a part: frequency modulation (Chowning, 1973).

Its first coefficients and its envelope are those of a sine with one sweep (`synth.parts.sine`). Each modulator is a
sine at ``ratio`` times its phase, which bends that phase by ``index`` turns at the height of the stroke; the index has
the attack of the sine, and then falls by its own factor.
"""

from __future__ import annotations

import math
from typing import Any

from synth.dsp.formulas import sine, sine_cosine
from synth.parts.sine import AMPLITUDE, COEFFICIENTS, SIZE, fill_envelopes, fill_fall, fill_phases, pull_phase

MOST = 3
"""Modulators of one part: there are rows of scratch for as many."""
_PHASE, _BENT, _ON_PHASE, _MODULATORS = 3, 4, 5, 6
_FALLEN, _STRAIGHT, _QUARTER_ON, _EACH = range(4)
_STATE = 3


def play_fm(coefficients: Any, state: Any, count: int, age: int, out: Any, rows: Any) -> None:
    """Write the sound of a carrier and ``count`` modulators; ``rows`` are overwritten."""
    c = coefficients[:SIZE].view(COEFFICIENTS)[0]
    phase, bent, fallen = rows[_PHASE, : len(out)], rows[_BENT, : len(out)], rows[_MODULATORS, : len(out)]
    fill_envelopes(c, state, 1, age, len(out), rows)
    fill_phases(c, 1, age, len(out), rows, phase)
    for i in range(len(out)):
        bent[i] = phase[i]
    for k in range(count):
        ratio, index, fall = _modulator(coefficients, count, k)
        fill_fall(state, _STATE + k, fall, c.attack, age, _rising(c.attack, age, len(out)), fallen)
        for i in range(len(out)):
            bent[i] += index * fallen[i] * sine(ratio * phase[i])
    for i in range(len(out)):
        out[i] = c.gain * rows[AMPLITUDE, i] * sine(bent[i])


def _modulator(coefficients: Any, count: int, k: int) -> tuple[float, float, float]:
    """Return ratio, index in turns and factor of the k-th modulator."""
    own = coefficients[SIZE:]
    return own[k], own[count + k], own[2 * count + k]


def _rising(attack: float, age: int, count: int) -> int:
    return int(min(max(attack - age, 0.0), float(count)))


def slopes_fm(coefficients: Any, state: Any, count: int, age: int, pull: Any, slopes: Any, rows: Any) -> None:
    """Add the slopes by the coefficients; ``state`` is that before the chunk; it and ``rows`` are overwritten."""
    c, by = coefficients[:SIZE].view(COEFFICIENTS)[0], slopes[:SIZE].view(COEFFICIENTS)[0]
    phase, bent, on_phase = rows[_PHASE, : len(pull)], rows[_BENT, : len(pull)], rows[_ON_PHASE, : len(pull)]
    fill_envelopes(c, state, 1, age, len(pull), rows)
    fill_phases(c, 1, age, len(pull), rows, phase)
    for i in range(len(pull)):
        bent[i] = phase[i]
    for k in range(count):
        _bend_traced(coefficients, state, count, k, c.attack, age, phase, bent, rows[_MODULATORS + _EACH * k :])
    on_bent = bent
    _pull_carrier(c, age, pull, by, rows[AMPLITUDE], on_bent)
    for i in range(len(pull)):
        on_phase[i] = on_bent[i]
    own = slopes[SIZE:]
    for k in range(count):
        ratio, index, fall = _modulator(coefficients, count, k)
        traced = rows[_MODULATORS + _EACH * k :]
        falls = age + 1.0 - c.attack
        by_ratio, by_index, by_fall = _pull_modulator(ratio, index, falls, phase, on_bent, on_phase, traced)
        own[k] += by_ratio
        own[count + k] += by_index
        own[2 * count + k] += by_fall / fall
    pull_phase(c, age, on_phase, by, rows)


def _bend_traced(
    coefficients: Any, state: Any, count: int, k: int, attack: float, age: int, phase: Any, bent: Any, traced: Any
) -> None:
    """Bend the phase by one modulator, and keep what its slopes need."""
    ratio, index, fall = _modulator(coefficients, count, k)
    fallen, straight, quarter_on = traced[_FALLEN, : len(bent)], traced[_STRAIGHT], traced[_QUARTER_ON]
    fill_fall(state, _STATE + k, fall, attack, age, _rising(attack, age, len(bent)), fallen)
    for i in range(len(bent)):
        straight[i], quarter_on[i] = sine_cosine(ratio * phase[i])
    for i in range(len(bent)):
        bent[i] += index * fallen[i] * straight[i]


def _pull_carrier(c: Any, age: int, pull: Any, by: Any, amplitude: Any, bent: Any) -> None:
    """Add the slopes by the gain and the decay, and turn ``bent`` into the pull on itself."""
    gain, decay, falls, turn = 0.0, 0.0, age + 1.0 - c.attack, 2.0 * math.pi * c.gain
    for i in range(len(pull)):
        straight, quarter_on = sine_cosine(bent[i])
        loud = pull[i] * amplitude[i]
        gain += loud * straight
        decay += loud * straight * max(falls + i, 0.0)
        bent[i] = turn * loud * quarter_on
    by.gain += gain
    by.decay += c.gain * decay / c.decay


def _pull_modulator(
    ratio: float, index: float, falls: float, phase: Any, on_bent: Any, on_phase: Any, traced: Any
) -> tuple[float, float, float]:
    """Return the slopes by ratio and index and, but for a division, by the factor; add the pull on the phase."""
    fallen, straight, quarter_on = traced[_FALLEN], traced[_STRAIGHT], traced[_QUARTER_ON]
    by_ratio, by_index, by_fall, turn = 0.0, 0.0, 0.0, 2.0 * math.pi * index
    for i in range(len(on_bent)):
        bends = on_bent[i] * fallen[i]
        turned = turn * bends * quarter_on[i]
        by_index += bends * straight[i]
        by_fall += index * bends * straight[i] * max(falls + i, 0.0)
        by_ratio += turned * phase[i]
        on_phase[i] += turned * ratio
    return by_ratio, by_index, by_fall
