from dataclasses import replace

import numpy as np
import pytest
import torch

from models.proxies.fit import fit_proxy
from models.proxies.proxy import Proxy
from models.proxies.scores import held_out_scores
from models.proxies.settings import FitSettings, usual_steps
from synth.errors import InputError
from tests.models.proxies.toy import QUICK, SPACE, toy_examples, toy_settings, toy_synth


@pytest.fixture(scope="module")
def proxy() -> Proxy:
    return fit_proxy(toy_examples(400), QUICK)


def weights_of(proxy: Proxy) -> list[bytes]:
    return [each.numpy().tobytes() for net in proxy.nets for each in net.parameters()]


def test_a_proxy_learns_a_known_synth_far_better_than_its_mean(proxy: Proxy) -> None:
    found = held_out_scores(proxy, toy_examples(256, seed=8))
    assert found.l1 < 0.15 * found.l1_of_mean
    assert found.ranks[0].mrr > 0.9


def test_figures_are_predicted_beside_the_embedding(proxy: Proxy) -> None:
    unit = toy_settings(200, 9)
    wanted = toy_synth(unit).mean(1)
    found = proxy.figures(torch.from_numpy(unit)).numpy()[:, 0]
    assert np.abs(found - wanted).mean() < 0.2 * np.abs(wanted - wanted.mean()).mean()
    assert proxy(torch.from_numpy(unit)).shape == (200, 12)


def test_a_seed_gives_the_same_weights_to_the_bit_and_another_gives_others() -> None:
    examples, short = toy_examples(64), replace(QUICK, steps=30)
    first = weights_of(fit_proxy(examples, short))
    torch.rand(5)
    assert weights_of(fit_proxy(examples, short)) == first
    assert weights_of(fit_proxy(examples, replace(short, seed=1))) != first


def test_nets_are_further_apart_where_nothing_was_heard() -> None:
    examples = toy_examples(400)
    near = examples.chosen(np.flatnonzero((examples.unit[:, :3] < 0.5).all(1)))
    proxy = fit_proxy(near, QUICK)
    unit = toy_settings(400, 3)
    spread = proxy.spread(torch.from_numpy(unit)).numpy()
    far = (unit[:, :3] > 0.6).all(1)
    assert spread[far].mean() > 2.0 * spread[(unit[:, :3] < 0.5).all(1)].mean()


def test_a_level_outside_the_nets_is_right_where_nothing_was_heard() -> None:
    examples = toy_examples(400)
    quiet = examples.chosen(np.flatnonzero(examples.unit[:, 2] < 0.5))
    short = replace(QUICK, nets=1, steps=200)
    outside = fit_proxy(quiet, replace(short, level_outside=True))
    inside = fit_proxy(quiet, short)
    unit = toy_settings(200, 5)
    unit[:, 2] = 0.95
    errors = [np.abs(proxy.predicted(unit) - toy_synth(unit)).mean() for proxy in (outside, inside)]
    assert outside.outside.levels == ("volume",)
    assert errors[0] < 0.6 * errors[1]


def test_a_gradient_comes_through_values_and_soft_choices(proxy: Proxy) -> None:
    unit = torch.from_numpy(toy_settings(4)).requires_grad_(True)
    soft = torch.full((4, 3), 1.0 / 3.0, requires_grad=True)
    by_unit, by_soft = torch.autograd.grad(proxy(unit, {"shape": soft}).sum(), (unit, soft))
    # The volume raises all 12 numbers by 40 dB over its range.
    assert by_unit[:, 2].mean().item() == pytest.approx(480.0, rel=0.2)
    assert (by_soft != 0.0).all()
    assert all(weights.grad is None for net in proxy.nets for weights in net.parameters())


def test_what_never_changes_is_predicted_as_it_is() -> None:
    examples = toy_examples(64)
    heard = examples.embedded.copy()
    heard[:, 3] = -100.0
    proxy = fit_proxy(replace(examples, embedded=heard), replace(QUICK, nets=1))
    assert np.abs(proxy.predicted(examples.unit)[:, 3] + 100.0).max() < 2.0


def test_a_time_limit_ends_the_training_early_and_well() -> None:
    examples = toy_examples(200)
    proxy = fit_proxy(examples, replace(QUICK, steps=10_000_000, nets=2, budget_s=1.0))
    assert 1 <= proxy.card["steps"] < 10_000_000
    assert held_out_scores(proxy, examples).l1 < 0.8


def test_training_says_how_far_it_is() -> None:
    shares: list[float] = []
    fit_proxy(toy_examples(64), replace(QUICK, steps=100, nets=2), shares.append)
    assert shares == sorted(shares)
    assert 0.0 < shares[0] < shares[-1] <= 1.0


def test_what_cannot_be_learned_from_is_refused_in_a_sentence() -> None:
    examples = toy_examples(64)
    with pytest.raises(InputError, match="10 examples; 16 are the least"):
        fit_proxy(examples.chosen(slice(0, 10)))
    with pytest.raises(InputError, match="all 64 examples sound the same; does it get its controls"):
        fit_proxy(replace(examples, embedded=np.zeros_like(examples.embedded)))
    with pytest.raises(InputError, match="there is no net 'deep'"):
        fit_proxy(examples, FitSettings(arch="deep"))


def test_more_examples_get_more_steps_but_are_seen_less_often() -> None:
    counts = [100, 1_500, 6_000, 60_000]
    steps = [usual_steps(count) for count in counts]
    assert steps == sorted(steps)
    assert steps[3] / counts[3] < steps[1] / counts[1]
    assert len(SPACE) == 5
