"""Formulas by which a voice sets the coefficients of its parts.

They are plain arithmetic, of numbers and of complex numbers alike. `synth.parts.solver` compiles them for both: the
slopes of coefficients by values are taken by a complex step, which is exact to the last digit (Squire and Trapp, 1998).
So these functions use only what is analytic, and compare real parts.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from synth.parts.bands import LEVELS, MOST_HARMONICS

LN_60_DB = float(np.log(1000.0))
"""A decay time is how long a sound takes to fall by 60 dB."""
PER_DB = float(np.log(10.0) / 20.0)
FLOOR = 1e-4
"""A stroke ends where nothing of it reaches -80 dBFS any more."""
SHORTEST_S = 0.01
"""A part that never reaches the floor still sounds this long, so that learning can find the way back to it."""
HIGHEST = 0.49
"""Of the sample rate: no filter is set higher, as the tangent has its pole at the half."""
_FOLDED = 1e-3
FADES = 0.4
"""Of the sample rate: a partial above it is softer, the nearer it comes to `HIGHEST`."""


def exp_of(x: Any) -> Any:
    """Return e to the power of ``x``: of a complex step's number its slope as well, and nothing of higher order.

    Functions of complex numbers cost several times those of plain ones; with the next two a bank of partials affords
    many.
    """
    e = np.exp(x.real)
    return e + e * (x - x.real)


def root_of(x: Any) -> Any:
    """Return the square root, as `exp_of` does its function."""
    root = np.sqrt(x.real)
    return root + (0.5 / root) * (x - x.real)


def circle_of(x: Any) -> tuple[Any, Any]:
    """Return cosine and sine, as `exp_of` does its function."""
    cosine, sine, step = np.cos(x.real), np.sin(x.real), x - x.real
    return cosine - sine * step, sine + cosine * step


def gain_of(level_db: Any) -> Any:
    """Return the linear gain of a level in dB."""
    return np.exp(level_db * PER_DB)


def decay_of(decay_ms: Any, rate: float) -> Any:
    """Return the factor by which an envelope shrinks in one sample; it falls by 60 dB in ``decay_ms``."""
    return np.exp(-LN_60_DB / (decay_ms * (0.001 * rate)))


def at_most(x: Any, high: float) -> Any:
    """Return the smaller of ``x`` and a constant."""
    return x if x.real < high else 0.0 * x + high


def at_least(x: Any, low: float) -> Any:
    """Return the larger of ``x`` and a constant."""
    return x if x.real > low else 0.0 * x + low


def fade_of(freq_hz: Any, rate: float) -> Any:
    """Return how much of a partial is let through: all of it up to 0.4 of the sample rate, nothing from 0.49 on."""
    left = at_least(at_most((HIGHEST - freq_hz / rate) / (HIGHEST - FADES), 1.0), 0.0)
    return left * left * (3.0 - 2.0 * left)


def last_until(stroke: Any, part: Any, peak: Any, decay_ms: Any, lead_samples: float, rate: float) -> None:
    """Let a part, and the stroke, last until it is a third of the floor, or for its shortest time."""
    samples = _lasting(peak, decay_ms, lead_samples, rate)
    part.until = max(part.until.real, samples)
    stroke.end = max(stroke.end.real, samples)


def _lasting(peak: Any, decay_ms: Any, lead_samples: float, rate: float) -> float:
    above = np.log(max(peak.real * 3.0 / FLOOR, 1.0))
    return float(lead_samples + np.ceil(max(decay_ms.real * 0.001 * above / LN_60_DB, SHORTEST_S) * rate))


def set_tone(
    stroke: Any, part: Any, gain: Any, freq_hz: Any, decay_ms: Any, depth: Any, sweep_ms: Any, attack: float,
    rate: float,
) -> None:  # fmt: skip
    """Set what ``FM``, ``SHAPER`` and ``TABLES`` share with a sine of one sweep; let part and stroke last as long."""
    part.gain = gain
    part.turns = freq_hz / rate
    part.decay = decay_of(decay_ms, rate)
    part.attack = attack
    part.depth = depth
    part.sweep = decay_of(sweep_ms, rate)
    part.sweeps = 1.0 / (1.0 - part.sweep)
    part.until = _lasting(gain, decay_ms, attack, rate)
    stroke.end = max(stroke.end.real, part.until.real)


def set_sine(part: Any, gain: Any, freq_hz: Any, decay_ms: Any, attack_samples: float, rate: float) -> None:
    """Set a sine that does not sweep."""
    part.gain = gain
    part.turns = freq_hz / rate
    part.decay = decay_of(decay_ms, rate)
    part.attack = attack_samples


def set_sweep(part: Any, depth: Any, decay_ms: Any, rate: float) -> None:
    """Let a sine's pitch begin ``depth`` of itself higher and settle in ``decay_ms``, to -60 dB."""
    part.depth = depth
    part.sweep = decay_of(decay_ms, rate)
    part.sweeps = 1.0 / (1.0 - part.sweep)


