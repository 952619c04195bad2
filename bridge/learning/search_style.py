"""Refine effects on a given pair of recordings, by the exact gradient of what the two have in common.

The recordings play different things, so what is compared is what does not depend on that: the mean spectrum of loud
moments in mel bands, the level, and the quantiles of the level of 5 ms.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from bridge.learning.style_sound import Sound
from models.style.hearing import LEVEL_S, LOWEST_HZ, band_middles_hz
from models.training.threads import one_thread_per_call
from synth.effects.chain import Chain

Array = NDArray[np.float64]

STEPS, RATE = 60, 0.04
LONGEST_S = 6.0
"""Of a longer recording its loudest stretch of this length is worked on."""
_WINDOW_S = 0.046
_QUANTILES = torch.linspace(0.05, 0.95, 16, dtype=torch.float64)


def search_style(sound: Sound, like: Sound, chain: Chain, start: Array, steps: int = STEPS) -> Array:
    """Return better values of a chain, (n,) real units, found from ``start``.

    Parameters
    ----------
    sound, like : Sound
        The recording, and the reference.
    chain : Chain
        Its effects.
    start : (n,) floats
        Where the search begins.
    steps : int
        Of the descent.
    """
    own = torch.from_numpy(_loudest(sound))[None]
    wanted = _described(torch.from_numpy(_loudest(like))[None], like.rate_hz)
    unit = torch.from_numpy(chain.space.to_unit(start)).clamp(1e-3, 1.0 - 1e-3)
    knobs = torch.logit(unit)[None].requires_grad_()
    optimiser = torch.optim.Adam([knobs], RATE * 4.0)
    best, least = start, np.inf
    with one_thread_per_call():
        for _ in range(steps):
            values = chain.space.from_unit(torch.sigmoid(knobs))
            described = _described(chain.processed(values, own, sound.rate_hz), sound.rate_hz)
            loss = sum(((a - b).abs().mean() for a, b in zip(described, wanted, strict=True)), torch.zeros(()))
            if loss.item() < least:
                best, least = values[0].detach().numpy().copy(), loss.item()
            optimiser.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimiser.step()
    return np.asarray(best)


def _loudest(sound: Sound) -> Array:
    """Return the loudest stretch of a recording's loudest channel, as loud as all channels in the mean."""
    powers = np.square(sound.audio).mean(1)
    mono: Array = sound.audio[powers.argmax()] * np.sqrt(powers.mean() / powers.max())
    size = int(LONGEST_S * sound.rate_hz)
    if len(mono) <= size:
        return mono
    power = np.concatenate([[0.0], np.cumsum(np.square(mono))])
    start = int(np.argmax(power[size:] - power[:-size]))
    return np.ascontiguousarray(mono[start : start + size])


def _described(audio: Tensor, rate_hz: float) -> tuple[Tensor, Tensor, Tensor]:
    """Return the mean spectrum in bands, the level and its quantiles, each about 0 to 10."""
    size = int(_WINDOW_S * rate_hz)
    window = torch.hann_window(size, dtype=audio.dtype)
    spectrum = torch.stft(audio, size, size // 2, window=window, return_complex=True, center=False)
    power = spectrum.abs().square().mean(-1)[0] * (4.0 / float(window.sum()) ** 2)
    middles = np.concatenate([[LOWEST_HZ], band_middles_hz()])
    hz = np.asarray(np.fft.rfftfreq(size, 1.0 / rate_hz), dtype=np.float64)
    bank = torch.from_numpy(np.stack([_band(hz, low, high) for low, high in pairwise(middles.tolist())]))
    bands = 10.0 * (bank @ power + 1e-9).log10()
    step = int(LEVEL_S * rate_hz)
    short = audio[0, : audio.shape[1] // step * step].reshape(-1, step).square().mean(-1)
    level = 10.0 * (short + 1e-8).log10()
    whole = 10.0 * (audio.square().mean() + 1e-10).log10()
    return bands, 0.5 * whole[None], 0.5 * (torch.quantile(level, _QUANTILES) - whole)


def _band(hz: Array, low: float, high: float) -> Array:
    """Return a band as weights of frequencies that add up to one; the nearest where none is inside."""
    inside = ((hz >= low) & (hz < high)).astype(np.float64)
    if not inside.any():
        inside[np.abs(hz - 0.5 * (low + high)).argmin()] = 1.0
    return np.asarray(inside / inside.sum())
