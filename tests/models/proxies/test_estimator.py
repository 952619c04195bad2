from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch

from models.proxies.comparison import comparison_of
from models.proxies.estimator import Estimator
from models.proxies.estimator_fit import EstimatorSettings, fit_estimator, value_losses, weights_at
from models.proxies.fit import fit_proxy
from models.proxies.proxy import Proxy
from synth.errors import InputError
from synth.spec import Param, ParamSpace
from tests.models.proxies.toy import QUICK, SPACE, toy_examples, toy_settings, toy_synth

COMPARISON = comparison_of("toy-bands", 12)
SHORT = EstimatorSettings(steps=600, width=64, dropout=0.0)


@pytest.fixture(scope="module")
def proxy() -> Proxy:
    return fit_proxy(toy_examples(400), replace(QUICK, nets=1))


def estimated(proxy: Proxy, schedule: str, **changed: Any) -> Estimator:
    settings = replace(SHORT, schedule=schedule, **changed)
    return fit_estimator(toy_examples(400), proxy, COMPARISON, settings)


def apart(estimator: Estimator) -> float:
    """Return how far what is really heard is from 200 targets that were not learned from."""
    wanted = toy_synth(toy_settings(200, 7))
    return float(np.abs(toy_synth(estimator.settings(wanted)) - wanted).mean())


def test_settings_are_found_far_better_than_by_guessing_and_are_ones_the_synth_has(proxy: Proxy) -> None:
    estimator = estimated(proxy, "ploss")
    wanted = toy_settings(200, 7)
    found = estimator.settings(toy_synth(wanted))
    np.testing.assert_array_equal(found, SPACE.realised(found))
    assert (found[:, 3] == wanted[:, 3]).mean() > 0.9
    assert apart(estimator) < 0.3 * np.abs(toy_synth(toy_settings(200, 8)) - toy_synth(wanted)).mean()


def test_learning_by_sound_comes_nearer_in_sound_than_by_values_alone(proxy: Proxy) -> None:
    by_values = apart(estimated(proxy, "ploss"))
    assert apart(estimated(proxy, "mix")) < by_values
    assert apart(estimated(proxy, "switch")) < by_values


def test_the_loss_of_a_sound_moves_what_decides_choices_and_switches(proxy: Proxy) -> None:
    estimator = estimated(proxy, "ploss", steps=50)
    wanted = torch.from_numpy(toy_synth(toy_settings(8, 3)))
    logits = [each.detach().requires_grad_(True) for each in estimator.net.logits(wanted)]
    guess = estimator.net.guess(logits)
    torch.autograd.backward(COMPARISON.distance(proxy(guess.unit, guess.soft), wanted).sum())
    for each in logits:
        assert each.grad is not None
        assert each.grad.abs().sum() > 0.0


def test_the_proxy_is_left_as_it_is(proxy: Proxy) -> None:
    before = [weights.clone() for weights in proxy.nets[0].parameters()]
    estimated(proxy, "switch", steps=30)
    for weights, one in zip(proxy.nets[0].parameters(), before, strict=True):
        assert torch.equal(weights, one)


def test_schedules_move_in_the_second_third_and_then_stay() -> None:
    assert [weights_at("ploss", done) for done in (0.0, 0.5, 1.0)] == [(1.0, 0.0)] * 3
    assert [weights_at("mix", done) for done in (0.3, 0.5, 0.7)] == [(1.0, 0.0), (0.75, 0.25), (0.5, 0.5)]
    assert [weights_at("switch", done) for done in (0.3, 0.5, 0.7)] == [(1.0, 0.0), (0.5, 0.5), (0.0, 1.0)]


def test_losses_of_values_are_those_computed_by_hand() -> None:
    params = (
        Param("tune", 0.0, 1.0, "", "linear", 0.0),
        Param("wave", 0.0, 1.0, "", "linear", 0.0, kind="switch", steps=2),
    )
    space = ParamSpace("two", params)
    logits = [torch.zeros(1, 1), torch.tensor([[0.0, np.log(3.0)]])]
    numbers, chosen = value_losses(space, logits, torch.tensor([[0.2, 1.0]]))
    assert numbers.item() == pytest.approx(0.3)
    # Labels 0.01 and 0.99, probabilities 1/4 and 3/4.
    assert chosen.item() == pytest.approx(-0.01 * np.log(0.25) - 0.99 * np.log(0.75))


def test_a_space_without_choices_has_no_loss_of_them() -> None:
    space = ParamSpace("one", (Param("tune", 0.0, 1.0, "", "linear", 0.0),))
    numbers, chosen = value_losses(space, [torch.zeros(2, 1)], torch.tensor([[0.5], [1.0]]))
    assert numbers.item() == pytest.approx(0.25)
    assert chosen.item() == 0.0


def test_a_seed_gives_the_same_estimator_and_another_gives_another(proxy: Proxy) -> None:
    rows = toy_synth(toy_settings(5, 2))
    first = estimated(proxy, "mix", steps=30).settings(rows)
    torch.rand(3)
    np.testing.assert_array_equal(estimated(proxy, "mix", steps=30).settings(rows), first)
    assert not np.array_equal(estimated(proxy, "mix", steps=30, seed=1).settings(rows), first)


def test_what_does_not_fit_is_refused_in_a_sentence(proxy: Proxy) -> None:
    examples = toy_examples(64)
    with pytest.raises(InputError, match="there is no schedule 'swap'; there are ploss, mix, switch"):
        fit_estimator(examples, proxy, COMPARISON, replace(SHORT, schedule="swap"))
    with pytest.raises(InputError, match="8 examples; 16 are the least"):
        fit_estimator(examples.chosen(slice(0, 8)), proxy, COMPARISON, SHORT)
    with pytest.raises(InputError, match="of another synth or embedding"):
        fit_estimator(replace(examples, embedding="mfcc"), proxy, COMPARISON, SHORT)
