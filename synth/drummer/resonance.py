"""Building blocks of drum sounds: decaying partials, bands of noise, followers.

Used by `synth.drummer.membrane` and `synth.drummer.cymbal`; pure functions of numpy arrays.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import fft, signal

Floats = NDArray[np.float64]

_BLOCK = 256


@dataclass(frozen=True, slots=True)
class Touch:
    """One stroke on its way to becoming sound.

    Parameters
    ----------
    position, velocity : float
        As in `synth.drummer.strike.strike`, clipped to 0..1.
    technique : str
        As there.
    rate : float
        Hz.
    samples : int
        How long it is computed.
    rng : numpy.random.Generator
        Draws of a fixed number only, so that a stroke has the same character at every rate.
    hiss : numpy.random.Generator
        Draws of noise, whose number depends on the rate.
    """

    position: float
    velocity: float
    technique: str
    rate: float
    samples: int
    rng: np.random.Generator
    hiss: np.random.Generator

    def spread(self, around: float) -> float:
        """Return a factor within ``around`` of 1: no two strokes are alike."""
        return float(self.rng.uniform(1 - around, 1 + around))

    def time_s(self, seconds: float) -> Floats:
        """Return the times of the samples of a part of the stroke, (k,) s; the first is one sample after the touch."""
        return np.arange(1, min(int(seconds * self.rate), self.samples) + 1) / self.rate

    def whole(self, part: Floats) -> Floats:
        """Return a (k,) part, with silence up to the stroke's length: (samples,)."""
        return np.pad(part, (0, self.samples - len(part)))


def ring(freq_hz: Floats, fall_ms: Floats, weight: Floats, rate: float, samples: int) -> Floats:
    """Return a sum of decaying sines, (samples,); ``fall_ms`` is the time to fall by 20 dB.

    A power z**(i*B + k) is z**(i*B) * z**k, so the sum over modes is one small matrix product.

    Parameters
    ----------
    freq_hz : (modes,) float64
        Modes from 20 kHz or 0.45 of the rate on, whichever is lower, are left out.
    fall_ms : (modes,) float64
        Above 0.
    weight : (modes,) float64
        Linear amplitude at the start.
    rate : float
        Hz.
    samples : int
        Length of the result.
    """
    keep = freq_hz < min(0.45 * rate, 20_000.0)
    pole = (-math.log(10) / (fall_ms * 1e-3) + 2j * np.pi * freq_hz)[keep] / rate
    coarse = np.exp(np.outer(np.arange(-(-samples // _BLOCK)) * _BLOCK, pole)) * weight[keep]
    fine = np.exp(np.outer(pole, np.arange(_BLOCK)))
    return np.asarray((coarse.real @ fine.imag + coarse.imag @ fine.real).reshape(-1)[:samples])


def band(noise: Floats, low_hz: float, high_hz: float, rate: float) -> Floats:
    """Return noise in a band with gentle slopes, 6 dB an octave below and 18 above, at an RMS of 1.

    Parameters
    ----------
    noise : (samples,) float64
        White.
    low_hz, high_hz : float
        Corners: -3 dB at the lower one, -6 dB at the upper.
    rate : float
        Hz.

    Returns
    -------
    (samples,) float64
    """
    size = fft.next_fast_len(len(noise), real=True)
    freq_hz = fft.rfftfreq(size, 1 / rate)
    gain = freq_hz / np.hypot(freq_hz, low_hz) / (1 + (freq_hz / high_hz) ** 3)
    shaped = fft.irfft(fft.rfft(noise, size) * gain, size)[: len(noise)]
    return np.asarray(shaped / np.sqrt(np.mean(shaped**2)))


def convolved(sound: Floats, response: Floats) -> Floats:
    """Return the (n,) sound through a (k,) impulse response, cut to (n,)."""
    size = fft.next_fast_len(len(sound) + len(response), real=True)
    return np.asarray(fft.irfft(fft.rfft(sound, size) * fft.rfft(response, size), size)[: len(sound)])


def followed(envelope: Floats, tau_s: float, rate: float) -> Floats:
    """Return a one-pole average over ``tau_s``.

    Parameters
    ----------
    envelope : (samples,) float64
    tau_s : float
        Time constant, above 0.
    rate : float
        Hz.

    Returns
    -------
    (samples,) float64
    """
    pole = math.exp(-1 / (tau_s * rate))
    return np.asarray(signal.lfilter([1 - pole], [1, -pole], envelope))


def held(sound: Floats, fall_ms: float, rate: float) -> Floats:
    """Return the size of a sound, held at its peaks and falling by 20 dB in ``fall_ms``.

    Parameters
    ----------
    sound : (samples,) float64
    fall_ms : float
        Above 0.
    rate : float
        Hz.

    Returns
    -------
    (samples,) float64
        Above 0.
    """
    fallen = np.arange(len(sound)) * (math.log(10) / (fall_ms * 1e-3 * rate))
    return np.asarray(np.exp(np.maximum.accumulate(np.log(np.abs(sound) + 1e-12) + fallen) - fallen))
