"""The circuit of one stroke: what follows from its 14 values and the sample rate, shared by both renderings.

`prepare` writes it, together with a state at rest, into `VOICE` records.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from synth.dsp.compiled import compiled
from synth.dsp.formulas import LN_60_DB, db_to_gain, decay_per_sample, highpass
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
        ("osc1", _PART + _SWEEP),
        ("osc2", _PART + _SWEEP),
        ("noise", [*_PART, *_FILTER, ("key", np.uint64)]),
        ("drive", np.float64),
        ("gain", np.float64),
        *((name, np.int64) for name in ("attack", "age", "end", "fade", "rise", "due", "order", "revises")),
    ]
)
"""One stroke, its circuit and its state. ``end`` is 0 in a free slot; ``fade`` counts down once a stroke is stolen,
``rise`` while it takes the place of the stroke whose order ``revises`` is (-1: a stroke of its own)."""


LIMITS = np.array([[param.low, param.high, param.default] for param in SNARE808]).T.copy()
"""Three rows of the table: low, high, default."""
NO_LIMITS = np.array([[-np.inf], [np.inf], [np.nan]]).repeat(len(SNARE808), axis=1)


@compiled
def prepare(values: Any, limits: Any, sample_rate: float, voices: Any) -> None:
    """Derive the circuit of each stroke from its values and put its state to rest.

    Parameters
    ----------
    values : (n, 14) float64
        Real units, in the order of `SNARE808`. Clamped in place.
    limits : (3, 14) float64
        `LIMITS`: what is outside its range is clamped, what is no number is the default. Or `NO_LIMITS`.
    sample_rate : float
        Hz.
    voices : (n,) of `VOICE`
        Are written.
    """
    for row in range(len(voices)):
        _clamp(values[row], limits)
        _prepare_voice(values[row].view(VALUES)[0], sample_rate, voices[row])


@compiled
def _clamp(values: Any, limits: Any) -> None:
    low, high, default = limits
    for i in range(len(values)):
        values[i] = default[i] if math.isnan(values[i]) else min(max(values[i], low[i]), high[i])


@compiled
def _prepare_voice(v: Any, sample_rate: float, voice: Any) -> None:
    voice.attack = round(ATTACK_S * sample_rate)
    voice.drive = db_to_gain(v.drive)
    sweep_decay = decay_per_sample(v.freq_env_decay, sample_rate)
    _prepare_part(voice, voice.osc1, v.osc1_gain, v.osc1_env_decay, 1.0, sample_rate)
    _prepare_part(voice, voice.osc2, v.osc2_gain, v.osc2_env_decay, 1.0, sample_rate)
    # The resonance lifts white noise to a spread near the root of q; its peaks stay below 1.5 + q.
    _prepare_part(voice, voice.noise, v.noise_gain, v.noise_env_decay, 1.5 + v.noise_filter_q, sample_rate)
    _prepare_sweep(voice.osc1, v.osc1_freq / sample_rate, v.osc1_mod, sweep_decay)
    _prepare_sweep(voice.osc2, v.osc2_freq / sample_rate, v.osc2_mod, sweep_decay)
    voice.noise.b0, voice.noise.a1, voice.noise.a2 = highpass(v.noise_filter_freq, v.noise_filter_q, sample_rate)
    voice.noise.state1 = voice.noise.state2 = 0.0
    voice.age = voice.fade = voice.rise = 0
    voice.revises = -1
    voice.end = max(voice.osc1.end, voice.osc2.end, voice.noise.end)


@compiled
def _prepare_part(voice: Any, part: Any, gain_db: float, decay_ms: float, peak: float, sample_rate: float) -> None:
    """Set one of three parts; it ends where it is a third of the floor, or after its shortest time."""
    part.gain = db_to_gain(gain_db)
    part.decay = decay_per_sample(decay_ms, sample_rate)
    part.envelope = 0.0
    above_floor = math.log(max(voice.drive * part.gain * peak * 3.0 / FLOOR, 1.0))
    ringing_s = max(decay_ms * 0.001 * above_floor / LN_60_DB, SHORTEST_PART_S)
    part.end = voice.attack + math.ceil(ringing_s * sample_rate)


@compiled
def _prepare_sweep(oscillator: Any, turns: float, depth: float, sweep_decay: float) -> None:
    oscillator.turns = turns
    oscillator.depth = depth
    oscillator.sweep_decay = sweep_decay
    oscillator.sweep = 0.0
