from dataclasses import replace

import numpy as np
import pytest

from models.proxies.comparison import comparison_of
from models.proxies.fit import fit_proxy
from models.proxies.proxy import Proxy
from models.proxies.refine import Played, Refined, Search, Units, descended, refine, variations
from tests.models.proxies.toy import QUICK, SPACE, toy_examples, toy_settings, toy_synth

COMPARISON = comparison_of("toy-bands", 12)
EXAMPLES = toy_examples(200)
WANTED = toy_settings(8, seed=77)
TARGETS = toy_synth(WANTED)


@pytest.fixture(scope="module")
def proxy() -> Proxy:
    return fit_proxy(EXAMPLES, replace(QUICK, nets=1))


def begun(proxy: Proxy, target: np.ndarray, nearest: int = 4) -> Played:
    near = COMPARISON.distances(target, EXAMPLES.embedded).argsort()[:nearest]
    return Played(proxy, COMPARISON, target, EXAMPLES.unit[near], EXAMPLES.embedded[near])


def found(proxy: Proxy, renders: int, search: Search) -> list[Refined]:
    return [refine(begun(proxy, target), toy_synth, renders, search) for target in TARGETS]


def test_a_guarded_search_ends_nearer_than_it_began_and_than_blind_search_with_more_renders(proxy: Proxy) -> None:
    guided = found(proxy, 12, Search())
    blind = found(proxy, 40, Search(screened=1, descended=0))
    means = [np.mean([one.distance for one in each]) for each in (guided, blind)]
    assert means[0] < 0.4 * np.mean([one.course[0] for one in guided])
    assert means[0] < means[1]


def test_what_is_returned_was_really_played_and_no_step_leads_away(proxy: Proxy) -> None:
    for one, target in zip(found(proxy, 8, Search()), TARGETS, strict=True):
        np.testing.assert_allclose(one.row, toy_synth(one.unit[None])[0], atol=1e-4)
        assert one.distance == pytest.approx(float(np.abs(toy_synth(one.unit[None])[0] - target).mean()), rel=1e-4)
        assert list(one.course) == sorted(one.course, reverse=True)
        assert len(one.course) == 9


def test_a_proxy_that_is_wrong_everywhere_costs_nothing_but_renders(proxy: Proxy) -> None:
    shuffled = fit_proxy(replace(EXAMPLES, embedded=EXAMPLES.embedded[::-1].copy()), replace(QUICK, nets=1))
    for one in found(shuffled, 6, Search()):
        assert one.distance <= one.course[0]


def test_as_many_settings_are_played_as_are_allowed_and_each_is_new_and_one_the_synth_has(proxy: Proxy) -> None:
    heard: list[Units] = []

    def synth(unit: Units) -> np.ndarray:
        heard.append(unit)
        return toy_synth(unit)

    played = begun(proxy, TARGETS[0])
    refine(played, synth, 9, Search())
    units = np.concatenate(heard)
    np.testing.assert_array_equal(units, SPACE.realised(units))
    assert len(np.unique(played.unit, axis=0)) == 4 + 9 == len(played.unit)


def test_without_renders_the_nearest_stays(proxy: Proxy) -> None:
    played = begun(proxy, TARGETS[0])
    one = refine(played, toy_synth, 0, Search())
    np.testing.assert_array_equal(one.unit, played.unit[0])


def test_at_what_was_played_the_corrected_proxy_is_right(proxy: Proxy) -> None:
    import torch

    played = begun(proxy, TARGETS[1], nearest=3)
    believed = played.believed(torch.from_numpy(played.unit).float(), kernel=0.01)
    np.testing.assert_allclose(believed.numpy(), played.distances, rtol=1e-3)


def test_gradient_steps_stay_within_reach_and_can_change_a_choice(proxy: Proxy) -> None:
    search = Search(steps=60, reach=0.2)
    righted = 0
    for wanted, target in zip(WANTED, TARGETS, strict=True):
        wrong = wanted[None].copy()
        wrong[:, 3] = (wrong[:, 3] + 0.5) % 1.5
        lower = descended(begun(proxy, target), wrong, search)
        assert np.abs(lower - wrong)[:, [0, 1, 2]].max() <= 0.2 + 1e-6
        righted += int(lower[0, 3] == wanted[3])
    assert righted > 4


def test_variations_move_some_controls_and_leave_others(proxy: Proxy) -> None:
    base = SPACE.realised(np.full(5, 0.5))
    varied = variations(SPACE, base, Search(screened=400, moved=2.0), np.random.default_rng(0))
    moved = np.abs(varied - base) > 0.0
    assert moved.any(1).all()
    assert 1.2 < moved.sum(1).mean() < 3.0
    assert (varied >= 0.0).all()
    assert (varied <= 1.0).all()
