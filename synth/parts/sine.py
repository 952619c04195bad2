"""A sine that decays and whose pitch sweeps, as a part: what a kicked resonator plays.

At sample n, with the attack's length A in samples, the envelope is e(n) = (n + 1) / A up to A and decay^(n + 1 - A)
after it. Its sweeps w(n), none to two, have this shape too, so the phase has a closed form:
phase + turns (n + depth S(n) + depth2 S2(n)), where S(n) is the sum of w before n. After the attack that sum is
(A + 1) / 2 + (sweep - w(n)) sweeps, where sweeps is the sum of all powers of the sweep's factor, 1 / (1 - sweep).
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from synth.dsp.formulas import sine, sine_cosine
from synth.parts.powers import fill_powers
from synth.parts.wiring import SINE, Part

COEFFICIENTS = Part("", SINE).fields(np.float64)
"""Of a sine; those of other oscillators begin with the same."""
SIZE = len(COEFFICIENTS.names or ())
TRACE = 5
"""Rows that `trace_sine` leaves to `slopes_sine`."""
AMPLITUDE, SWEPT, _SWEPT2, _STRAIGHT, _QUARTER_ON = range(TRACE)


def play_sine(coefficients: Any, state: Any, sweeps: int, age: int, out: Any, scratch: Any) -> None:
    """Write the sine from sample ``age`` on; four rows of ``scratch`` are overwritten."""
    c = coefficients.view(COEFFICIENTS)[0]
    phases = scratch[_STRAIGHT]
    fill_envelopes(c, state, sweeps, age, len(out), scratch)
    fill_phases(c, sweeps, age, len(out), scratch, phases)
    for i in range(len(out)):
        out[i] = c.gain * scratch[AMPLITUDE, i] * sine(phases[i])


def fill_envelopes(c: Any, state: Any, sweeps: int, age: int, count: int, rows: Any) -> None:
    """Write the envelope and as many sweeps as there are, and keep their last values."""
    rising = int(min(max(c.attack - age, 0.0), float(count)))
    fill_fall(state, 0, c.decay, c.attack, age, rising, rows[AMPLITUDE, :count])
    if sweeps > 0:
        fill_fall(state, 1, c.sweep, c.attack, age, rising, rows[SWEPT, :count])
    if sweeps > 1:
        fill_fall(state, 2, c.sweep2, c.attack, age, rising, rows[_SWEPT2, :count])


def fill_fall(state: Any, place: int, decay: float, attack: float, age: int, rising: int, row: Any) -> None:
    """Write what rises for as many samples and then shrinks, and keep its last value at ``place`` of the state."""
    for i in range(rising):
        row[i] = (age + i + 1) / attack
    falling = row[rising:]
    if len(falling) > 0:
        fill_powers((row[rising - 1] if rising > 0 else state[place]) * decay, decay, falling)
    state[place] = row[-1]


def fill_phases(c: Any, sweeps: int, age: int, count: int, rows: Any, phases: Any) -> None:
    """Write the phase in turns."""
    rising = int(min(max(c.attack - age, 0.0), float(count)))
    depth = (c.depth if sweeps > 0 else 0.0) + (c.depth2 if sweeps > 1 else 0.0)
    for i in range(rising):
        n = float(age + i)
        phases[i] = c.phase + c.turns * (n + depth * n * (n + 1.0) / (2.0 * c.attack))
    late, swept, swept2 = phases[rising:count], rows[SWEPT, rising:count], rows[_SWEPT2, rising:count]
    start = float(age + rising)
    if sweeps == 0:
        for i in range(len(late)):
            late[i] = c.phase + c.turns * (start + i)
        return
    peak = 0.5 * (c.attack + 1.0)
    by_peak, pull = c.depth * (peak + c.sweep * c.sweeps), c.depth * c.sweeps
    if sweeps == 1:
        for i in range(len(late)):
            late[i] = c.phase + c.turns * ((start + i) + by_peak - pull * swept[i])
        return
    by_peak += c.depth2 * (peak + c.sweep2 * c.sweeps2)
    pull2 = c.depth2 * c.sweeps2
    for i in range(len(late)):
        late[i] = c.phase + c.turns * ((start + i) + by_peak - pull * swept[i] - pull2 * swept2[i])


def trace_sine(coefficients: Any, state: Any, sweeps: int, age: int, out: Any, trace: Any, phases: Any) -> None:
    """Write the sine again, and to ``trace`` what its slopes need; ``phases`` is overwritten."""
    c = coefficients.view(COEFFICIENTS)[0]
    fill_envelopes(c, state, sweeps, age, len(out), trace)
    fill_phases(c, sweeps, age, len(out), trace, phases)
    straight, quarter_on, amplitude = trace[_STRAIGHT], trace[_QUARTER_ON], trace[AMPLITUDE]
    for i in range(len(out)):
        straight[i], quarter_on[i] = sine_cosine(phases[i])
    for i in range(len(out)):
        out[i] = c.gain * amplitude[i] * straight[i]


def slopes_sine(coefficients: Any, sweeps: int, age: int, pull: Any, slopes: Any, trace: Any) -> None:
    """Add the slopes by the coefficients; ``trace`` is as `trace_sine` left it."""
    c, by = coefficients.view(COEFFICIENTS)[0], slopes.view(COEFFICIENTS)[0]
    amplitude, straight, quarter_on = trace[AMPLITUDE], trace[_STRAIGHT], trace[_QUARTER_ON]
    gain, decay, phase, turns = 0.0, 0.0, 0.0, 0.0
    start, falls = float(age), float(age) + 1.0 - c.attack
    for i in range(len(pull)):
        on_part = pull[i] * amplitude[i] * straight[i]
        gain += on_part
        decay += on_part * max(falls + i, 0.0)
    for i in range(len(pull)):
        on_phase = pull[i] * amplitude[i] * quarter_on[i]
        quarter_on[i] = on_phase
        phase += on_phase
        turns += on_phase * (start + i)
    on_turns = 2.0 * math.pi * c.gain
    by.gain += gain
    by.decay += c.gain * decay / c.decay
    by.phase += on_turns * phase
    by.turns += on_turns * turns
    pull_sweeps(c, sweeps, age, quarter_on[: len(pull)], on_turns, by, trace)


def pull_phase(c: Any, age: int, on_phase: Any, by: Any, rows: Any) -> None:
    """Add the slopes by phase, pitch and one sweep for other oscillators with a sine's phase.

    ``on_phase`` is the pull on the phase in turns; ``rows`` has the envelopes as `fill_envelopes` left them.
    """
    phase, turns, start = 0.0, 0.0, float(age)
    for i in range(len(on_phase)):
        phase += on_phase[i]
        turns += on_phase[i] * (start + i)
    by.phase += phase
    by.turns += turns
    pull_sweeps(c, 1, age, on_phase, 1.0, by, rows)


def pull_sweeps(c: Any, sweeps: int, age: int, on_phase: Any, on_turns: float, by: Any, trace: Any) -> None:
    """Add the slopes by the sweeps, and by the pitch so far as it sweeps: ``on_phase`` times ``on_turns`` is the pull.

    ``trace`` has the envelopes as `fill_envelopes` left them.
    """
    if sweeps > 0:
        total, by_factor, by_sum = _sweep_slopes(c.sweep, c.sweeps, c.attack, age, on_phase, trace[SWEPT])
        by.turns += on_turns * c.depth * total
        by.depth += on_turns * c.turns * total
        by.sweep += on_turns * c.turns * c.depth * by_factor
        by.sweeps += on_turns * c.turns * c.depth * by_sum
    if sweeps > 1:
        total, by_factor, by_sum = _sweep_slopes(c.sweep2, c.sweeps2, c.attack, age, on_phase, trace[_SWEPT2])
        by.turns += on_turns * c.depth2 * total
        by.depth2 += on_turns * c.turns * total
        by.sweep2 += on_turns * c.turns * c.depth2 * by_factor
        by.sweeps2 += on_turns * c.turns * c.depth2 * by_sum


def _sweep_slopes(
    sweep: float, sweeps: float, attack: float, age: int, on_phase: Any, swept: Any
) -> tuple[float, float, float]:
    """Return the pull on the sum of a sweep, on its factor and on the sum of all the factor's powers."""
    rising = int(min(max(attack - age, 0.0), float(len(on_phase))))
    total, whole, on_swept, on_power = 0.0, 0.0, 0.0, 0.0
    for i in range(rising):
        n = float(age + i)
        total += on_phase[i] * n * (n + 1.0) / (2.0 * attack)
    late, falling, falls = on_phase[rising:], swept[rising:], age + rising + 1.0 - attack
    for i in range(len(late)):
        whole += late[i]
        on_swept += late[i] * falling[i]
        on_power += late[i] * falling[i] * (falls + i)
    total += whole * (0.5 * (attack + 1.0) + sweep * sweeps) - sweeps * on_swept
    # A sweep that no formula has set has a factor of zero.
    by_factor = sweeps * (whole - on_power / sweep) if sweep > 0.0 else 0.0
    return total, by_factor, sweep * whole - on_swept
