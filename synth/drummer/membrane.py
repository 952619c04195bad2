"""A drum with heads: modes, contact, the edge of the sound, tip and shell, snare wires.

The force of the tip drives the modes of the head, weighted by where it lands; the wires buzz as long as the head moves
them and outlast it. What is called "real" was measured on 56 strokes of an acoustic snare (docs/notes/drummer.md).
"""

from __future__ import annotations

import functools

import numpy as np
from scipy import special

from synth.drummer.drums import Drum, Wires
from synth.drummer.resonance import Floats, Touch, band, convolved, followed, held, ring
from synth.dsp.levels import gain

_RINGS, _NODES = 7, 4
_GLIDE_S = 0.02
_SETTLE_S = 0.005
_SATURATED = 0.2


def struck_membrane(drum: Drum, touch: Touch) -> Floats:
    """Return the sound of a stroke on a head, (touch.samples,) float64, in units of the head's own peak."""
    head = _glided(convolved(_head(drum, touch), _force(drum, touch)), drum.glide * touch.velocity**2, touch.rate)
    head = np.asarray(head / np.abs(head).max())
    sound = head + _knock(drum, touch) - _push(drum, touch)
    if drum.wires is not None:
        sound += _buzz(drum.wires, head, touch)
    return sound


def sympathy(wires: Wires, other: Floats, rate: float, hiss: np.random.Generator) -> Floats:
    """Return the buzz of a snare's wires when another drum is struck, (samples,), at that drum's peak less 20 dB.

    Parameters
    ----------
    wires : Wires
        Of the snare.
    other : (samples,) float64
        Sound of the other drum.
    rate : float
        Hz.
    hiss : numpy.random.Generator
        Draws the noise.
    """
    swing = followed(held(other, wires.decay_ms, rate), _SETTLE_S, rate)
    noise = band(hiss.standard_normal(len(other)), *_band(wires), rate)
    return np.asarray(0.1 * np.abs(other).max() / swing.max() * swing * noise)


@functools.cache
def _modes() -> tuple[Floats, Floats, Floats]:
    """Return (order m, Bessel zero, ratio to the lowest) of a circular membrane's modes, each (modes,)."""
    rows = [(m, zero) for m in range(_RINGS) for zero in special.jn_zeros(m, _NODES)]
    order, zero = np.array(rows, dtype=np.float64).T
    # The air moves along with the head: a real snare has (1,1) at 1.45 and (2,1) at 2.0, not at 1.59 and 2.14.
    return order, zero, (zero / zero[0]) ** 0.87


def _head(drum: Drum, touch: Touch) -> Floats:
    """Return the head's answer to an impulse at that position.

    Each mode is three: the upper head, which radiates and dies first, the lower head a little sharper (they beat),
    and a weak long ring near the hoop.
    """
    order, zero, ratio = _modes()
    rng, count = touch.rng, len(order)
    radius = min(max(touch.position + rng.normal(0, 0.03), 0.0), 0.97)
    angle = np.where(order > 0, np.abs(np.cos(rng.uniform(0, 2 * np.pi, count))), 1.0)
    weight = special.jv(order, zero * radius) * (0.4 + 0.6 * angle)
    weight *= gain(rng.normal(0, 1.0, count)) / (1 + 0.5 * order) / ratio**0.3
    mode_hz = drum.tone_hz * ratio * (1 + rng.normal(0, 0.002, count))
    fall_ms = drum.ring_ms * ratio**-drum.damping
    split = drum.split / ratio * (1 + 0.2 * np.cos(3 * order + zero))
    hoop = gain(drum.hoop_db) * np.abs(weight).max() * np.sign(weight) * rng.uniform(0.4, 1.4, count)
    hoop[0] *= 2
    return ring(
        np.concatenate([mode_hz, mode_hz * (1 + split), mode_hz * (1 + 0.4 * split)]),
        np.concatenate([fall_ms, fall_ms * 1.1, (400 + 2 * drum.ring_ms) * ratio ** (-drum.damping / 2)]),
        np.concatenate([weight, -0.13 * weight, hoop]),
        touch.rate,
        touch.samples,
    )


