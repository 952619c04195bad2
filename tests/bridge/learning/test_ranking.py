"""The ranking test counts order, from both ends, and nothing else."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.stats import spearmanr

from bridge.learning.ranking import Ranked, attributes_of, of_attributes, order_kept, ranking


def test_rows_in_their_order_score_one_however_unequal_the_steps() -> None:
    assert order_kept(np.exp(np.arange(20.0))[:, None]) == pytest.approx(1.0)
    assert order_kept(-np.arange(20.0)[:, None] * np.ones((1, 5))) == pytest.approx(1.0)


def test_a_score_is_the_mean_of_the_rank_correlations_from_both_ends() -> None:
    rows = np.random.default_rng(0).standard_normal((20, 6))
    low, high = (np.abs(rows - rows[end]).sum(1) for end in (0, -1))
    expected = (
        spearmanr(low[1:], np.arange(1, 20)).statistic + spearmanr(high[:-1], np.arange(19, 0, -1)).statistic
    ) / 2
    assert order_kept(rows) == pytest.approx(expected)


def test_equal_distances_share_their_rank() -> None:
    rows = np.array([0.0, 1.0, 1.0, 2.0, 2.0, 3.0])[:, None]
    low, high = rows[1:, 0], 3.0 - rows[:-1, 0]
    expected = (spearmanr(low, np.arange(1, 6)).statistic + spearmanr(high, np.arange(5, 0, -1)).statistic) / 2
    assert order_kept(rows) == pytest.approx(expected)
    assert expected < 1.0


def test_an_order_that_turns_back_half_way_is_none() -> None:
    there_and_back = np.concatenate([np.arange(10.0), np.arange(10.0)[::-1]])[:, None]
    assert -0.2 < order_kept(there_and_back) < 0.0


def test_rows_that_are_all_the_same_or_no_numbers_score_nothing() -> None:
    assert order_kept(np.ones((20, 3))) == 0.0
    assert order_kept(np.full((20, 3), np.nan)) == 0.0


def rising(attribute: str, preset: int) -> NDArray[np.float32]:
    """Return sounds whose level rises, or is drawn at random."""
    levels = np.linspace(0.1, 1.0, 20) if attribute == "level" else np.random.default_rng(preset).random(20)
    return np.asarray(levels[:, None] * np.ones((1, 8)), np.float32)


def test_ranking_renders_each_preset_once_and_scores_every_embedding() -> None:
    asked = []

    def render(attribute: str, preset: int) -> NDArray[np.float32]:
        asked.append((attribute, preset))
        return rising(attribute, preset)

    synth = Ranked("plain", 22_050, ("level", "chance"), render)
    embeddings = {
        "itself": lambda audio, rate: audio,
        "one": lambda audio, rate: audio[:, :1],
        "none": lambda audio, rate: 0 * audio,
    }
    found = ranking(synth, embeddings, presets=3)
    assert asked == [(attribute, preset) for attribute in ("level", "chance") for preset in range(3)]
    assert {name: scores.shape for name, scores in found.items()} == dict.fromkeys(embeddings, (2, 3))
    assert np.allclose(found["itself"][0], 1.0)
    assert (np.abs(found["itself"][1]) < 0.6).all()
    assert np.array_equal(found["itself"], found["one"])
    assert not found["none"].any()


def test_presets_are_averaged_before_attributes_are_spread() -> None:
    scores = np.array([[1.0, 0.6], [0.4, 0.4], [0.0, 0.0]])
    assert of_attributes(scores) == pytest.approx((0.4, np.std([0.8, 0.4, 0.0])))
    names = ("lfo_rate", "pitch", "lfo_amount")
    assert attributes_of(scores, names, lambda name: name.startswith("lfo")) == pytest.approx(0.4)
    assert np.isnan(attributes_of(scores, names, lambda name: False))
