"""A rough spectrum of a DX7 note: short frames of its operators with levels and pitches held still, in bands.

Phases start at 0 in each frame, and feedback takes a few rounds without the engine's delay. So it costs about what the
engine costs, has gradients, and is near the real spectrum rather than equal to it.
"""

from __future__ import annotations

import itertools
import math

import torch
from torch import Tensor

from models.proxies.dx7_tables import OPERATORS

RATE_HZ = 22_050.0
FRAME = 512
BANDS = 32
LOWEST_HZ, HIGHEST_HZ = 40.0, 11_025.0
FRAMES = (1, 1, 1, 2, 2, 3, 4, 6)
"""In each segment: the later ones are longer, and a note ends in them."""
FEEDBACK_ROUNDS = 3
FLOOR_DB = -100.0


class Sketch:
    """Computes the spectrum.

    Parameters
    ----------
    edges_s : list of float
        Where the segments of a note begin, and where the last one ends.
    """

    def __init__(self, edges_s: list[float]) -> None:
        spans = zip(itertools.pairwise(edges_s), FRAMES, strict=True)
        self.times_s = [
            begin + (number + 0.5) / frames * (end - begin)
            for (begin, end), frames in spans
            for number in range(frames)
        ]
        self.width = BANDS * len(FRAMES)
        window = torch.hann_window(FRAME, periodic=True)
        self._window = 2.0 * window / window.sum()
        self._bands = _triangles()

    def __call__(
        self, levels: Tensor, pitches: Tensor, graph: Tensor, loops: Tensor, heard: Tensor, feedback: Tensor
    ) -> Tensor:
        """Return the spectrum in tens of decibels above `FLOOR_DB`, (batch, bands * segments).

        Parameters
        ----------
        levels : (batch, 6, times) tensor
            Octaves of amplitude, full at 0.
        pitches : (batch, 6, times) tensor
            log2 of Hz.
        graph, loops : (batch, 6, 6) tensors
            What modulates what, and where feedback goes.
        heard : (batch, 6) tensor
            How much of an operator is heard.
        feedback : (batch,) tensor
            0..7.
        """
        steps = torch.arange(FRAME, dtype=levels.dtype) / RATE_HZ
        phases = (torch.exp2(pitches)[..., None] * steps).remainder(1.0)
        gains = torch.exp2(levels)[..., None]
        # At full level a modulator swings by two turns; feedback 7 gives half of that back.
        turns = 2.0 * graph
        back = 2.0 * loops * torch.where(feedback > 0.0, torch.exp2(feedback - 8.0), 0.0)[:, None, None]
        outs = [torch.zeros_like(phases[:, 0])] * OPERATORS
        for number in reversed(range(OPERATORS)):
            outs[number] = _operator(number, outs, phases, gains, turns, back)
        mix = (torch.stack(outs, 1) * heard[:, :, None, None]).sum(1)
        spectrum = torch.fft.rfft(mix * self._window.to(mix.dtype))
        power = (spectrum.real.square() + spectrum.imag.square()) @ self._bands.to(mix.dtype).T
        tens = torch.log10(in_segments(power) + 10.0 ** (FLOOR_DB / 10.0)) - FLOOR_DB / 10.0
        return tens.transpose(1, 2).flatten(1)


def in_segments(frames: Tensor) -> Tensor:
    """Return the means over the frames of each segment, (batch, segments, ...) of (batch, times, ...)."""
    return torch.stack([part.mean(1) for part in torch.split(frames, list(FRAMES), 1)], 1)


def _operator(number: int, outs: list[Tensor], phases: Tensor, gains: Tensor, turns: Tensor, back: Tensor) -> Tensor:
    """Return what an operator gives, (batch, times, samples), from those with higher numbers."""
    phase = phases[:, number]
    for other in range(number + 1, OPERATORS):
        strength = turns[:, number, other]
        if strength.any():
            phase = phase + strength[:, None, None] * outs[other]
    out = gains[:, number] * torch.sin(2.0 * math.pi * phase)
    # Where feedback spans two operators it is left out: three algorithms, and the first round has nothing to add.
    loop = back[:, number, number]
    if loop.any():
        for _ in range(FEEDBACK_ROUNDS):
            out = gains[:, number] * torch.sin(2.0 * math.pi * (phase + loop[:, None, None] * out))
    return out


def _triangles() -> Tensor:
    """Return bands of equal width in mel, (bands, bins); each weighs its bins to a sum of 1."""

    def mel(frequency_hz: float) -> float:
        return 2595.0 * math.log10(1.0 + frequency_hz / 700.0)

    edges = 700.0 * (10.0 ** (torch.linspace(mel(LOWEST_HZ), mel(HIGHEST_HZ), BANDS + 2) / 2595.0) - 1.0)
    bins = torch.arange(FRAME // 2 + 1) * (RATE_HZ / FRAME)
    low, middle, high = (edges[first : first + BANDS, None] for first in range(3))
    # A band narrower than a bin takes of the two bins about it.
    reach = torch.clamp(middle - low, min=RATE_HZ / FRAME), torch.clamp(high - middle, min=RATE_HZ / FRAME)
    rise, fall = 1.0 - (middle - bins) / reach[0], 1.0 - (bins - middle) / reach[1]
    weights = torch.minimum(rise, fall).clamp(min=0.0)
    return weights / weights.sum(1, keepdim=True)
