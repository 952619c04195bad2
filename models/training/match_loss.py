"""The loss by which a voice is fitted to a hit, with gradients: spectra first linear, then logarithmic, then in bands.

The logarithm of a spectrum with a low floor has no gradient that leads to the right pitch: what decays and what leaks
decides. So magnitudes are compared as they are at first, and later their logarithms with a floor 40 dB under the peak.
Decays are heard far below that: their part is the spectrogram in third octaves, in dB and down to -60, which is also
what the result is judged by (`models.features.likeness`).
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from models.features.likeness import FLOOR, WINDOWS, Likeness, in_bands, powers

LOG_FLOOR = 1e-2
"""Of the largest magnitude."""
HEARD_S = (2.0, 0.5, 0.25)
"""How much of a sound each window is laid over: short ones are for the attack, and cost the same for every second."""
PITCH_WINDOW, PITCHED_S, _PITCH = 8192, 0.6, 0.3
"""A long window, how much of a sound it is laid over, and what it counts: the others cannot tell 66 Hz from 74."""
_DB = 0.1
"""What a dB counts beside the others."""
_PER_DB = 4.342944819
"""dB of a natural logarithm of power."""


class Weights(NamedTuple):
    """What counts: magnitudes, their logarithms, the spectrogram in third octaves."""

    linear: float
    log: float
    bands: float


class _Wanted(NamedTuple):
    magnitude: Tensor
    peak: Tensor
    mean: Tensor
    log: Tensor
    cells: Tensor
    floor: Tensor
    cells_db: Tensor


class MatchLoss:
    """The distance from one sound as something to descend.

    Parameters
    ----------
    sound : (n,) float32 tensor
        From its onset on.
    rate_hz : int
    """

    def __init__(self, sound: Tensor, rate_hz: int) -> None:
        self.likeness = Likeness(sound, rate_hz)
        self._rate_hz = rate_hz
        self._wanted = [
            self._measured(sound[None, : round(seconds * rate_hz)], samples)
            for samples, seconds in zip(WINDOWS, HEARD_S, strict=True)
        ]
        self._long = powers(sound[None, : self._pitched], PITCH_WINDOW).sqrt()
        self._long_mean = self._long.mean() + 1e-9

    @property
    def _pitched(self) -> int:
        return round(PITCHED_S * self._rate_hz)

    def _measured(self, sound: Tensor, samples: int) -> _Wanted:
        power = powers(sound, samples)
        magnitude, cells = power.sqrt(), in_bands(power, samples, self._rate_hz)
        peak, floor = magnitude.max() + 1e-9, cells.max() * FLOOR + 1e-18
        log = (magnitude + LOG_FLOOR * peak).log()
        return _Wanted(magnitude, peak, magnitude.mean() + 1e-9, log, cells, floor, _PER_DB * (cells + floor).log())

    def __call__(self, audio: Tensor, weights: Weights) -> Tensor:
        """Return the (batch,) losses of (batch, n) sounds."""
        sounds = self.likeness.aligned(audio)
        total = torch.zeros(len(audio))
        for samples, seconds, wanted in zip(WINDOWS, HEARD_S, self._wanted, strict=True):
            power = powers(sounds[:, : round(seconds * self._rate_hz)], samples)
            total = total + self._compared(power, samples, wanted, weights)
        return total / len(WINDOWS) + _PITCH * self._off_pitch(sounds)

    def _off_pitch(self, sounds: Tensor) -> Tensor:
        power = powers(sounds[:, : self._pitched], PITCH_WINDOW)
        magnitude = (power + 1e-12 * self._long.amax().square()).sqrt()
        return (magnitude - self._long).abs().mean((1, 2)) / self._long_mean

    def _compared(self, power: Tensor, samples: int, wanted: _Wanted, weights: Weights) -> Tensor:
        # Without the small number the root has no slope at zero.
        magnitude = (power + 1e-12 * wanted.peak.square()).sqrt()
        loss = weights.linear * (magnitude - wanted.magnitude).abs().mean((1, 2)) / wanted.mean
        if weights.log:
            logs = (magnitude + LOG_FLOOR * wanted.peak).log()
            loss = loss + weights.log * (logs - wanted.log).abs().mean((1, 2))
        cells = in_bands(power, samples, self._rate_hz)
        heard = (cells.detach() > wanted.floor) | (wanted.cells > wanted.floor)
        # The floor is added, not a limit: what is too soft must still be pulled up.
        apart = (_PER_DB * (cells + wanted.floor).log() - wanted.cells_db).abs()
        return loss + weights.bands * _DB * (apart * heard).sum((1, 2)) / heard.sum((1, 2)).clamp(min=1)
