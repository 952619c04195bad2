"""Equaliser and compressor by frequency sampling: what others learn through, to compare with.

A filter is applied as the product of spectra, and the compressor's detector as one such filter of one pole, which knows
the attack and not the release (DeepAFx-ST, 2022; dasp-pytorch, 2023; the knee here is the right one). So these are
approximations of `synth.effects.eq` and `synth.effects.compressor`, and stand for the copy that one has of a device
whose own gradients cannot be had. Nothing plays through them.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

from synth.effects.compressor import SOFTEST
from synth.effects.tables import COMPRESSOR, EQ
from synth.parts.coefficients import HIGHEST


def _length(samples: int) -> int:
    """Return the length of a transform: as long as twice the sound, so that little of what rings wraps round."""
    return 1 << (2 * samples - 1).bit_length()


def _filtered(audio: Tensor, response: Tensor, size: int) -> Tensor:
    filtered: Tensor = torch.fft.irfft(torch.fft.rfft(audio, size) * response, size)
    return filtered[..., : audio.shape[-1]]


def sampled_eq(values: Tensor, audio: Tensor, sample_rate: float) -> Tensor:
    """Run an equaliser over a batch.

    Parameters
    ----------
    values : (batch, 18)
        Real units, as of `synth.effects.tables.EQ`.
    audio : (batch, samples)
        One channel.
    sample_rate : float
        Hz.
    """
    size = _length(audio.shape[-1])
    z = torch.exp(-2j * math.pi * torch.arange(size // 2 + 1, device=audio.device, dtype=audio.dtype) / size)
    response = torch.ones(len(values), len(z), dtype=z.dtype, device=audio.device)
    bands = values.reshape(len(values), len(EQ) // 3, 3)
    for place in range(bands.shape[1]):
        side = {0: 1.0, bands.shape[1] - 1: -1.0}.get(place, 0.0)
        b, a = _band(bands[:, place], sample_rate, side)
        powers = torch.stack([torch.ones_like(z), z, z * z])
        response = response * (b.to(z.dtype) @ powers) / (a.to(z.dtype) @ powers)
    return _filtered(audio, response, size)


def _band(band: Tensor, rate: float, side: float) -> tuple[Tensor, Tensor]:
    """Return the cookbook's numerator and denominator, (batch, 3): a bell, or a shelf of the low or high side."""
    gain_db, freq_hz, q = band.unbind(-1)
    angle = 2.0 * math.pi * (freq_hz / rate).clamp(max=HIGHEST)
    cosine, alpha = torch.cos(angle), torch.sin(angle) / (2.0 * q)
    a = 10.0 ** (gain_db / 40.0)
    if side == 0.0:
        b = torch.stack([1.0 + alpha * a, -2.0 * cosine, 1.0 - alpha * a], -1)
        return b, torch.stack([1.0 + alpha / a, -2.0 * cosine, 1.0 - alpha / a], -1)
    cosine, slope = side * cosine, 2.0 * torch.sqrt(a) * alpha
    more, less = a + 1.0, a - 1.0
    top = [more - less * cosine + slope, 2.0 * side * (less - more * cosine), more - less * cosine - slope]
    bottom = [more + less * cosine + slope, -2.0 * side * (less + more * cosine), more + less * cosine - slope]
    return a[:, None] * torch.stack(top, -1), torch.stack(bottom, -1)


def sampled_compressor(values: Tensor, audio: Tensor, sample_rate: float) -> Tensor:
    """Run a compressor over a batch: shapes as of `sampled_eq`, values as of `synth.effects.tables.COMPRESSOR`.

    Its release is not used.
    """
    threshold, ratio, attack_ms, _, knee, makeup = values.T[:, :, None]
    over = 20.0 * torch.log10(audio.abs().clamp(min=SOFTEST)) - threshold
    into = (over + 0.5 * knee).clamp(min=0.0)
    bent = torch.where(2.0 * over < knee, into * into / (2.0 * knee).clamp(min=1e-9), over)
    reduction = (1.0 - 1.0 / ratio) * torch.where(2.0 * over <= -knee, torch.zeros_like(bent), bent)
    size = _length(audio.shape[-1])
    pole = torch.exp(-1.0 / (attack_ms * (0.001 * sample_rate)))
    z = torch.exp(-2j * math.pi * torch.arange(size // 2 + 1, device=audio.device, dtype=audio.dtype) / size)
    response = (1.0 - pole) / (1.0 - pole * z)
    gain: Tensor = 10.0 ** ((makeup - _filtered(reduction, response, size)) / 20.0)
    return audio * gain


SAMPLED = {EQ.name: sampled_eq, COMPRESSOR.name: sampled_compressor}
"""Approximations by the name of the effect."""
