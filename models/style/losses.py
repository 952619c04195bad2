"""How far a treated recording is from what it should be: spectra of three windows, and the level."""

from __future__ import annotations

from functools import cache

import torch
from torch import Tensor

WINDOWS = (256, 1024, 4096)
LEVEL_WEIGHT = 0.05
"""Of a dB of the whole level, which spectra weigh little."""
_FLOOR = 1e-4


@cache
def _window(size: int) -> Tensor:
    return torch.hann_window(size)


def magnitudes(audio: Tensor, size: int) -> Tensor:
    """Return (batch, frequencies, frames) magnitudes of (batch, samples); a sine of full scale has 1."""
    window = _window(size).to(audio)
    spectrum = torch.stft(audio, size, size // 2, window=window, return_complex=True, center=False)
    return spectrum.abs() * (2.0 / float(window.sum()))


def stft_distance(audio: Tensor, target: Tensor) -> Tensor:
    """Return (batch,): the mean of windows of linear difference over the target, and of log-magnitude difference."""
    total = torch.zeros(len(audio), dtype=audio.dtype)
    for size in WINDOWS:
        own, wanted = magnitudes(audio, size), magnitudes(target, size)
        linear = (own - wanted).abs().sum((1, 2)) / wanted.sum((1, 2)).clamp(min=_FLOOR)
        logs = ((own + _FLOOR).log() - (wanted + _FLOOR).log()).abs().mean((1, 2))
        total = total + linear + logs
    return total / len(WINDOWS)


def level_db(audio: Tensor) -> Tensor:
    """Return the root mean square, dB, (batch,)."""
    return 10.0 * (audio.square().mean(-1) + 1e-12).log10()


def style_loss(audio: Tensor, target: Tensor) -> Tensor:
    """Return (batch,) losses: `stft_distance` and the level."""
    return stft_distance(audio, target) + LEVEL_WEIGHT * (level_db(audio) - level_db(target)).abs()
