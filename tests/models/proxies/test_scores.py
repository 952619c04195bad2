from dataclasses import replace

import numpy as np
import pytest
import torch

from models.proxies.fit import fit_proxy
from models.proxies.nets import ProxyNet
from models.proxies.proxy import Outside, Proxy
from models.proxies.scores import gradient_score, held_out_scores, retrieval_rank
from synth.errors import InputError
from synth.spec import Param, ParamSpace
from tests.models.proxies.toy import QUICK, toy_examples, toy_settings, toy_synth


def test_the_rank_of_a_perfect_proxy_is_1() -> None:
    heard = np.random.default_rng(0).standard_normal((700, 8)).astype(np.float32)
    rank = retrieval_rank(heard, heard, 512)
    assert (rank.candidates, rank.mrr, rank.top) == (512, 1.0, 1.0)


def test_the_rank_of_a_random_proxy_is_the_mean_of_one_over_all_ranks() -> None:
    rng = np.random.default_rng(1)
    heard, said = rng.standard_normal((2, 4000, 8)).astype(np.float32)
    expected = (1.0 / np.arange(1, 201)).sum() / 200
    assert retrieval_rank(heard, said, 200).mrr == pytest.approx(expected, rel=0.15)


def test_a_proxy_that_always_says_the_same_finds_nothing() -> None:
    heard = np.random.default_rng(2).standard_normal((64, 8)).astype(np.float32)
    rank = retrieval_rank(heard, np.zeros_like(heard), 64)
    assert rank.mrr == pytest.approx(1 / 64)
    assert rank.top == 0.0


def test_every_recording_is_looked_up_once_also_where_the_groups_do_not_come_out_even() -> None:
    heard = np.eye(50, dtype=np.float32)
    said = heard.copy()
    said[7] = 5.0
    assert retrieval_rank(heard, said, 20).top == pytest.approx(49 / 50)


def test_more_candidates_than_examples_are_refused() -> None:
    with pytest.raises(InputError, match="one of 512 cannot be looked up among 10"):
        retrieval_rank(np.zeros((10, 2), np.float32), np.zeros((10, 2), np.float32), 512)


def test_held_out_scores_are_those_of_the_formulas() -> None:
    learned, held = toy_examples(300).split(0, 100)
    proxy = fit_proxy(learned, replace(QUICK, steps=50, nets=1))
    found = held_out_scores(proxy, held)
    spread = learned.embedded.std(0)
    errors = np.abs(proxy.predicted(held.unit) - held.embedded)
    assert found.own == pytest.approx(errors.mean(), rel=1e-4)
    assert found.l1 == pytest.approx((errors / spread).mean(), rel=1e-4)
    away = np.abs(held.embedded - learned.embedded.mean(0))
    assert found.l1_of_mean == pytest.approx((away / spread).mean(), rel=1e-4)
    assert found.own_of_mean == pytest.approx(away.mean(), rel=1e-4)
    assert found.described()["examples"] == 100
    with pytest.raises(InputError, match="make a proxy of their recordings"):
        held_out_scores(proxy, replace(held, embedding="mfcc"))


class _Copy(ProxyNet):
    """The curve below in torch, standardised by 0 and 1; of a sign."""

    def __init__(self, sign: float = 1.0) -> None:
        super().__init__()
        self.sign = sign

    def forward(self, unit: torch.Tensor, soft: object = None, known: object = None) -> torch.Tensor:
        return self.sign * _curve(unit)


def _curve(unit: torch.Tensor) -> torch.Tensor:
    rows = torch.arange(12, dtype=unit.dtype)
    return unit @ torch.stack([torch.cos(rows), torch.sin(1.7 * rows), torch.cos(0.4 * rows * rows)]) * 9.0


def _copy_of(space: ParamSpace, sign: float) -> Proxy:
    return Proxy(space, "mlp", 1, (_Copy(sign),), Outside(torch.zeros(12), torch.ones(12)), "curve", 12)


@pytest.mark.parametrize("steps", [0, 9])
def test_the_gradient_of_an_exact_copy_has_a_cosine_of_1(steps: int) -> None:
    space = ParamSpace("curve", tuple(Param(name, 0, 1, "", "linear", 0, steps=steps) for name in "abc"))

    def synth(unit: np.ndarray) -> np.ndarray:
        # One that rounds to its steps before it sounds, as the score has to know.
        return _curve(torch.from_numpy(space.realised(unit))).numpy().astype(np.float32)

    settings = np.random.default_rng(4).random((20, 3))
    found = gradient_score(_copy_of(space, 1.0), synth, settings, step=0.002)
    assert found.mean == pytest.approx(1.0, abs=0.02)
    assert found.points == 20
    differences = gradient_score(_copy_of(space, 1.0), synth, settings, step=0.002, differences=True)
    assert differences.mean > 0.98
    assert gradient_score(_copy_of(space, -1.0), synth, settings, step=0.002).mean < 0.9


def test_a_synth_that_no_control_moves_has_no_gradient_to_compare() -> None:
    space = ParamSpace("curve", tuple(Param(name, 0, 1, "", "linear", 0) for name in "abc"))
    found = gradient_score(_copy_of(space, 1.0), lambda unit: np.zeros((len(unit), 12), np.float32), np.eye(3))
    assert (found.mean, found.points) == (0.0, 0)


def test_a_fitted_proxy_leads_where_the_synth_goes() -> None:
    proxy = fit_proxy(toy_examples(400), replace(QUICK, nets=1))
    assert gradient_score(proxy, toy_synth, toy_settings(20, 9)).mean > 0.9
