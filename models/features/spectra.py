"""Loudness, centroid and flatness of audio frames: the definition, in plain torch.

Any device, any precision, gradients by automatic differentiation. `models.features.spectra_compiled` computes the same
on a CPU many times faster; `tests/models/features/test_spectra.py` compares the two, values and gradients.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from models.features.k_weighting import k_weighted
from models.features.tables import hann

LOUDNESS_EPSILON = 1e-8
LOUDNESS_OFFSET_DB = -0.691
MAGNITUDE_FLOOR = 1e-4
POWER_FLOOR = 1e-10
FLATNESS_EPSILON = 1e-8


@dataclass(frozen=True, slots=True)
class Frames:
    """Where frames lie in a stroke.

    Parameters
    ----------
    sample_rate : int
        Hz.
    frame_samples : int
        Length of a frame; even.
    hop_samples : int
        From the start of a frame to the start of the next; the first starts with the stroke.
    count : int
        How many.
    """

    sample_rate: int
    frame_samples: int
    hop_samples: int
    count: int

    @property
    def samples(self) -> int:
        """How much of a stroke the frames cover."""
        return self.frame_samples + self.hop_samples * (self.count - 1)

    @property
    def bins_hz(self) -> NDArray[np.float64]:
        """Frequency of each bin, (frame_samples / 2 + 1,)."""
        return np.arange(self.frame_samples // 2 + 1, dtype=np.float64) * (self.sample_rate / self.frame_samples)

    def sounding(self, length_samples: int) -> int:
        """Return how many frames begin before a stroke of this length ends; the others are silence."""
        return min(self.count, -(-length_samples // self.hop_samples))


def flat_top(samples: int) -> NDArray[np.float64]:
    """Return the (samples,) symmetric flat-top window (denominators N - 1, as published)."""
    weights = (0.21557895, -0.41663158, 0.277263158, -0.083578947, 0.006947368)
    turn = 2 * np.pi * np.arange(samples) / (samples - 1)
    return np.asarray(sum(weight * np.cos(order * turn) for order, weight in enumerate(weights)))


def k_response(sample_rate: int, samples: int) -> NDArray[np.float64]:
    """Return the first (samples,) of the K-weighting's impulse response."""
    return k_weighted(np.eye(1, samples)[0], sample_rate)


def frame_figures(audio: Tensor, layout: Frames) -> Tensor:
    """Return loudness (LKFS), centroid (Hz) and flatness (dB) of every frame.

    The K-weighting starts anew in each frame, the centroid is weighted by log(1 + magnitude), as published (Shier et
    al., NIME 2024, named in full at `models.features.tables.REFERENCE_FEATURES`), so that a silent frame has figures
    too: -80.7 LKFS, a quarter of the rate, 0 dB.

    Parameters
    ----------
    audio : (batch, samples) tensor
        As long as the layout says.
    layout : Frames

    Returns
    -------
    (batch, count, 3) tensor
    """
    frames = audio[:, : layout.samples].unfold(1, layout.frame_samples, layout.hop_samples)
    return torch.stack([_loudness(frames, layout), _centroid(frames, layout), _flatness(frames, layout)], dim=-1)


def _loudness(frames: Tensor, layout: Frames) -> Tensor:
    # Twice as long, so that the filter's tail does not wrap around into the frame.
    padded = 2 * layout.frame_samples
    response = torch.fft.rfft(_like(k_response(layout.sample_rate, layout.frame_samples), frames), n=padded)
    heard = torch.fft.irfft(torch.fft.rfft(frames, n=padded) * response, n=padded)[..., : layout.frame_samples]
    return LOUDNESS_OFFSET_DB + 10.0 * torch.log10(heard.square().mean(-1) + LOUDNESS_EPSILON)


def _centroid(frames: Tensor, layout: Frames) -> Tensor:
    spectrum = torch.fft.rfft(frames * _like(flat_top(layout.frame_samples), frames))
    magnitude = _power(spectrum).clamp(min=MAGNITUDE_FLOOR**2).sqrt()
    weight = magnitude.log1p()
    return (weight @ _like(layout.bins_hz, frames)) / weight.sum(-1)


def _flatness(frames: Tensor, layout: Frames) -> Tensor:
    power = _power(torch.fft.rfft(frames * _like(hann(layout.frame_samples), frames))).clamp(min=POWER_FLOOR)
    return 20.0 * torch.log10(power.log().mean(-1).exp() / power.mean(-1) + FLATNESS_EPSILON)


def _power(spectrum: Tensor) -> Tensor:
    return spectrum.real.square() + spectrum.imag.square()


def _like(array: NDArray[Any], tensor: Tensor) -> Tensor:
    return torch.as_tensor(array, dtype=tensor.dtype, device=tensor.device)
