"""The differentiable voice's slopes are those of its sound, and learning can start from anywhere in the table."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor

from synth.dsp.noise import white_noise
from synth.voices.snare808.circuit import CIRCUIT
from tests.synth.patches import corners, presets, random_values

render = CIRCUIT.learnable.render
NOISE = torch.from_numpy(white_noise(0, 0, 48_000))[None]


def slopes(values: NDArray[np.float64], dtype: torch.dtype = torch.float64) -> Tensor:
    """Return the slopes of a sum that weighs every sample of a second differently."""
    wanted = torch.from_numpy(np.random.default_rng(0).standard_normal(48_000)).to(dtype)
    asked = torch.tensor(values, dtype=dtype, requires_grad=True)
    return torch.autograd.grad((render(asked, NOISE, 48_000, 48_000) @ wanted).sum(), asked)[0]


@pytest.mark.parametrize("seed", range(4))
def test_slopes_are_those_of_the_sound(seed: int) -> None:
    # 400 samples: every part of every patch sounds longer, so that no small step moves an ending.
    values = torch.tensor(random_values(2, seed), requires_grad=True)
    assert torch.autograd.gradcheck(lambda v: render(v, NOISE, 44_100, 400), (values,), eps=1e-5, atol=1e-7, rtol=1e-4)


def test_slopes_hold_across_chunks_to_the_last_sample() -> None:
    values = presets()
    step = values * 1e-6
    for column in range(14):
        shift = np.zeros_like(values)
        shift[:, column] = step[:, column]
        up, down = (render(torch.from_numpy(v), NOISE, 48_000, 5000) for v in (values + shift, values - shift))
        asked = torch.tensor(values, requires_grad=True)
        analytic = torch.autograd.grad(render(asked, NOISE, 48_000, 5000).square().sum(), asked)[0][:, column]
        numeric = (up.square().sum(1) - down.square().sum(1)) / torch.from_numpy(2 * shift[:, column])
        torch.testing.assert_close(analytic, numeric, rtol=1e-3, atol=1e-6)


@pytest.mark.parametrize(
    "values", [presets(), random_values(64, 8), corners(64, 9)], ids=["presets", "random", "corners"]
)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64], ids=["float32", "float64"])
def test_slopes_are_finite_and_nowhere_zero(values: NDArray[np.float64], dtype: torch.dtype) -> None:
    found = slopes(values, dtype)
    assert torch.isfinite(found).all()
    assert (found != 0).all()


def test_float32_slopes_follow_float64() -> None:
    single, double = slopes(presets(), torch.float32).double(), slopes(presets())
    assert ((single - double).abs() / double.abs().mean(0)).max() < 0.01


def test_backward_twice_gives_the_same() -> None:
    values = torch.tensor(presets(), requires_grad=True)
    sound = render(values, NOISE, 48_000, 4000).square().sum()
    first, _ = torch.autograd.grad(sound, values, retain_graph=True)[0], render(values, NOISE, 48_000, 4000)
    assert torch.equal(first, torch.autograd.grad(sound, values)[0])


@pytest.mark.parametrize(
    ("values", "found"),
    [
        (torch.zeros(14), r"values is \(14,\) of float32; .* one stroke is values\[None\], \(1, 14\)"),
        (torch.zeros(2, 13), r"values is \(2, 13\) of float32; needed is \(strokes, 14\)"),
        (torch.zeros(2, 14, dtype=torch.int64), r"values is \(2, 14\) of int64; needed is .* of float32 or float64"),
        (torch.tensor(1.0), r"values is \(\) of float32"),
    ],
)
def test_values_of_another_shape_are_named_before_a_kernel_meets_them(values: torch.Tensor, found: str) -> None:
    with pytest.raises(ValueError, match=found):
        render(values, torch.zeros(1, 100), 48_000, 100)


def test_noise_of_another_shape_is_named() -> None:
    with pytest.raises(ValueError, match=r"noise is \(100,\); needed is \(1 or 2, at least 100\)"):
        render(torch.zeros(2, 14), torch.zeros(100), 48_000, 100)
