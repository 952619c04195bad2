"""Fit a small network to rows of features and yes or no, in the form that the ear's kernel reads."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import torch
from numpy.typing import NDArray

from bridge.ear.detector import Network


def fit(
    inputs: NDArray[np.float32],
    answers: NDArray[np.float32],
    epochs: int,
    batch: int,
    decay: float,
    units: tuple[int, int] = (32, 16),
    jitter: float = 0.0,
) -> Network:
    """Return a network of two hidden layers, its input scaling folded into the first layer.

    ``jitter``: every time an input is shown, it is off by so much, at random.
    """
    torch.manual_seed(0)
    offset, scale = inputs.mean(0), inputs.std(0) + 1e-3
    x, y = torch.from_numpy((inputs - offset) / scale), torch.from_numpy(answers)
    shaken = jitter / torch.from_numpy(scale)
    sizes = (inputs.shape[1], *units, 1)
    layers = [torch.nn.Linear(*pair) for pair in pairwise(sizes)]
    net = torch.nn.Sequential(layers[0], torch.nn.ReLU(), layers[1], torch.nn.ReLU(), layers[2])
    optimizer = torch.optim.AdamW(net.parameters(), 1e-3, weight_decay=decay)
    steps = epochs * (len(x) // batch + 1)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 7e-3, total_steps=steps)
    for epoch in range(epochs):
        total = 0.0
        for rows in torch.split(torch.randperm(len(x)), batch):
            shown = x[rows] + shaken * torch.randn(len(rows), x.shape[1]) if jitter else x[rows]
            loss = torch.nn.functional.binary_cross_entropy_with_logits(net(shown)[:, 0], y[rows])
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
            schedule.step()
            total += float(loss.detach()) * len(rows)
        print(f"  epoch {epoch + 1:2d}  loss {total / len(x):.4f}", flush=True)
    weights = [(layer.weight.detach().numpy().T, layer.bias.detach().numpy()) for layer in layers]
    first, bias = weights[0]
    weights[0] = (first / scale[:, None], bias - (offset / scale) @ first)
    return tuple(np.ascontiguousarray(array, dtype=np.float32) for pair in weights for array in pair)
