"""The training of a proxy's nets: L1, AdamW under a cosine, and a running mean of the weights."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import numpy as np
import torch
from torch import Tensor

from models.proxies.examples import FEWEST, Examples
from models.proxies.nets import ProxyNet, build_net
from models.proxies.proxy import Outside, net_kind
from models.proxies.settings import SMALL, FitSettings, usual_steps
from models.training.optimiser import Average, cosine
from synth.errors import InputError

WARM_UP = 0.05
"""Part of the steps in which the learning rate rises."""
CHUNK = 64
"""Examples whose prior is computed at once."""
LEAST_SCALE = 1e-3
"""Of the spread of an output over the largest: what hardly changes is not blown up."""
BETAS = (0.9, 0.98)
MOST_NETS = 16
LEAST_BUDGET_S = 0.1
WATCHED = 50
"""Steps between two reports."""

Watch = Callable[[float], object]


def outside_of(examples: Examples, level_outside: bool = False) -> Outside:
    """Return scales of the outputs over some examples, and the levels that may stay outside the nets.

    Raises
    ------
    InputError
        There are fewer than 16 examples, or all sound the same.
    """
    if len(examples) < FEWEST:
        raise InputError(f"{examples.space.name}: {len(examples)} examples; {FEWEST} are the least to learn from")
    targets = np.concatenate([examples.embedded, examples.figures], 1).astype(np.float64)
    scale = targets.std(0)
    widest = scale[: examples.embedded.shape[1]].max()
    if not widest > 0.0:
        raise InputError(
            f"{examples.space.name}: all {len(examples)} examples sound the same; does it get its controls?"
        )
    # What never changes in training has no scale of its own; the typical one keeps its errors of a size with others.
    scale = np.where(scale > LEAST_SCALE * widest, scale, np.median(scale[scale > 0.0]))
    levels = tuple(
        param.name
        for param in examples.space
        if level_outside and examples.in_db and param.role == "level" and param.unit == "dB" and param.kind == "number"
    )
    mean, spread = (torch.from_numpy(column.astype(np.float32)) for column in (targets.mean(0), scale))
    return Outside(mean, spread, levels, float(examples.embedded.min()))


class Course:
    """The training of all nets of a proxy on the same examples."""

    def __init__(self, examples: Examples, settings: FitSettings, watch: Watch) -> None:
        self.settings, self.watch = settings, watch
        self.space, self.dimensions = examples.space, examples.embedded.shape[1]
        self.outside = outside_of(examples, settings.level_outside)
        self.unit = torch.from_numpy(examples.unit.astype(np.float32))
        targets = torch.from_numpy(np.concatenate([examples.embedded, examples.figures], 1).astype(np.float32))
        self.targets = (targets - self.outside.mean) / self.outside.scale
        self.weights = self._weights(len(examples.figure_names))
        self.steps = settings.steps or usual_steps(len(examples))
        self.losses: list[float] = []
        self.taken = 0
        self._known: Tensor | None = None
        self._began = 0.0
        self._each_s: float | None = None

    def net(self, number: int) -> ProxyNet:
        """Fit one net, with the mean of its weights in the end."""
        settings = self.settings
        kind = net_kind(settings.arch, settings.dx7)
        seed = settings.seed * MOST_NETS + number
        net = build_net(kind, self.space, self.targets.shape[1], settings.parameters, seed)
        if number == 0:
            began = time.perf_counter()
            self._known = self._prior(net)
            self._set_limits(time.perf_counter() - began)
        rate = settings.rate if settings.rate is not None else kind.rate
        decay = settings.decay if settings.decay is not None else kind.decay * min(1.0, SMALL / len(self.unit))
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            self._descend(net, rate, decay, np.random.default_rng([seed, 7]), number)
        return net.eval().requires_grad_(False)

    def _descend(self, net: ProxyNet, rate: float, decay: float, rng: np.random.Generator, number: int) -> None:
        parameters = list(net.parameters())
        matrices, others = [p for p in parameters if p.ndim > 1], [p for p in parameters if p.ndim < 2]
        groups = [{"params": matrices, "weight_decay": decay}, {"params": others, "weight_decay": 0.0}]
        optimiser = torch.optim.AdamW(groups, rate, betas=BETAS, fused=True)
        average = Average(parameters, self.settings.averaging)
        total, taken = 0.0, 0
        for batch in self._batches(rng):
            done = self._done(taken, number)
            if done >= 1.0 and taken:
                break
            for group in optimiser.param_groups:
                group["lr"] = rate * min(1.0, max(done, 1.0 / self.steps) / WARM_UP) * cosine(done)
            loss = self._loss(net, batch)
            optimiser.zero_grad()
            torch.autograd.backward(loss)
            optimiser.step()
            average.step()
            taken += 1
            total = 0.99 * total + 0.01 * loss.item()
            if taken % WATCHED == 0:
                self.watch((number + done) / self.settings.nets)
        optimiser.zero_grad()
        with average.swapped():
            mean = {name: weights.clone() for name, weights in net.state_dict().items()}
        net.load_state_dict(mean)
        self.losses.append(total / (1.0 - 0.99 ** max(taken, 1)))
        self.taken = taken

    def _done(self, taken: int, number: int) -> float:
        """Return which part of a net's training is over: by steps, or by time where that is short."""
        share = taken / self.steps
        if self._each_s is None:
            return share
        return max(share, (time.perf_counter() - self._began - number * self._each_s) / self._each_s)

    def _set_limits(self, spent_s: float) -> None:
        """Divide what is left of the time among the nets."""
        self._began = time.perf_counter()
        if self.settings.budget_s is not None:
            self._each_s = max(self.settings.budget_s - spent_s, LEAST_BUDGET_S) / self.settings.nets

    def _batches(self, rng: np.random.Generator) -> Iterator[Tensor]:
        """Yield rows without end, each example once before any is there again."""
        while True:
            order = torch.from_numpy(rng.permutation(len(self.unit)))
            yield from torch.split(order, self.settings.batch)

    def _loss(self, net: ProxyNet, rows: Tensor) -> Tensor:
        unit = self.unit[rows]
        out = net(self.outside.seen(self.space, unit), None, None if self._known is None else self._known[rows])
        if self.outside.levels:
            left = self.outside.leave(self.space, unit, out, self.dimensions)
            out = (left - self.outside.mean) / self.outside.scale
        loss: Tensor = ((out - self.targets[rows]).abs() * self.weights).sum(1).mean()
        return loss

    def _weights(self, figures: int) -> Tensor:
        """Return what each output counts in the loss: the embedding 1 in all, all figures together their weight."""
        shares = [torch.full((self.dimensions,), 1.0 / self.dimensions)]
        if figures:
            shares.append(torch.full((figures,), self.settings.figures_weight / figures))
        return torch.cat(shares)

    def _prior(self, net: ProxyNet) -> Tensor | None:
        """Return what a net knows of every example, in an order in which alike examples cost least."""
        with torch.no_grad():
            if net.known(self.unit[:1]) is None:
                return None
            seen = self.outside.seen(self.space, self.unit)
            order = torch.arange(len(seen))
            if "algorithm" in self.space.names:
                order = torch.argsort(seen[:, self.space.names.index("algorithm")], stable=True)
            parts = [net.known(seen[rows]) for rows in torch.split(order, CHUNK)]
            known = torch.cat([part for part in parts if part is not None])
            return known[torch.argsort(order)]
