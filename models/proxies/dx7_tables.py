"""Facts of the DX7: its 32 algorithms and the curves of its level, rate and pitch numbers, as torch tensors.

The curves are those of the msfa engine (Raph Levien, Google, 2012), which Dexed plays. They were checked against
renders of it; `tests/models/proxies/test_dx7.py` repeats the check.
"""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import Tensor

OPERATORS = 6

ALGORITHMS: tuple[tuple[str, str], ...] = (
    ("2>1 4>3 5>4 6>5", "6>6"),
    ("2>1 4>3 5>4 6>5", "2>2"),
    ("2>1 3>2 5>4 6>5", "6>6"),
    ("2>1 3>2 5>4 6>5", "4>6"),
    ("2>1 4>3 6>5", "6>6"),
    ("2>1 4>3 6>5", "5>6"),
    ("2>1 4>3 5>3 6>5", "6>6"),
    ("2>1 4>3 5>3 6>5", "4>4"),
    ("2>1 4>3 5>3 6>5", "2>2"),
    ("2>1 3>2 5>4 6>4", "3>3"),
    ("2>1 3>2 5>4 6>4", "6>6"),
    ("2>1 4>3 5>3 6>3", "2>2"),
    ("2>1 4>3 5>3 6>3", "6>6"),
    ("2>1 4>3 5>4 6>4", "6>6"),
    ("2>1 4>3 5>4 6>4", "2>2"),
    ("2>1 3>1 4>3 5>1 6>5", "6>6"),
    ("2>1 3>1 4>3 5>1 6>5", "2>2"),
    ("2>1 3>1 4>1 5>4 6>5", "3>3"),
    ("2>1 3>2 6>4 6>5", "6>6"),
    ("3>1 3>2 5>4 6>4", "3>3"),
    ("3>1 3>2 6>4 6>5", "3>3"),
    ("2>1 6>3 6>4 6>5", "6>6"),
    ("3>2 6>4 6>5", "6>6"),
    ("6>3 6>4 6>5", "6>6"),
    ("6>4 6>5", "6>6"),
    ("3>2 5>4 6>4", "6>6"),
    ("3>2 5>4 6>4", "3>3"),
    ("2>1 4>3 5>4", "5>5"),
    ("4>3 6>5", "6>6"),
    ("4>3 5>4", "5>5"),
    ("6>5", "6>6"),
    ("", "6>6"),
)
"""For each algorithm, which operator modulates which, and from where to where its feedback goes.

An operator that modulates none is a carrier. Modulators have higher numbers than what they modulate.
"""

Knots = tuple[tuple[float, float], ...]

LEVEL_KNOTS: Knots = (
    *enumerate((0, 5, 9, 13, 17, 20, 23, 25, 27, 29, 31, 33, 35, 37, 39, 41, 42, 43, 45, 46)),
    (20, 48),
    (99, 127),
)
"""From an operator's level, 0..99, to steps of 0.75 dB, 0..127."""

PITCH_LEVEL_KNOTS: Knots = (
    *((0, -128), (3, -95), (6, -68), (8, -56), (10, -49), (13, -41), (18, -32)),
    *((50, 0), (85, 35), (93, 43), (95, 48), (97, 58), (98, 65), (99, 127)),
)
PITCH_RATE_KNOTS: Knots = ((0, 1), (2, 3), (27, 16), (43, 31), (60, 58), (75, 91), (85, 141), (95, 202), (99, 255))


def curve(values: Tensor, knots: Knots) -> Tensor:
    """Return a curve that is straight between its knots, at values of any shape; beyond them it stays level."""
    places, heights = (torch.tensor(column, dtype=values.dtype) for column in zip(*knots, strict=True))
    after = torch.searchsorted(places, values.detach().contiguous()).clamp(1, len(places) - 1)
    left, low, high = places[after - 1], heights[after - 1], heights[after]
    part = ((values - left) / (places[after] - left)).clamp(0.0, 1.0)
    return low + part * (high - low)


def whole(values: Tensor) -> Tensor:
    """Return values rounded down, as the engine's integers are, with the gradient of those that are not rounded."""
    return values + (torch.floor(values) - values).detach()


def modulation_matrices() -> Tensor:
    """Return what modulates what, (32, 6, 6): 1 at [algorithm, modulated, modulator]."""
    return _matrices(edges for edges, _ in ALGORITHMS)


def feedback_matrices() -> Tensor:
    """Return the feedback of each algorithm in the same form, (32, 6, 6): 1 where it enters, and whence it comes."""
    return _matrices(edges for _, edges in ALGORITHMS)


def carriers() -> Tensor:
    """Return which operators are heard, (32, 6): those that modulate none."""
    return 1.0 - modulation_matrices().amax(1)


def _matrices(algorithms: Iterable[str]) -> Tensor:
    matrices = torch.zeros(len(ALGORITHMS), OPERATORS, OPERATORS)
    for matrix, edges in zip(matrices, algorithms, strict=True):
        for edge in edges.split():
            source, target = map(int, edge.split(">"))
            matrix[target - 1, source - 1] = 1.0
    return matrices
