"""Each way to a device's gradient does in the forward pass what it says, and goes where the device's gradient goes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from models.devices.agreement import agreement, finite_differences
from models.devices.device import Array, Device
from models.devices.gradients import GRADIENTS, Gradient
from models.devices.spsa import Spsa
from models.devices.ways import Through, default_gradient, possible
from synth.effects.chain import chain_named
from synth.effects.sampled import sampled_compressor
from synth.errors import InputError
from tests.synth.effects.sounds import bursts

RATE_HZ = 24_000.0
CHAIN = chain_named("compressor")
AUDIO = bursts(4000, channels=6, rate_hz=RATE_HZ)
UNIT = 0.2 + 0.6 * np.random.default_rng(0).random((6, len(CHAIN.space)))


class Counted:
    """The compressor as a stream plays it, which counts how often it was run."""

    def __init__(self) -> None:
        self.calls = 0

    def __call__(self, values: Array, given: Array, seed: int) -> Array:
        self.calls += 1
        rows = [CHAIN.played(own, one[None], RATE_HZ)[0] for own, one in zip(values, given, strict=True)]
        return np.stack(rows)


def copied(values: Tensor, given: Any) -> Tensor:
    return sampled_compressor(values, torch.from_numpy(given).to(values), RATE_HZ)


def learned(unit: Tensor, given: Any) -> Tensor:
    """Return what a network might: near, and not the same."""
    return 1.1 * copied(CHAIN.space.from_unit(unit), given)


def device(counted: Counted | None = None, **more: Any) -> Device:
    return Device(CHAIN.space, counted or Counted(), copy=copied, proxy=learned, **more)


def loss(out: Tensor) -> Tensor:
    return (out - 0.5 * torch.from_numpy(AUDIO).to(out)).square().mean(1)


@pytest.mark.parametrize(
    ("gradient", "calls"),
    [("autodiff", 0), ("proxy", 0), ("half-hybrid", 0), ("hybrid-autodiff", 1), ("hybrid", 1), ("spsa", 1 + 2 * 3)],
)
def test_a_hybrid_runs_the_device_in_learning_and_a_proxy_does_not(gradient: Gradient, calls: int) -> None:
    counted = Counted()
    through = Through(device(counted), gradient, Spsa(draws=3))
    unit = torch.from_numpy(UNIT).requires_grad_()
    loss(through.learned(unit, AUDIO)).sum().backward()  # type: ignore[no-untyped-call]
    assert counted.calls == calls
    assert unit.grad is not None
    assert torch.isfinite(unit.grad).all()
    assert (unit.grad != 0.0).any()


@pytest.mark.parametrize("gradient", ["hybrid-autodiff", "hybrid", "spsa"])
def test_what_runs_the_device_gives_exactly_what_it_gives(gradient: Gradient) -> None:
    out = Through(device(), gradient).learned(torch.from_numpy(UNIT), AUDIO)
    np.testing.assert_array_equal(out.numpy(), device().render_unit(UNIT, AUDIO))


@pytest.mark.parametrize("gradient", GRADIENTS)
def test_only_a_proxy_is_played_as_it_learns(gradient: Gradient) -> None:
    counted = Counted()
    Through(device(counted), gradient).played(torch.from_numpy(UNIT), AUDIO)
    assert counted.calls == (gradient != "proxy")


def test_the_default_follows_from_what_a_device_can_do() -> None:
    assert default_gradient(device(exact=True)) == "autodiff"
    assert default_gradient(device()) == "hybrid-autodiff"
    assert default_gradient(Device(CHAIN.space, Counted(), proxy=learned)) == "hybrid"
    assert default_gradient(Device(CHAIN.space, Counted())) == "spsa"
    assert set(possible(device())) == set(GRADIENTS)


@pytest.mark.parametrize(("gradient", "words"), [("autodiff", "a copy in formulas"), ("hybrid", "a proxy")])
def test_a_way_that_a_device_has_not_is_refused(gradient: Gradient, words: str) -> None:
    with pytest.raises(InputError, match=f"'{gradient}' needs {words}, which compressor has not; it has spsa"):
        Through(Device(CHAIN.space, Counted()), gradient)


def exact_device() -> Device:
    def copy(values: Tensor, given: Any) -> Tensor:
        return CHAIN.processed(values, torch.from_numpy(given).to(values), RATE_HZ)

    return Device(CHAIN.space, Counted(), copy=copy, exact=True)


def test_an_exact_gradient_agrees_with_finite_differences() -> None:
    cosines = agreement(Through(exact_device(), "autodiff"), loss, UNIT, AUDIO, step=1e-5)
    assert cosines.min() > 0.999


def test_more_draws_agree_more_as_the_formulas_say() -> None:
    through = {draws: Through(exact_device(), "spsa", Spsa(draws, step=1e-3)) for draws in (1, 16)}
    mean = {
        draws: np.mean([agreement(one, loss, UNIT, AUDIO, 1e-3, seed) for seed in range(12)])
        for draws, one in through.items()
    }
    n = len(CHAIN.space)
    assert mean[1] == pytest.approx(np.sqrt(2.0 / (np.pi * n)), abs=0.12)
    assert mean[16] == pytest.approx(np.sqrt(16.0 / (16.0 + n - 1.0)), abs=0.12)


def test_a_step_counts_as_far_as_the_device_took_it() -> None:
    """Of a device that is a line, even at its bounds and with steps, the draws find the slope."""
    space = chain_named("amp").space
    slopes = np.arange(1.0, 6.0)

    def stepped(unit: Array) -> Array:
        return np.asarray(np.round(np.clip(unit, 0.0, 1.0) * 127.0) / 127.0)

    line = Device(space, lambda values, given, seed: (space.to_unit(values) * slopes).sum(1, keepdims=True), stepped)
    unit = torch.tensor([[0.0, 1.0, 0.5, 0.003, 0.999]], dtype=torch.float64).requires_grad_()
    Through(line, "spsa", Spsa(draws=4000, step=0.02)).learned(unit, None).sum().backward()  # type: ignore[no-untyped-call]
    assert unit.grad is not None
    np.testing.assert_allclose(unit.grad[0].numpy(), slopes, rtol=0.25)
    np.testing.assert_allclose(finite_differences(line, lambda out: out[:, 0], unit.detach().numpy(), None), [slopes])


def test_both_sides_of_a_draw_have_the_same_noise() -> None:
    seeds: list[int] = []

    def noisy(values: Array, given: Any, seed: int) -> Array:
        seeds.append(seed)
        return np.random.default_rng(seed).normal(size=(len(values), 8))

    unit = torch.from_numpy(UNIT).requires_grad_()
    Through(Device(CHAIN.space, noisy), "spsa").learned(unit, None, seed=7).sum().backward()  # type: ignore[no-untyped-call]
    assert set(seeds) == {7}
    assert unit.grad is not None
    assert not unit.grad.any(), "noise alone has no slope"
