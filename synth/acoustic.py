"""Physical-style drums: one stroke of a stick on a head or a cymbal, as pressure at a close microphone.

A stroke is the tip's contact force driving the modes of the head (weighted by where it lands), the knock of the tip and
shell, and the snare wires, which buzz as long as the head moves them and outlast it. Nothing here is recorded.

Names: `strike`, `RANGE_DB`, and the drums from `synth.drums`.
"""

from __future__ import annotations

import functools
import math
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy import fft, signal, special

from synth.drums import DRUMS, SNARES, Drum, Wires, find_drum

__all__ = ["DRUMS", "RANGE_DB", "SNARES", "Drum", "Technique", "Wires", "find_drum", "strike"]

Floats = NDArray[np.float64]
Technique = Literal["hit", "rimshot", "open", "closed", "foot"]

RANGE_DB = 50.0
"""Velocity 0..1 is linear in dB over this range; 1 peaks at full scale."""

_START = 1e-3
_BLOCK = 256
_RINGS, _NODES = 7, 4


def strike(
    drum: Drum, position: float, velocity: float, technique: Technique, sample_rate: float, rng: np.random.Generator
) -> Floats:
    """Return the sound of one stroke; it starts at sample 0.

    Parameters
    ----------
    drum : Drum
        What is struck.
    position : float
        0 centre, 1 rim (a cymbal: bell to edge).
    velocity : float
        0..1; the peak is ``10 ** ((velocity - 1) * RANGE_DB / 20)``.
    technique : {"hit", "rimshot", "open", "closed", "foot"}
        The last three are for a hi-hat.
    sample_rate : float
        Hz.
    rng : numpy.random.Generator
        Nature's variation from stroke to stroke.

    Returns
    -------
    (n,) float64
    """
    samples = int(drum.length_s * sample_rate)
    sounding = _membrane if drum.kind == "membrane" else _cymbal
    sound = sounding(drum, position, min(max(velocity, 0.0), 1.0), technique, sample_rate, samples, rng)
    return _started(sound) * 10 ** ((velocity - 1) * RANGE_DB / 20)


def _started(sound: Floats) -> Floats:
    """Drop what lies before the first audible sample and scale the peak to 1."""
    size = np.abs(sound)
    peak = float(size.max())
    return sound[int(np.argmax(size > _START * peak)) :] / peak


def _membrane(
    drum: Drum, position: float, velocity: float, technique: str, rate: float, samples: int, rng: np.random.Generator
) -> Floats:
    pulse = _contact(drum, velocity, rate, rng)
    head = _driven(_head(drum, position, rate, samples, rng), pulse, rng, rate)
    head = _glided(head, drum.glide * velocity**2, rate)
    head /= np.abs(head).max()
    sound = head + _knock(drum, position, velocity, technique == "rimshot", rate, samples, rng)
    if drum.wires is not None:
        sound += _buzz(drum.wires, head, velocity, rate, rng)
    return sound


def _contact(drum: Drum, velocity: float, rate: float, rng: np.random.Generator) -> Floats:
    """Return the tip's force: shorter, so brighter, the harder the stroke (a felt-like, non-linear spring)."""
    contact_ms = drum.contact_ms * (1.7 - 1.1 * velocity) * rng.uniform(0.85, 1.15)
    samples = max(int(contact_ms * 1e-3 * rate), 4)
    phase = (np.arange(samples) + 0.5) / samples
    force = np.sin(np.pi * phase**0.6) ** 1.5
    return np.asarray(force / force.sum())


@functools.cache
def _modes() -> tuple[Floats, Floats, Floats]:
    """Return (order m, Bessel zero, ratio to the lowest) of a circular membrane's modes, each (modes,)."""
    rows = [(m, zero) for m in range(_RINGS) for zero in special.jn_zeros(m, _NODES)]
    order, zero = np.array(rows, dtype=np.float64).T
    # Air under the head holds the lowest modes back: measured snares have (0,1) about a tenth under the ideal ratio.
    ratio = zero / zero[0] * (1 - 0.1 * np.exp(-(zero - zero[0])))
    return order, zero, ratio


def _head(drum: Drum, position: float, rate: float, samples: int, rng: np.random.Generator) -> Floats:
    """Return the head's answer to an impulse at that position: paired modes of both heads, decaying."""
    order, zero, ratio = _modes()
    radius = min(max(position + rng.normal(0, 0.03), 0.0), 0.97)
    angle = rng.uniform(0, 2 * np.pi, len(order)) * (order > 0)
    weight = special.jv(order, zero * radius) * (0.5 + 0.5 * np.cos(angle))
    weight *= 10 ** (rng.normal(0, 1.2, len(order)) / 20) / (1 + 0.5 * order) / ratio**0.35
    freq_hz = drum.tone_hz * ratio
    fall_ms = drum.ring_ms * ratio**-drum.damping * np.where(order == 0, 0.75, 1.0)
    lower = drum.split * (1 + 0.2 * np.cos(3 * order + zero))
    both_hz = np.concatenate([freq_hz, freq_hz * (1 + lower)])
    both_ms = np.concatenate([fall_ms, fall_ms * 1.25])
    return _ring(both_hz, both_ms, np.concatenate([weight, -0.45 * weight]), np.zeros(2 * len(order)), rate, samples)