def set_sweep2(part: Any, depth: Any, decay_ms: Any, rate: float) -> None:
    """Add a second sweep."""
    part.depth2 = depth
    part.sweep2 = decay_of(decay_ms, rate)
    part.sweeps2 = 1.0 / (1.0 - part.sweep2)


def top_of(freq_hz: Any, depth: Any) -> Any:
    """Return about the highest pitch of a sweep, a little above it, without a corner where the sweep turns round."""
    return freq_hz * (1.0 + 0.5 * (depth + root_of(depth * depth + 0.01)))


def set_modulator(part: Any, k: int, ratio: Any, index: Any, decay_ms: Any, rate: float) -> None:
    """Set the k-th modulator of an ``FM`` part; its index is in radians, and falls by 60 dB in ``decay_ms``."""
    part.ratio[k] = ratio
    part.index[k] = index / (2.0 * np.pi)
    part.fall[k] = decay_of(decay_ms, rate)


def set_index(part: Any, index: Any, rest: Any, decay_ms: Any, rate: float) -> None:
    """Let the index of a ``SHAPER`` open to ``index`` and fall towards ``rest``, both 0 to 1."""
    part.rest = rest
    part.span = index - rest
    part.fall = decay_of(decay_ms, rate)


def set_place(part: Any, start: Any, end: Any, decay_ms: Any, rate: float) -> None:
    """Let a ``TABLES`` part go from ``start`` to ``end`` of its row, which are 0 to the number of tables - 1."""
    part.place = end
    part.shift = start - end
    part.fall = decay_of(decay_ms, rate)


def set_level(part: Any, top_hz: Any, rate: float) -> None:
    """Choose how many harmonics the tables have: those below half the rate at the highest pitch, ``top_hz``."""
    level = np.ceil(2.0 * np.log2(MOST_HARMONICS * top_hz.real / (HIGHEST * rate)))
    part.level = min(max(level, 0.0), LEVELS - 1.0)


def within(x: Any, most: Any) -> Any:
    """Return what is near ``x`` far below ``most`` and bends towards ``most`` above it; both are above zero."""
    square = (x / most) * (x / most)
    return x / root_of(root_of(1.0 + square * square))


def most_index(sidebands: Any) -> Any:
    """Return the index at which a modulator's sidebands beyond that many are below about -60 dB.

    The n-th sideband is the Bessel function J_n of the index, whose first term is (index / 2)^n / n!. Carson's rule
    would leave a hundredth of the power beyond.
    """
    n = sidebands
    return n * n * n * n / (1.4 * n * n * n + 10.0 * n * n + 150.0)


def set_burst(part: Any, k: int, gain: Any, decay_ms: Any, delay_ms: Any, attack_samples: Any, rate: float) -> None:
    """Set the k-th exponential of an envelope."""
    part.gain[k] = gain
    part.decay[k] = decay_of(decay_ms, rate)
    part.delay[k] = delay_ms * (0.001 * rate)
    part.attack[k] = attack_samples


def set_partial(part: Any, k: int, gain: Any, freq_hz: Any, shrinks: Any, rate: float) -> None:
    """Set the k-th partial of a bank: it shrinks by the factor e in 1 / ``shrinks`` samples, at least in ten.

    It ends where it is a tenth of what ends a stroke.
    """
    shrinks = at_most(shrinks, 0.1)
    cosine, sine = circle_of((2.0 * np.pi / rate) * freq_hz)
    size = exp_of(-shrinks)
    part.gain[k] = gain
    part.real[k] = size * cosine
    part.imag[k] = size * sine
    part.last[k] = max(np.log(max(gain.real * 30.0 / FLOOR, 1.0)) / shrinks.real, SHORTEST_S * rate)


