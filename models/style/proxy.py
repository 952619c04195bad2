"""A network that learns what a chain of effects does to a sound: to learn through where a device has no formulas.

It is a causal temporal convolution whose blocks are scaled and shifted by the values (FiLM), as in Steinmetz, Bryan and
Reiss (2022), at a size that two cores can train. Make-up gains are not learned: they are multiplied afterwards.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor, nn

from models.style.examples import Array
from models.style.losses import stft_distance
from synth.effects.chain import Chain

CHANNELS, KERNEL, DILATIONS = 12, 9, (1, 6, 36, 216)
MAKEUP = ".makeup"
RATE, BATCH, L1_WEIGHT = 3e-3, 8, 10.0


class Proxy(nn.Module):
    """The network.

    Parameters
    ----------
    chain : Chain
        What it stands for.
    seed : int
        Of the first weights.
    """

    def __init__(self, chain: Chain, seed: int = 0) -> None:
        super().__init__()
        torch.manual_seed(seed)
        self.chain = chain
        self.makeups = [column for column, param in enumerate(chain.space) if param.name.endswith(MAKEUP)]
        widths = [1, *[CHANNELS] * len(DILATIONS)]
        self.convolutions = nn.ModuleList(
            nn.Conv1d(wide, CHANNELS, KERNEL, dilation=dilation)
            for wide, dilation in zip(widths[:-1], DILATIONS, strict=True)
        )
        self.films = nn.ModuleList(nn.Linear(len(chain.space), 2 * CHANNELS) for _ in DILATIONS)
        self.last = nn.Conv1d(CHANNELS, 1, 1)

    def forward(self, unit: Tensor, audio: Tensor) -> Tensor:
        """Return (batch, samples) of (batch, n) values of 0 to 1 and (batch, samples) of audio."""
        values = self.chain.space.from_unit(unit)
        known = unit.clone()
        known[:, self.makeups] = 0.5
        signal = audio[:, None]
        for dilation, convolution, film in zip(DILATIONS, self.convolutions, self.films, strict=True):
            scale, shift = film(known)[:, :, None].chunk(2, dim=1)
            bent = torch.tanh(
                convolution(nn.functional.pad(signal, ((KERNEL - 1) * dilation, 0))) * (1 + scale) + shift
            )
            signal = bent if signal.shape[1] == 1 else signal + bent
        out: Tensor = audio + self.last(signal)[:, 0]
        gain: Tensor = 10.0 ** (values[:, self.makeups].sum(1, keepdim=True) / 20.0)
        return out * gain


def train_proxy(
    chain: Chain, sounds: Sequence[Array], rate_hz: float, steps: int, seed: int = 0
) -> tuple[Proxy, float]:
    """Train a network on sounds and any values of a chain; return it, and its mean distance over the last tenth.

    Parameters
    ----------
    chain : Chain
        What is learned.
    sounds : sequence of (samples,) floats
        Of one length, to draw from.
    rate_hz : float
        Of the sounds.
    steps, seed : int
        How long, and of weights and draws.
    """
    proxy, rng = Proxy(chain, seed), np.random.default_rng([seed, 5])
    optimiser = torch.optim.Adam(proxy.parameters(), RATE)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, steps)
    distances = []
    for _ in range(steps):
        batch = np.stack([sounds[i] for i in rng.integers(len(sounds), size=BATCH)]).astype(np.float64)
        unit = rng.random((BATCH, len(chain.space)))
        wanted = [
            chain.played(values, one[None], rate_hz)[0]
            for values, one in zip(chain.space.from_unit(unit), batch, strict=True)
        ]
        target = torch.from_numpy(np.stack(wanted)).float()
        out = proxy(torch.from_numpy(unit).float(), torch.from_numpy(batch).float())
        distance = stft_distance(out, target).mean()
        # Over the target's own size: make-up gains lie 48 dB apart.
        size = target.abs().mean(1, keepdim=True).clamp(min=1e-4)
        loss = distance + L1_WEIGHT * ((out - target).abs() / size).mean() / 10.0
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(proxy.parameters(), 1.0)
        optimiser.step()
        schedule.step()
        distances.append(distance.item())
    return proxy, float(np.mean(distances[-max(1, steps // 10) :]))
