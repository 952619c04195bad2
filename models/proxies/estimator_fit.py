"""An estimator learns from recorded settings: by their values, then by how its answers sound through a frozen proxy.

The schedules are those of Combes, Weinzierl and Obermayer (JAES 2025), over thirds: the first by values alone, in the
second the weights move, in the last they stay. There a choice had no gradient from the sound, as the most likely value
was taken; here its distribution goes into the proxy. Under ``switch`` choices keep a small loss of their values, since
a proxy says little about values that sound alike.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from models.proxies.comparison import Comparison
from models.proxies.course import LEAST_SCALE
from models.proxies.estimator import Estimator, EstimatorNet
from models.proxies.examples import FEWEST, Examples
from models.proxies.inputs import has_rows
from models.proxies.proxy import Proxy
from models.training.optimiser import Average, cosine
from models.training.threads import one_thread_per_call
from synth.errors import InputError, entry_named
from synth.spec import ParamSpace

SCHEDULES: dict[str, tuple[float, float]] = {"ploss": (1.0, 0.0), "mix": (0.5, 0.5), "switch": (0.0, 1.0)}
"""Name to the weights in the last third: of the loss of values, and of that of sounds."""

CHOICE_WEIGHT = 0.1
"""Of the cross-entropy of choices and switches beside the L1 of numbers, which is some ten times smaller."""

CHOICES_KEPT = 0.1
"""Of what choices count in the loss of values, at least."""

SMOOTHING = 0.02
"""Of the labels of choices, as published."""

WATCHED = 25


@dataclass(frozen=True, slots=True)
class EstimatorSettings:
    """What a person chooses.

    Parameters
    ----------
    schedule : str
        A key of `SCHEDULES`.
    steps : int
    batch : int
    rate, decay : float
        Learning rate and decay of weights.
    width : int
        Of the layers.
    dropout : float
    sound_weight : float
        Of the distance of sounds, in units of each number's spread, beside the loss of values.
    seed : int
    """

    schedule: str = "switch"
    steps: int = 2000
    batch: int = 64
    rate: float = 2e-3
    decay: float = 0.1
    width: int = 384
    dropout: float = 0.1
    sound_weight: float = 1.0
    seed: int = 0


def weights_at(schedule: str, done: float) -> tuple[float, float]:
    """Return the weights of both losses when a part of the training is done.

    Parameters
    ----------
    schedule : str
        A key of `SCHEDULES`; `InputError` where it is none.
    done : float
        0..1.

    >>> weights_at("mix", 0.2), weights_at("switch", 0.5), weights_at("switch", 0.9)
    ((1.0, 0.0), (0.5, 0.5), (0.0, 1.0))
    """
    values, sounds = entry_named(SCHEDULES, schedule, "schedule")
    moved = min(max(3.0 * done - 1.0, 0.0), 1.0)
    return 1.0 + moved * (values - 1.0), moved * sounds


def fit_estimator(
    examples: Examples,
    proxy: Proxy,
    comparison: Comparison,
    settings: EstimatorSettings | None = None,
    watch: Callable[[float], object] = lambda share: None,
) -> Estimator:
    """Return an estimator of recorded examples.

    Parameters
    ----------
    examples : Examples
    proxy : Proxy
        Of the same synth and embedding.
    comparison : Comparison
        What of a sound is seen and compared.
    settings : EstimatorSettings, optional
    watch : callable, optional
        Called with the part that is done, 0..1.

    Raises
    ------
    InputError
        There is no such schedule, there are too few examples, or the proxy is of another synth or embedding.
    """
    settings = settings or EstimatorSettings()
    weights_at(settings.schedule, 0.0)
    if len(examples) < FEWEST:
        raise InputError(f"{examples.space.name}: {len(examples)} examples; {FEWEST} are the least to learn from")
    if proxy.space.ranges != examples.space.ranges or proxy.embedding != examples.embedding:
        raise InputError(f"{examples.space.name}: the proxy is of another synth or embedding than the recorded sounds")
    with one_thread_per_call(), torch.random.fork_rng(devices=[]):
        torch.manual_seed(settings.seed)
        return _Lessons(examples, proxy, comparison, settings).fit(watch)


class _Lessons:
    """The training of one estimator."""

    def __init__(self, examples: Examples, proxy: Proxy, comparison: Comparison, settings: EstimatorSettings) -> None:
        self.proxy, self.comparison, self.settings = proxy, comparison, settings
        self.unit = torch.from_numpy(examples.unit.astype(np.float32))
        self.targets = comparison.rows(torch.from_numpy(examples.embedded))
        self.mean, scale = self.targets.mean(0), self.targets.std(0)
        self.scale = torch.where(scale > LEAST_SCALE * scale.max(), scale, scale[scale > 0.0].median())
        self.net = EstimatorNet(examples.space, self.targets.shape[1], settings.width, settings.dropout)

    def fit(self, watch: Callable[[float], object]) -> Estimator:
        settings = self.settings
        optimiser = torch.optim.AdamW(self.net.parameters(), settings.rate, weight_decay=settings.decay, fused=True)
        average = Average(list(self.net.parameters()), 0.99)
        rng = np.random.default_rng([settings.seed, 13])
        for step in range(settings.steps):
            done = step / settings.steps
            for group in optimiser.param_groups:
                group["lr"] = settings.rate * min(1.0, 20.0 * done + 0.01) * cosine(done)
            rows = torch.from_numpy(rng.integers(len(self.unit), size=settings.batch))
            loss = self._loss(rows, *weights_at(settings.schedule, done))
            optimiser.zero_grad()
            torch.autograd.backward(loss)
            nn.utils.clip_grad_norm_(self.net.parameters(), 1.0)
            optimiser.step()
            average.step()
            if step % WATCHED == 0:
                watch(done)
        with average.swapped():
            mean = {name: weights.clone() for name, weights in self.net.state_dict().items()}
        self.net.load_state_dict(mean)
        net = self.net.eval().requires_grad_(False)
        return Estimator(self.net.space, net, self.comparison, self.mean, self.scale)

    def _loss(self, rows: Tensor, values: float, sounds: float) -> Tensor:
        logits = self.net.logits((self.targets[rows] - self.mean) / self.scale)
        numbers, chosen = value_losses(self.net.space, logits, self.unit[rows])
        loss = values * numbers + max(values, CHOICES_KEPT) * CHOICE_WEIGHT * chosen
        if not sounds:
            return loss
        guess = self.net.guess(logits)
        heard = self.comparison.rows(self.proxy(guess.unit, guess.soft))
        apart = self.comparison.distance(heard / self.scale, self.targets[rows] / self.scale).mean()
        return loss + sounds * self.settings.sound_weight * apart


def value_losses(space: ParamSpace, logits: list[Tensor], unit: Tensor) -> tuple[Tensor, Tensor]:
    """Return the mean L1 of numbers and the mean cross-entropy of choices and switches; 0 where there are none.

    Parameters
    ----------
    space : ParamSpace
    logits : list of tensors
        As of `EstimatorNet.logits`.
    unit : (batch, p) tensor
        The recorded settings.
    """
    numbers, chosen = [unit.new_zeros(())], [unit.new_zeros(())]
    for column, (param, each) in enumerate(zip(space, logits, strict=True)):
        if has_rows(param):
            wanted = (unit[:, column] * (param.steps - 1)).round().long()
            chosen.append(nn.functional.cross_entropy(each, wanted, label_smoothing=SMOOTHING))
        else:
            numbers.append((each[:, 0].sigmoid() - unit[:, column]).abs().mean())
    return _mean(numbers), _mean(chosen)


def _mean(losses: list[Tensor]) -> Tensor:
    """Return the mean of all but the first, which is the 0 of none."""
    return torch.stack(losses).sum() / max(len(losses) - 1, 1)