def _ring(freq_hz: Floats, fall_ms: Floats, weight: Floats, phase: Floats, rate: float, samples: int) -> Floats:
    """Return a sum of decaying sines, (samples,); ``fall_ms`` is the time to fall by 20 dB.

    A power z**(i*B + k) is z**(i*B) * z**k, so the sum over modes is one small matrix product.
    """
    keep = freq_hz < 0.45 * rate
    pole = (-math.log(10) / (fall_ms * 1e-3) + 2j * np.pi * freq_hz)[keep] / rate
    coarse = np.exp(np.outer(np.arange(-(-samples // _BLOCK)) * _BLOCK, pole)) * (weight * np.exp(1j * phase))[keep]
    fine = np.exp(np.outer(pole, np.arange(_BLOCK)))
    return np.asarray((coarse.real @ fine.imag + coarse.imag @ fine.real).reshape(-1)[:samples])


def _driven(head: Floats, pulse: Floats, rng: np.random.Generator, rate: float) -> Floats:
    """Return the head under the contact force; now and then the tip touches twice, heard as one stroke."""
    force = np.zeros(len(pulse) + int(0.012 * rate))
    force[: len(pulse)] = pulse
    if rng.random() < 0.3:
        later = int(rng.uniform(0.003, 0.011) * rate)
        force[later : later + len(pulse)] += pulse * 10 ** (rng.uniform(-28, -14) / 20)
    return np.asarray(signal.oaconvolve(head, force)[: len(head)])


def _glided(head: Floats, glide: float, rate: float) -> Floats:
    """Return the head played a little fast at first: a stretched head is sharper."""
    time = np.arange(len(head)) / rate
    ahead = glide * 0.02 * (1 - np.exp(-time / 0.02))
    return np.interp(time + ahead, time, head)


def _knock(
    drum: Drum, position: float, velocity: float, on_rim: bool, rate: float, samples: int, rng: np.random.Generator
) -> Floats:
    """Return tip and shell: a burst of noise under a millisecond long and a few short resonances."""
    level_db = drum.click_db - 14 * (1 - velocity) + 3 * position + (9 if on_rim else 0) + rng.normal(0, 1)
    short = int(0.03 * rate)
    fall = np.exp(-np.arange(short) / rate / (0.0006 + 0.0004 * rng.random()))
    noise = _band(rng.standard_normal(short), 800.0, 5000 + 9000 * velocity, rate) * fall
    shell_hz = np.array(drum.shell_hz) * rng.normal(1, 0.004, len(drum.shell_hz))
    fall_ms = np.full(len(shell_hz), 40.0 if on_rim else 14.0)
    shell = _ring(shell_hz, fall_ms, rng.uniform(0.5, 1, len(shell_hz)), np.zeros(len(shell_hz)), rate, short)
    knock = noise / np.abs(noise).max() + 0.5 * shell / np.abs(shell).max()
    return np.pad(knock * 10 ** (level_db / 20), (0, samples - short))


def _buzz(wires: Wires, head: Floats, velocity: float, rate: float, rng: np.random.Generator) -> Floats:
    """Return the wires: noise that follows the head's swing, chopped by it, and rattles on after it."""
    decay_ms = wires.decay_ms * (0.55 + 0.45 * velocity) * rng.uniform(0.9, 1.1)
    fall = 10 ** (-1 / (decay_ms * 1e-3 * rate))
    drive = np.abs(head)
    swing = signal.lfilter([1 - fall], [1, -fall], drive)
    swing /= swing.max()
    chop = signal.lfilter([1], [1, -math.exp(-1 / (0.0008 * rate))], drive)
    chop /= signal.lfilter([1], [1, -math.exp(-1 / (0.012 * rate))], chop) + 1e-9
    rattle = 1 + 0.5 * np.interp(np.arange(len(head)), *_bumps(len(head), rate, rng))
    level = 10 ** ((wires.level_db - 9 * (1 - velocity)) / 20)
    noise = _band(rng.standard_normal(len(head)), wires.low_hz, wires.high_hz * (0.6 + 0.4 * velocity), rate)
    shape = swing * ((1 - wires.grip) + wires.grip * chop / chop.mean()) * rattle
    return np.asarray(noise / noise.std() * shape * level * 0.5)


def _bumps(samples: int, rate: float, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Return knots of a slow random line: wires settle in fits and starts."""
    at = np.arange(0, samples + 0.02 * rate, 0.009 * rate)
    return at, rng.uniform(-1, 1, len(at))


def _band(noise: Floats, low_hz: float, high_hz: float, rate: float) -> Floats:
    """Return noise in a band with gentle slopes, 6 dB an octave below and 12 above."""
    size = fft.next_fast_len(len(noise), real=True)
    freq = fft.rfftfreq(size, 1 / rate)
    gain = freq / np.hypot(freq, low_hz) / (1 + (freq / high_hz) ** 2)
    return np.asarray(fft.irfft(fft.rfft(noise, size) * gain, size)[: len(noise)])


def _cymbal(
    drum: Drum, position: float, velocity: float, technique: str, rate: float, samples: int, rng: np.random.Generator
) -> Floats:
    """Return a cymbal: many partials without order and a wash of noise above them."""
    fall_ms = drum.ring_ms * {"open": 8.0, "foot": 0.8}.get(technique, 1.0) * (0.8 + 0.4 * velocity)
    count = 60
    spread = drum.tone_hz * (1 + np.arange(count) * 0.83 + rng.uniform(-0.02, 0.02, count)) ** 1.12
    ring = _ring(
        spread, fall_ms * rng.uniform(0.4, 1.2, count), rng.normal(0, 1, count), np.zeros(count), rate, samples
    )
    time = np.arange(samples) / rate
    rise = 1 - np.exp(-time / (0.004 if technique == "foot" else 0.0003))
    wash = _band(rng.standard_normal(samples), 5500.0, 9000 + 6000 * velocity, rate) * 10 ** (
        -time / (fall_ms * 0.8e-3)
    )
    sound = ring / np.abs(ring).max() * 0.5 + wash / np.abs(wash).max()
    return np.asarray(sound * rise)
