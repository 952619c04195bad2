"""Learning to set effects: every way to the gradient learns, and one that diverges falls back and says so."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from models.devices.gradients import Gradient
from models.devices.spsa import Spsa
from models.devices.ways import Through
from models.style.examples import Example, examples
from models.style.learn import Settings, chain_device, learn_style
from models.style.losses import level_db, stft_distance, style_loss
from models.style.nets import StyleNet
from models.style.treatments import treatment
from synth.effects.chain import chain_named
from synth.effects.sampled import sampled_compressor, sampled_eq

RATE_HZ = 24_000
CHAIN = chain_named("eq,compressor")


@cache
def lessons() -> tuple[Example, ...]:
    return tuple(examples(CHAIN, 24, 1, RATE_HZ, seconds=0.6, treatments=24))


def copied(values: Tensor, given: Any) -> Tensor:
    eq, compressor = CHAIN.split(values)
    return sampled_compressor(compressor, sampled_eq(eq, torch.from_numpy(given).to(values), RATE_HZ), RATE_HZ)


def learned(unit: Tensor, given: Any) -> Tensor:
    return copied(CHAIN.space.from_unit(unit), given)


def distance(net: StyleNet) -> float:
    """Return how far the device leaves all lessons from their targets."""
    device = chain_device(CHAIN, RATE_HZ)
    source, target = (np.stack([getattr(one, name) for one in lessons()]) for name in ("source", "target"))
    with torch.no_grad():
        unit = net([one.heard_source for one in lessons()], [one.heard_like for one in lessons()])
        return float(style_loss(Through(device, "autodiff").played(unit, source), torch.from_numpy(target)).mean())


@pytest.mark.parametrize("gradient", ["autodiff", "hybrid-autodiff", "hybrid", "spsa"])
def test_each_way_learns(gradient: Gradient) -> None:
    exact = gradient == "autodiff"
    device = chain_device(CHAIN, RATE_HZ, None if exact else copied, proxy=learned)
    drawn = gradient == "spsa"
    settings = Settings(steps=60 if drawn else 30, batch=6, rate=9e-3 if drawn else 3e-3)
    found = learn_style(Through(device, gradient, Spsa(draws=4)), CHAIN, lessons(), settings)
    assert not found.notes
    assert distance(found.net) < 0.9 * distance(StyleNet(CHAIN, settings.seed))


def test_the_values_themselves_may_be_the_goal() -> None:
    device = chain_device(CHAIN, RATE_HZ)
    settings = Settings(steps=60, batch=8, rate=3e-3, by_values=1.0)
    found = learn_style(Through(device, "autodiff"), CHAIN, lessons(), settings)
    assert np.mean(found.losses[-8:]) < 0.9 * np.mean(found.losses[:4])


def test_a_gradient_that_leads_away_falls_back_and_says_so() -> None:
    def misleading(unit: Tensor, given: Any) -> Tensor:
        return 2.0 * learned(unit, given).detach() - learned(unit, given)

    device = chain_device(CHAIN, RATE_HZ, copied, proxy=misleading)
    settings = Settings(steps=240, batch=2, rate=3e-2)
    found = learn_style(Through(device, "hybrid", Spsa(draws=1)), CHAIN, lessons(), settings)
    assert len(found.notes) == 1
    assert found.notes[0].startswith("hybrid diverged at step")
    assert found.notes[0].endswith("from there on spsa")


def test_a_gradient_that_is_no_number_is_left_out() -> None:
    calls: list[int] = []

    def faulty(unit: Tensor, given: Any) -> Tensor:
        calls.append(len(calls))
        out = copied(CHAIN.space.from_unit(unit), given)
        return out * float("nan") if len(calls) == 4 else out  # heard is the device, so only the gradient is none

    device = chain_device(CHAIN, RATE_HZ, copied, proxy=faulty)
    found = learn_style(Through(device, "hybrid"), CHAIN, lessons(), Settings(steps=12, batch=2))
    assert found.notes == ["1 of 12 steps were left out, as their gradient was no number"]
    assert all(torch.isfinite(weight).all() for weight in found.net.parameters())


def test_a_run_that_diverges_after_learning_values_keeps_what_it_learned_of_them() -> None:
    def misleading(unit: Tensor, given: Any) -> Tensor:
        return torch.full((len(unit), given.shape[-1]), torch.nan) + unit.sum()

    device = chain_device(CHAIN, RATE_HZ, copied, proxy=misleading)
    settings = Settings(steps=20, batch=6, rate=3e-3, by_values=0.95)
    found = learn_style(Through(device, "half-hybrid", Spsa(draws=1)), CHAIN, lessons(), settings)
    assert found.notes == ["half-hybrid diverged at step 20; from there on spsa"]
    first = StyleNet(CHAIN, settings.seed)
    assert any(
        not torch.equal(a, b) for a, b in zip(found.net.state_dict().values(), first.state_dict().values(), strict=True)
    )


def test_a_lesson_is_a_recording_and_what_it_should_become() -> None:
    one, *others = lessons()
    assert one.source.shape == one.target.shape == (int(0.6 * RATE_HZ),)
    assert len(others) == 23
    source, target = torch.from_numpy(one.source)[None], torch.from_numpy(one.target)[None]
    assert stft_distance(target, target).item() == 0.0
    assert stft_distance(source, target).item() > 0.1
    assert level_db(2.0 * source).item() - level_db(source).item() == pytest.approx(6.02, abs=0.01)
    again = next(examples(CHAIN, 1, 1, RATE_HZ, seconds=0.6, treatments=24))
    np.testing.assert_array_equal(again.source, one.source)


def test_a_treatment_is_within_the_table() -> None:
    rng = np.random.default_rng(0)
    for chain in (CHAIN, chain_named("amp,room")):
        for _ in range(50):
            unit = chain.space.to_unit(treatment(chain, rng))
            assert (unit >= -1e-9).all()
            assert (unit <= 1.0 + 1e-9).all()
