"""The circuit of one stroke: what follows from its 14 values and the sample rate, shared by both renderings.

`prepare` writes it, together with a state at rest, into a `VOICE` record.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from synth.dsp.compiled import compiled
from synth.dsp.formulas import LN_60_DB, db_to_gain, decay_per_sample, highpass
from synth.voices.polyphony import STROKE
from synth.voices.snare808.table import SNARE808

ATTACK_S = 0.001
FLOOR = 1e-4
"""A stroke ends where nothing of it reaches -80 dBFS any more."""
SHORTEST_PART_S = 0.01
"""A part that never reaches the floor still sounds this long, so that learning can find the way back to it."""

VALUES = np.dtype([(name.replace(".", "_"), np.float64) for name in SNARE808.names])
"""The parameter table as a record: kernels know a value by its name."""
_PART = [("gain", np.float64), ("decay", np.float64), ("envelope", np.float64), ("end", np.int64)]
_SWEEP = [(name, np.float64) for name in ("turns", "depth", "sweep_decay", "sweep")]
_FILTER = [(name, np.float64) for name in ("b0", "a1", "a2", "state1", "state2")]
VOICE = np.dtype(
    [
        *STROKE,
        ("osc1", _PART + _SWEEP),
        ("osc2", _PART + _SWEEP),
        ("noise", _PART + _FILTER),
        ("drive", np.float64),
        ("attack", np.int64),
    ]
)
"""One stroke, its circuit and its state."""


@compiled
def prepare(values: Any, sample_rate: float, stroke: Any) -> None:
    """Derive the circuit of a stroke from its values and put its state to rest: `synth.voices.polyphony.prepare`."""
    v = values.view(VALUES)[0]
    stroke.attack = round(ATTACK_S * sample_rate)
    stroke.drive = db_to_gain(v.drive)
    sweep_decay = decay_per_sample(v.freq_env_decay, sample_rate)
    _prepare_part(stroke, stroke.osc1, v.osc1_gain, v.osc1_env_decay, 1.0, sample_rate)
    _prepare_part(stroke, stroke.osc2, v.osc2_gain, v.osc2_env_decay, 1.0, sample_rate)
    # The resonance lifts white noise to a spread near the root of q; its peaks stay below 1.5 + q.
    _prepare_part(stroke, stroke.noise, v.noise_gain, v.noise_env_decay, 1.5 + v.noise_filter_q, sample_rate)
    _prepare_sweep(stroke.osc1, v.osc1_freq / sample_rate, v.osc1_mod, sweep_decay)
    _prepare_sweep(stroke.osc2, v.osc2_freq / sample_rate, v.osc2_mod, sweep_decay)
    stroke.noise.b0, stroke.noise.a1, stroke.noise.a2 = highpass(v.noise_filter_freq, v.noise_filter_q, sample_rate)
    stroke.noise.state1 = stroke.noise.state2 = 0.0
    stroke.end = max(stroke.osc1.end, stroke.osc2.end, stroke.noise.end)


@compiled
def prepare_rows(rows: Any, sample_rate: float, strokes: Any) -> None:
    """Prepare (n,) strokes from (n, 14) values, which may lie beyond their ranges."""
    for row in range(len(strokes)):
        prepare(rows[row], sample_rate, strokes[row])


@compiled
def _prepare_part(stroke: Any, part: Any, gain_db: float, decay_ms: float, peak: float, sample_rate: float) -> None:
    """Set one of three parts; it ends where it is a third of the floor, or after its shortest time."""
    part.gain = db_to_gain(gain_db)
    part.decay = decay_per_sample(decay_ms, sample_rate)
    part.envelope = 0.0
    above_floor = math.log(max(stroke.drive * part.gain * peak * 3.0 / FLOOR, 1.0))
    ringing_s = max(decay_ms * 0.001 * above_floor / LN_60_DB, SHORTEST_PART_S)
    part.end = stroke.attack + math.ceil(ringing_s * sample_rate)


@compiled
def _prepare_sweep(oscillator: Any, turns: float, depth: float, sweep_decay: float) -> None:
    oscillator.turns = turns
    oscillator.depth = depth
    oscillator.sweep_decay = sweep_decay
    oscillator.sweep = 0.0