def _force(drum: Drum, touch: Touch) -> Floats:
    """Return the tip's force on the head: shorter, so brighter, the harder the stroke (a felt-like, non-linear spring).

    In three of ten strokes the tip touches again within 11 ms, too soon and too softly to be heard as another stroke.
    """
    contact_s = drum.contact_ms * 1e-3 * (1.5 - 0.7 * touch.velocity) * touch.spread(0.1)
    phase = (touch.time_s(contact_s) * touch.rate - 0.5) / (contact_s * touch.rate)
    once = np.sin(np.pi * phase**0.6) ** 1.5 / len(phase)
    again, later_s, less_db = touch.rng.random() < 0.3, touch.rng.uniform(0.003, 0.011), touch.rng.uniform(14, 28)
    force = np.pad(once, (0, int(0.011 * touch.rate)))
    if again:
        later = int(later_s * touch.rate)
        force[later : later + len(once)] += once * gain(-less_db)
    return force


def _glided(head: Floats, glide: float, rate: float) -> Floats:
    """Return the head played a little fast at first: a stretched head is sharper."""
    time = np.arange(len(head)) / rate
    ahead = glide * _GLIDE_S * (1 - np.exp(-time / _GLIDE_S))
    return np.asarray(np.interp(time + ahead, time, head))


def _push(drum: Drum, touch: Touch) -> Floats:
    """Return the first push of the head on the air, against the swing that follows.

    Real strokes stand 11 to 16 dB under their peak within a quarter of a millisecond, the harder the nearer.
    """
    level_db = drum.push_db - 8 * (1 - touch.velocity) + touch.rng.normal(0, 0.7)
    time = touch.time_s(0.012)
    edge = (1 - np.exp(-time / 60e-6)) * np.exp(-time / (0.7e-3 * touch.spread(0.1)))
    return touch.whole(edge * gain(level_db))


def _knock(drum: Drum, touch: Touch) -> Floats:
    """Return tip and shell: a millisecond of noise and a few short resonances; more at the rim."""
    on_rim = touch.technique == "rimshot"
    level_db = drum.click_db - 17 * (1 - touch.velocity) + 3 * touch.position + (9 if on_rim else 0)
    level_db += touch.rng.normal(0, 1)
    time = touch.time_s(0.2)
    tau_s = drum.contact_ms * 0.2e-3 * touch.spread(0.2)
    bright_hz = drum.bright_hz * (0.5 + 0.5 * touch.velocity)
    noise = band(touch.hiss.standard_normal(len(time)), 700.0, bright_hz, touch.rate) * time * np.exp(-time / tau_s)
    shell_hz = np.array(drum.shell_hz) * touch.rng.normal(1, 0.004, len(drum.shell_hz))
    fall_ms = np.full(len(shell_hz), 50.0 if on_rim else 18.0)
    weight = touch.rng.uniform(0.4, 1, len(shell_hz))
    shell = ring(shell_hz, fall_ms, weight, touch.rate, len(time)) * (1 - np.exp(-time / tau_s))
    knock = noise / np.abs(noise).max() + 0.7 * shell / np.abs(shell).max()
    return touch.whole(knock * gain(level_db))


def _buzz(wires: Wires, head: Floats, touch: Touch) -> Floats:
    """Return the wires: noise that follows the head's swing, chopped by it, and rattles on after it.

    Wires that are thrown hard cannot buzz more: a real hard stroke holds its noise for 50 ms before it falls.
    """
    decay_ms = wires.decay_ms * (0.6 + 0.4 * touch.velocity) * touch.spread(0.1)
    thrown = held(head, decay_ms, touch.rate) * (0.3 + 0.7 * touch.velocity)
    swing = followed(thrown / (thrown + _SATURATED), _SETTLE_S, touch.rate)
    chop = followed(np.abs(head), 0.0008, touch.rate)
    chop /= followed(chop, 0.012, touch.rate) + 1e-9
    noise = band(touch.hiss.standard_normal(len(head)), *_band(wires, 0.7 + 0.3 * touch.velocity), touch.rate)
    level = gain(wires.level_db - 5 * (1 - touch.velocity)) / swing.max()
    return np.asarray(noise * swing * (1 - wires.grip + wires.grip * chop) * _rattle(touch) * level)


def _band(wires: Wires, bright: float = 1.0) -> tuple[float, float]:
    return wires.low_hz, wires.high_hz * bright


def _rattle(touch: Touch) -> Floats:
    """Return a slow random factor within 1.2 dB of 1: wires settle in fits and starts."""
    knots_s = np.arange(0, touch.samples / touch.rate + 0.02, 0.009)
    level_db = 1.2 * touch.rng.uniform(-1, 1, len(knots_s))
    return np.asarray(gain(np.interp(np.arange(touch.samples) / touch.rate, knots_s, level_db)))
