import numpy as np
import pytest
import torch
from torch import Tensor

from models.proxies.differences import by_differences, moved
from models.proxies.nets import ProxyNet
from models.proxies.proxy import Outside, Proxy
from synth.spec import Param, ParamSpace

SPACE = ParamSpace(
    "jagged",
    (
        Param("slope", 0, 1, "", "linear", 0),
        Param("coarse", 0, 10, "", "linear", 0, steps=11),
        Param("shape", 0, 2, "", "linear", 0, kind="choice", steps=3),
    ),
)


class _Jagged(ProxyNet):
    """A slope of 3 that a fine ripple hides, a slope of 2 along the steps, and a choice."""

    def forward(self, unit: Tensor, soft: object = None, known: object = None) -> Tensor:
        first = 3.0 * unit[:, 0] + torch.sin(400.0 * unit[:, 0]) / 10.0
        return torch.stack([first, 2.0 * unit[:, 1] + unit[:, 2], unit.sum(1) * 0.0], 1)


PROXY = Proxy(SPACE, "mlp", 1, (_Jagged(),), Outside(torch.zeros(3), torch.ones(3)), "jagged", 3)


def test_differences_find_the_slope_under_a_ripple_where_autodiff_finds_the_ripple() -> None:
    unit = torch.tensor([[0.5, 0.5, 0.5], [0.31, 0.2, 0.0]], dtype=torch.float64, requires_grad=True)
    (smooth,) = torch.autograd.grad(by_differences(PROXY, unit, 0.2).sum(), unit)
    (jagged,) = torch.autograd.grad(PROXY(unit).sum(), unit)
    assert smooth[:, 0].tolist() == pytest.approx([3.0, 3.0], abs=0.5)
    assert (jagged[:, 0] - 3.0).abs().max() > 10.0
    assert smooth[:, 1].tolist() == pytest.approx([2.0, 2.0], abs=1e-4)
    assert smooth[:, 2].tolist() == [0.0, 0.0]


def test_differences_leave_the_value_as_it_is() -> None:
    unit = torch.rand(4, 3, dtype=torch.float64)
    assert torch.equal(by_differences(PROXY, unit), PROXY(unit))


def test_a_control_moves_by_a_step_at_least_and_stays_in_its_range() -> None:
    points = np.array([[0.99, 0.5, 0.0], [0.5, 1.0, 0.5]])
    up = moved(SPACE, points, np.array([0, 1]), 0.03)
    assert up[0].tolist() == [[1.0, 0.5, 0.0], [0.99, 0.6, 0.0]]
    assert up[1].tolist() == [[0.53, 1.0, 0.5], [0.5, 1.0, 0.5]]
