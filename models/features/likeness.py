"""How far sounds are from one sound, in dB: the mean difference of their spectrograms, whatever their levels.

Sounds begin at their onset, the first sample at -40 dB of the peak, and are brought to the same loudness, the root mean
square of the first 0.3 s. Three spectrograms, of windows of 2048, 512 and 128 samples at 48 kHz, hear tones, decays and
attacks. Their power is summed in third octaves from 30 Hz to 16 kHz, as the ear does; what is 60 dB under the loudest
cell of the sound to compare with counts as silence, and where both are silent nothing is compared.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

WINDOWS = (2048, 512, 128)
"""Samples."""
LOWEST_HZ, BANDS = 30.0, 28
FLOOR = 1e-6
"""Of the loudest cell's power: -60 dB."""
LOUDNESS_S = 0.3
ONSET = 0.01
"""Of the peak: -40 dB."""
_SILENT = 1e-9


def edges_hz() -> NDArray[np.float64]:
    """Return the edges of the bands, one more than `BANDS`."""
    return LOWEST_HZ * 2.0 ** (np.arange(BANDS + 1) / 3)


@cache
def _window(samples: int) -> Tensor:
    return torch.from_numpy(np.hanning(samples)).float()


def band_rows(samples: int, rate_hz: int) -> NDArray[np.int64]:
    """Return which bands a window can tell: those that hold one of its frequencies."""
    frequencies, edges = np.fft.rfftfreq(samples, 1.0 / rate_hz), edges_hz()
    held = [((frequencies >= edges[k]) & (frequencies < edges[k + 1])).any() for k in range(BANDS)]
    return np.flatnonzero(held)


@cache
def _bands(samples: int, rate_hz: int) -> Tensor:
    """Return (frequencies, bands) zeros and ones."""
    frequencies, edges = np.fft.rfftfreq(samples, 1.0 / rate_hz), edges_hz()
    columns = [(frequencies >= edges[k]) & (frequencies < edges[k + 1]) for k in band_rows(samples, rate_hz)]
    return torch.from_numpy(np.stack(columns, 1).astype(np.float32))


def powers(audio: Tensor, samples: int) -> Tensor:
    """Return (batch, frames, frequencies) power of (batch, n) audio; frames overlap by three quarters."""
    frames = torch.nn.functional.pad(audio, (samples // 2, samples)).unfold(-1, samples, samples // 4)
    spectrum = torch.fft.rfft(frames * _window(samples))
    power: Tensor = (spectrum.real.square() + spectrum.imag.square()) / samples
    return power


def in_bands(power: Tensor, samples: int, rate_hz: int) -> Tensor:
    """Return (batch, frames, bands) power summed in third octaves."""
    result: Tensor = power @ _bands(samples, rate_hz)
    return result


def loudness(audio: Tensor, rate_hz: int) -> Tensor:
    """Return the root mean square of the first 0.3 s, (batch, 1)."""
    mean = audio[:, : round(LOUDNESS_S * rate_hz)].square().mean(-1, keepdim=True)
    return (mean + _SILENT**2).sqrt()


def from_onsets(audio: Tensor) -> Tensor:
    """Return sounds from their onsets on, silence behind them: (batch, n) of the same shape."""
    size = audio.abs()
    firsts = (size > ONSET * size.amax(-1, keepdim=True)).int().argmax(-1)
    result = torch.zeros_like(audio)
    for row, first in enumerate(firsts.tolist()):
        result[row, : audio.shape[1] - first] = audio[row, first:]
    return result


class Likeness:
    """What other sounds are compared with.

    Parameters
    ----------
    sound : (n,) float32 tensor
        From its onset on.
    rate_hz : int

    Attributes
    ----------
    loudness : Tensor
        Of the sound.
    samples : int
        n.
    """

    def __init__(self, sound: Tensor, rate_hz: int) -> None:
        self.rate_hz, self.samples = rate_hz, len(sound)
        self.loudness = loudness(sound[None], rate_hz)
        self._cells = list(_cells(sound[None], rate_hz))
        self._floors = [cells.max() * FLOOR + 1e-20 for cells in self._cells]

    def aligned(self, audio: Tensor) -> Tensor:
        """Return (batch, n) sounds as loud as the sound."""
        return audio * (self.loudness / loudness(audio, self.rate_hz))

    @torch.no_grad()
    def decibels(self, audio: Tensor) -> Tensor:
        """Return the (batch,) distances of (batch, n) sounds; infinity for what is silent or no sound."""
        total = torch.zeros(len(audio))
        for difference, heard in self._differences(audio):
            total += (difference.abs() * heard).sum((1, 2)) / heard.sum((1, 2)).clamp(min=1)
        return (total / len(WINDOWS)).nan_to_num(torch.inf)

    @torch.no_grad()
    def differences(self, audio: Tensor) -> list[NDArray[np.float32]]:
        """Return by how many dB a (1, n) sound is louder: (frames, bands) of each window, NaN where both are silent."""
        pairs = self._differences(audio)
        return [torch.where(heard, difference, torch.nan)[0].numpy() for difference, heard in pairs]

    def _differences(self, audio: Tensor) -> Iterator[tuple[Tensor, Tensor]]:
        shorter = max(self.samples - audio.shape[1], 0)
        sounds = self.aligned(from_onsets(torch.nn.functional.pad(audio[:, : self.samples], (0, shorter))))
        for cells, own, floor in zip(_cells(sounds, self.rate_hz), self._cells, self._floors, strict=True):
            difference = 10.0 * (torch.maximum(cells, floor) / torch.maximum(own, floor)).log10()
            yield difference, (cells > floor) | (own > floor)


def _cells(audio: Tensor, rate_hz: int) -> Iterator[Tensor]:
    for samples in WINDOWS:
        yield in_bands(powers(audio, samples), samples, rate_hz)
