"""Learn to set effects: the loss of what a device makes of a recording goes back to encoder and controller."""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from models.devices.device import Array, Device
from models.devices.gradients import Gradient
from models.devices.guard import Guard
from models.devices.ways import Through, possible
from models.style.examples import Example
from models.style.losses import style_loss
from models.style.nets import StyleNet
from synth.effects.chain import Chain

SLOWER_BY_DRAWS = 3.0
"""By how much the rate falls where gradients are drawn: the drawn ones are noisier (measured by the pilot)."""
WARM_UP = 0.05
"""Part of the steps over which the rate rises."""


@dataclass(frozen=True)
class Settings:
    """How to learn.

    Parameters
    ----------
    steps, batch : int
        How often, and of how many lessons.
    rate : float
        Of Adam.
    by_values : float
        0 to 1: the part of the steps, from the first on, in which the values themselves are the goal; 1 is learning
        without sounds.
    seed : int
        Of weights, order and draws.
    """

    steps: int = 1500
    batch: int = 16
    rate: float = 2e-3
    by_values: float = 0.0
    seed: int = 0


@dataclass
class Learned:
    """What came of it.

    Parameters
    ----------
    net : StyleNet
        Trained.
    losses : list of float
        Of each step.
    notes : list of str
        What a person should know.
    """

    net: StyleNet
    losses: list[float] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def chain_device(
    chain: Chain, rate_hz: float, copied: Callable[[Tensor, Any], Tensor] | None = None, **more: Any
) -> Device:
    """Return a chain of effects as a device that is given (batch, samples) of audio.

    Parameters
    ----------
    chain : Chain
        Played as a stream plays it.
    rate_hz : float
        Of the audio.
    copied : callable, optional
        An approximation to learn through instead of the exact gradient, as `models.devices.device.Device.copy`.
    **more
        Of the device.
    """

    def render(values: Array, given: Any, seed: int) -> Array:
        rows = [chain.played(own, one[None], rate_hz)[0] for own, one in zip(values, given, strict=True)]
        return np.stack(rows)

    def exact(values: Tensor, given: Any) -> Tensor:
        return chain.processed(values, torch.from_numpy(given).to(values), rate_hz)

    return Device(chain.space, render, copy=copied or exact, exact=copied is None, **more)


def learn_style(
    through: Through, chain: Chain, lessons: Sequence[Example], settings: Settings, watch: Callable[[int], object] = id
) -> Learned:
    """Train encoder and controller.

    Parameters
    ----------
    through : Through
        The device, and the way to its gradient.
    chain : Chain
        What is set: the device's effects.
    lessons : sequence of Example
        To learn from.
    settings : Settings
        How.
    watch : callable
        Takes the number of each step that is done.

    Returns
    -------
    Learned
        A run that diverges goes back to its best weights and goes on by `spsa`, at a lower rate, and says so.
    """
    net = StyleNet(chain, settings.seed)
    learned, guard, best = Learned(net), Guard(), copy.deepcopy(net.state_dict())
    rng = np.random.default_rng([settings.seed, 3])
    optimiser, schedule = _optimiser(net, settings.rate, settings.steps, through.gradient)
    began, left_out = False, 0
    for step in range(settings.steps):
        batch = [lessons[i] for i in rng.integers(len(lessons), size=settings.batch)]
        by_values = step < settings.by_values * settings.steps
        loss = _loss(net, through, batch, by_values, step)
        learned.losses.append(loss.item())
        if not by_values and not began:  # what was learned from the values is not lost
            began, best = True, copy.deepcopy(net.state_dict())
        if not by_values and guard.diverges(loss.item()):
            net.load_state_dict(best)
            through = _fallen_back(through, learned, step)
            guard = Guard()
            left = settings.steps - step
            optimiser, schedule = _optimiser(net, settings.rate, left, through.gradient)
            continue
        if guard.improves:
            best = copy.deepcopy(net.state_dict())
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        # One step along what is no number would leave no weight a number.
        if torch.isfinite(torch.nn.utils.clip_grad_norm_(net.parameters(), 4.0)):
            optimiser.step()
        else:
            left_out += 1
        schedule.step()
        watch(step + 1)
    if left_out:
        learned.notes.append(f"{left_out} of {settings.steps} steps were left out, as their gradient was no number")
    return learned


def _optimiser(
    net: StyleNet, rate: float, steps: int, gradient: Gradient
) -> tuple[torch.optim.Adam, torch.optim.lr_scheduler.LambdaLR]:
    rate = rate / SLOWER_BY_DRAWS if gradient == "spsa" else rate
    optimiser = torch.optim.Adam(net.parameters(), rate)
    rising = max(1, round(WARM_UP * steps))

    def factor(step: int) -> float:
        return min(1.0, (step + 1) / rising) * 0.5 * (1.0 + float(np.cos(np.pi * min(step / steps, 1.0))))

    return optimiser, torch.optim.lr_scheduler.LambdaLR(optimiser, factor)


def _fallen_back(through: Through, learned: Learned, step: int) -> Through:
    """Return another way to the gradient, and note it."""
    others = [way for way in possible(through.device) if way not in (through.gradient, "proxy", "half-hybrid")]
    other: Gradient = "spsa" if through.gradient != "spsa" else (others or ["spsa"])[0]
    learned.notes.append(f"{through.gradient} diverged at step {step + 1}; from there on {other}")
    return replace(through, gradient=other)


def _loss(net: StyleNet, through: Through, batch: Sequence[Example], by_values: bool, step: int) -> Tensor:
    unit: Tensor = net([one.heard_source for one in batch], [one.heard_like for one in batch])
    if by_values:
        wanted = torch.from_numpy(np.stack([one.unit for one in batch])).to(unit)
        return (unit - wanted).abs().mean()
    out = through.learned(unit, np.stack([one.source for one in batch]), step)
    return style_loss(out, torch.from_numpy(np.stack([one.target for one in batch]))).mean()
