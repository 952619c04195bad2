"""Adam (Kingma and Ba, 2015), two ways to lower its learning rate, and a running mean of what it finds.

`torch.optim` brings a compiler along that takes over a second to import, a tenth of a whole training run.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import torch
from torch import Tensor

_KEEP_MEAN, _KEEP_SQUARE, _EPSILON = 0.9, 0.999, 1e-8


class Adam:
    """Steps down the gradients of some tensors, with torch's default constants.

    Parameters
    ----------
    parameters : iterable of Tensor
    """

    def __init__(self, parameters: Iterable[Tensor]) -> None:
        self._parameters = list(parameters)
        self._means = [torch.zeros_like(each) for each in self._parameters]
        self._squares = [torch.zeros_like(each) for each in self._parameters]
        self._steps = 0

    @torch.no_grad()
    def step(self, learning_rate: float) -> None:
        """Move every tensor against its gradient, then forget the gradients."""
        self._steps += 1
        mean_share = 1.0 - _KEEP_MEAN**self._steps
        square_share = math.sqrt(1.0 - _KEEP_SQUARE**self._steps)
        for parameter, mean, square in zip(self._parameters, self._means, self._squares, strict=True):
            if parameter.grad is None:
                continue
            mean.lerp_(parameter.grad, 1.0 - _KEEP_MEAN)
            square.mul_(_KEEP_SQUARE).addcmul_(parameter.grad, parameter.grad, value=1.0 - _KEEP_SQUARE)
            spread = (square.sqrt() / square_share).add_(_EPSILON)
            parameter.addcdiv_(mean, spread, value=-learning_rate / mean_share)
            parameter.grad = None


def cosine(done: float) -> float:
    """Return the share of the first learning rate that is left when ``done`` (0..1) of a run is over.

    >>> cosine(0.5)
    0.5
    """
    return round(0.5 + 0.5 * math.cos(math.pi * done), 12)


class Average:
    """A running mean of some tensors: steps jump about the place they circle, their mean does not.

    Parameters
    ----------
    parameters : iterable of Tensor
    keep : float
        How much of the mean each step leaves. Less at first, so that the beginning is soon forgotten; 0: no mean.
    """

    def __init__(self, parameters: Iterable[Tensor], keep: float) -> None:
        self._parameters = list(parameters)
        self._means = [parameter.detach().clone() for parameter in self._parameters]
        self._keep = keep
        self._steps = 0

    @torch.no_grad()
    def step(self) -> None:
        """Take the tensors as they are into the mean."""
        self._steps += 1
        keep = min(self._keep, (1 + self._steps) / (10 + self._steps))
        for parameter, mean in zip(self._parameters, self._means, strict=True):
            mean.lerp_(parameter, 1.0 - keep)

    @contextmanager
    def swapped(self) -> Iterator[None]:
        """Let the tensors be their mean for a while."""
        self._swap()
        try:
            yield
        finally:
            self._swap()

    @torch.no_grad()
    def _swap(self) -> None:
        for parameter, mean in zip(self._parameters, self._means, strict=True):
            now = parameter.clone()
            parameter.copy_(mean)
            mean.copy_(now)


class Plateau:
    """Halve the learning rate whenever validation has not been better for 20 epochs, as published."""

    patience_epochs = 20

    def __init__(self) -> None:
        self.share = 1.0
        self._best = math.inf
        self._waited = 0

    def epoch(self, validation: float) -> None:
        """Take note of an epoch's validation."""
        if validation < self._best * (1.0 - 1e-4):
            self._best, self._waited = validation, 0
        else:
            self._waited += 1
        if self._waited > self.patience_epochs:
            self.share *= 0.5
            self._waited = 0