def set_gated(part: Any, k: int, gain: Any, decay_ms: Any, gate: Any, attack_samples: float, rate: float) -> Any:
    """Set the k-th and the next exponential to one that is over once it has fallen to ``gate``, a diode's threshold.

    Returns the number of samples until then. The second is a constant that is taken away, so it ends at zero.
    """
    set_burst(part, k, gain, decay_ms, 0.0, attack_samples, rate)
    part.gain[k + 1] = -gain * gate
    part.decay[k + 1] = 1.0
    part.attack[k + 1] = attack_samples
    return attack_samples - 1.0 + np.log(gate) / np.log(part.decay[k])


def set_closing(
    part: Any, k: int, gain: Any, decay_ms: Any, time_ms: Any, width_ms: Any, attack_samples: Any, rate: float
) -> None:
    """Set three exponentials, from the k-th on, to one times (1 - e^((t - time) / width))^2: a gate that closes.

    It ends at its time, smoothly, so the part may end there too. No gate closes in less than a 200th of its time, where
    the last two would be too large and their gains too small for a number.
    """
    set_burst(part, k, gain, decay_ms, 0.0, attack_samples, rate)
    width_ms = time_ms * at_least(width_ms / time_ms, 0.005)
    start = np.exp(-time_ms / width_ms)
    opening = np.exp(1.0 / (width_ms * (0.001 * rate)))
    part.gain[k + 1], part.gain[k + 2] = -2.0 * gain * start, gain * start * start
    part.decay[k + 1] = part.decay[k] * opening
    part.decay[k + 2] = part.decay[k] * opening * opening
    part.attack[k + 1] = part.attack[k + 2] = part.attack[k]


def set_drive(part: Any, gain: Any, bias: Any, level: Any) -> None:
    """Set a saturation: level (tanh(gain x + bias) - tanh(bias))."""
    part.gain = gain
    part.bias = bias
    part.level = level


def keep_from_folding(part: Any, amplitude: Any, highest_hz: Any, rate: float) -> None:
    """Let a saturation bend at four times the rate where plain it would fold a sine back at more than -60 dB.

    The harmonic n of tanh(g sin) is about 4 / g exp(-n asinh(pi / 2g)).
    """
    reach = max((part.gain * amplitude).real, 1e-9)
    loudest, first = min(4.0 / np.pi, reach), 0.5 * rate / highest_hz.real
    folded = 4.0 / reach * np.exp(-first * np.arcsinh(0.5 * np.pi / reach))
    part.fine = 1.0 if folded > _FOLDED * loudest else 0.0


def _tangent(freq_hz: Any, rate: float) -> Any:
    return np.tan(np.pi * at_most(freq_hz / rate, HIGHEST))


def set_highpass(part: Any, freq_hz: Any, q: Any, rate: float) -> None:
    """Set a second-order high-pass by the bilinear transform."""
    k = _tangent(freq_hz, rate)
    part.b0 = 1.0 / (1.0 + k / q + k * k)
    part.b1 = -2.0 * part.b0
    part.b2 = part.b0
    _set_poles(part, k, q)


def set_lowpass(part: Any, freq_hz: Any, q: Any, rate: float) -> None:
    """Set a second-order low-pass by the bilinear transform."""
    k = _tangent(freq_hz, rate)
    part.b0 = k * k / (1.0 + k / q + k * k)
    part.b1 = 2.0 * part.b0
    part.b2 = part.b0
    _set_poles(part, k, q)


def set_bandpass(part: Any, freq_hz: Any, q: Any, rate: float) -> None:
    """Set a second-order band-pass, of gain 1 in its middle, by the bilinear transform."""
    k = _tangent(freq_hz, rate)
    part.b0 = k / q / (1.0 + k / q + k * k)
    part.b1 = 0.0
    part.b2 = -part.b0
    _set_poles(part, k, q)


def _set_poles(part: Any, k: Any, q: Any) -> None:
    share = 1.0 / (1.0 + k / q + k * k)
    part.a1 = 2.0 * (k * k - 1.0) * share
    part.a2 = (1.0 - k / q + k * k) * share


def set_first_order(part: Any, freq_hz: Any, low: float, high: float, rate: float) -> None:
    """Set a first-order shelf: gain ``low`` below ``freq_hz``, ``high`` above it; (0, 1) and (1, 0) are the passes."""
    k = _tangent(freq_hz, rate)
    share = 1.0 / (1.0 + k)
    part.b0 = (high + low * k) * share
    part.b1 = (low * k - high) * share
    part.b2 = 0.0
    part.a1 = (k - 1.0) * share
    part.a2 = 0.0
