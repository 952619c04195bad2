"""The wiring of the modal voice, and what its values set: see `synth.voices.modal.table`."""

from __future__ import annotations

from typing import Any

import numpy as np

from synth.parts.coefficients import (
    LN_60_DB,
    PER_DB,
    circle_of,
    exp_of,
    fade_of,
    gain_of,
    last_until,
    root_of,
    set_bandpass,
    set_burst,
    set_partial,
)
from synth.parts.wiring import ENVELOPE, FILTER, MIX, NOISE, PARTIALS, Part, Wiring
from synth.voices.circuit import Circuit
from synth.voices.modal.table import MODAL

PARTIAL_COUNT = 32
LOW_HZ, MID_HZ, HIGH_HZ = 300.0, 1200.0, 5000.0
BAND_Q = 1.0
PER_CENT = float(np.log(2.0) / 1200.0)
"""An interval of one cent, as the logarithm of a ratio."""
OCTAVE_SHARE = float(PER_DB / np.log(2.0))
"""A slope of one dB per octave, as an exponent."""
SHALLOWEST = 4e-4
"""What a strike on a partial's node still gives it, squared: no mallet is a point."""

WIRING = Wiring(
    (
        Part("first", PARTIALS, count=PARTIAL_COUNT),
        Part("second", PARTIALS, count=PARTIAL_COUNT),
        Part("white", NOISE),
        Part("low", FILTER, ("white",)),
        Part("mid", FILTER, ("white",)),
        Part("high", FILTER, ("white",)),
        Part("noise", ENVELOPE, ("low", "mid", "high")),
        Part("out", MIX, ("first", "second", "noise")),
    )
)


def solve(v: Any, rate: float, c: Any) -> None:
    """Set the coefficients of a stroke: `synth.parts.solver.solve`."""
    attack = v.mallet * (0.001 * rate) + 1.0
    gain = gain_of(v.gain)
    _set_shares(v, c.first.gain, rate)
    first = gain / (1.0 + v.pair)
    second = gain - first
    _set_banks(v, rate, c, first, second)
    c.first.attack = attack
    c.second.attack = attack
    low, mid, high = gain_of(v.noise_low), gain_of(v.noise_mid), gain_of(v.noise_high)
    _set_band(c.low, low, LOW_HZ, rate)
    _set_band(c.mid, mid, MID_HZ, rate)
    _set_band(c.high, high, HIGH_HZ, rate)
    set_burst(c.noise, 0, 1.0, v.noise_decay, 0.0, attack, rate)
    lead = attack.real
    last_until(c.stroke, c.first, first, v.decay, lead, rate)
    last_until(c.stroke, c.second, second, v.decay, lead, rate)
    last_until(c.stroke, c.noise, low + mid + high, v.noise_decay, lead, rate)
    c.stroke.level = gain + low + mid + high


def _squared(v: Any, k: int) -> Any:
    """Return the square of a partial's pitch beside the first one's."""
    square = float(k * k)
    return square * (1.0 + v.stiffness * square) / (1.0 + v.stiffness)


def _set_shares(v: Any, shares: Any, rate: float) -> None:
    """Write each partial's share of the amplitude; they add up to one."""
    tilt, even, total = v.brightness * OCTAVE_SHARE, gain_of(v.even), 0.0 * v.freq
    touch = v.mallet * 0.002
    for k in range(1, PARTIAL_COUNT + 1):
        freq = v.freq * root_of(_squared(v, k))
        _, struck = circle_of(np.pi * k * v.position)
        share = exp_of(tilt * np.log(k)) * root_of(struck * struck + SHALLOWEST) * fade_of(freq, rate)
        share = share / (1.0 + (touch * freq) * (touch * freq))
        if k % 2 == 0:
            share = share * even
        shares[k - 1] = share
        total += share
    for k in range(PARTIAL_COUNT):
        shares[k] = shares[k] / total


def _set_banks(v: Any, rate: float, c: Any, first: Any, second: Any) -> None:
    """Set the partials of both banks; the first one's gains hold the shares until then."""
    slowest = LN_60_DB / (v.decay * (0.001 * rate))
    higher = exp_of(v.detune * PER_CENT)
    for k in range(1, PARTIAL_COUNT + 1):
        squared = _squared(v, k)
        freq, share = v.freq * root_of(squared), c.first.gain[k - 1]
        shrinks = slowest * (1.0 + v.damping * (squared - 1.0))
        set_partial(c.first, k - 1, first * share, freq, shrinks, rate)
        set_partial(c.second, k - 1, second * share, freq * higher, shrinks, rate)


def _set_band(part: Any, gain: Any, freq_hz: float, rate: float) -> None:
    """Set a band of noise and its level."""
    set_bandpass(part, freq_hz + 0.0 * gain, BAND_Q, rate)
    part.b0 = part.b0 * gain
    part.b2 = part.b2 * gain


CIRCUIT = Circuit(MODAL, WIRING, solve)
