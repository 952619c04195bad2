"""The experiment on effects: every way learns and is measured on the real effects, and what a grid says is checked."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bridge.learning.effect_experiment import run_effect_job
from bridge.learning.effect_grid import METRICS, WAYS, EffectGrid, EffectJob, is_effect_grid
from bridge.learning.effect_results import beyond, comma_separated, draw, interval, markdown, table_of
from bridge.learning.experiment import results_of, run, unfinished
from synth.errors import InputError

SMALL = {
    "lessons": 16,
    "tests": 3,
    "steps": 2,
    "batch": 4,
    "proxy_steps": 2,
    "transfer_hz": [24_000],
    "rate_hz": 16_000,
    "seconds": 0.5,
}


def jobs(**more: Any) -> list[EffectJob]:
    return EffectGrid.model_validate({"ways": list(WAYS), "seeds": [0], **SMALL, **more}).jobs()


@cache
def results() -> tuple[dict[str, Any], ...]:
    return tuple(run_effect_job(job) for job in jobs())


def test_ways_that_share_a_proxy_are_one_job() -> None:
    assert next(job.ways for job in jobs(seeds=[0])) == ("proxy", "half-hybrid", "hybrid")
    assert len(jobs(seeds=[0, 1])) == 2 * (len(WAYS) - 2)


def test_every_way_is_measured_at_every_rate() -> None:
    table = table_of(results())
    assert list(table) == list(WAYS)
    for way in table.values():
        assert {rate: rows.shape for rate, rows in way.rows.items()} == {
            rate: (1, 3, len(METRICS)) for rate in (16_000, 24_000)
        }
        assert np.isfinite(way.rows[16_000][:, :, :-1]).all()


def test_one_set_of_lessons_is_held_out_from_all() -> None:
    table = table_of(results())
    other = table_of([run_effect_job(jobs(ways=["nothing"], seeds=[5])[0])])
    np.testing.assert_array_equal(table["nothing"].rows[16_000], other["nothing"].rows[16_000])


def test_a_result_is_kept_and_not_done_again(tmp_path: Path) -> None:
    few = jobs(ways=["nothing", "rule-based"])
    with ThreadPoolExecutor(1) as pool:
        found, failures = run(few, pool, tmp_path, run_effect_job)
    assert not failures
    assert not unfinished(few, tmp_path)
    assert results_of(few, tmp_path) == found
    file = next((tmp_path / "results").iterdir())
    file.write_text(json.dumps({**json.loads(file.read_text()), "ways": {}}))
    with pytest.raises(InputError, match="the result is damaged"):
        unfinished(few, tmp_path)


def test_the_table_says_what_was_done(tmp_path: Path) -> None:
    table = table_of(results())
    text = markdown(table)
    assert all(f"\n| {way} | " in text for way in WAYS)
    assert "the proxy is" in text
    assert "stft over that of nothing: nothing 1.000, rule-based " in text
    assert "3 held-out lessons and up to 1 seeds" in text
    assert len(comma_separated(results()).splitlines()) == 1 + len(WAYS) * 2 * 3
    draw(table, tmp_path / "table.png")
    assert (tmp_path / "table.png").stat().st_size > 5000


def test_two_ways_are_compared_lesson_by_lesson() -> None:
    rng = np.random.default_rng(3)
    hard = rng.uniform(0.1, 3.0, (1, 100))
    rows, other = hard + rng.normal(0.0, 0.02, (5, 100)), hard - 0.1 + rng.normal(0.0, 0.02, (1, 100))
    apart, own = beyond(rows, other), interval(rows)
    assert 0.08 < apart.low < 0.1 < apart.high < 0.12
    assert own.high - own.low > 0.2


@pytest.mark.parametrize(
    ("table", "sentence"),
    [
        ({"ways": ["autodif"]}, "ways[1] is 'autodif'; allowed is nothing"),
        ({"ways": ["spsa", "spsa"]}, "ways names one twice"),
        ({"ways": ["spsa"], "chain": "chorus"}, "chain: there is no effect 'chorus'"),
        ({"ways": ["autodiff"], "chain": "amp"}, "only eq and compressor have a copy"),
    ],
)
def test_a_grid_that_cannot_be_run_is_refused(table: dict[str, Any], sentence: str) -> None:
    with pytest.raises(InputError) as raised:
        EffectGrid.model_validate(table).jobs(Path("mine.toml"))
    assert sentence in str(raised.value)


def test_a_grid_of_effects_is_known_by_its_ways(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text('ways = ["spsa"]\n')
    (tmp_path / "drums.toml").write_text('drums = ["tight"]\n')
    assert is_effect_grid(tmp_path / "mine.toml")
    assert not is_effect_grid(tmp_path / "drums.toml")
    (tmp_path / "mine.toml").write_text('ways = ["spsa"]\ntests = 1\n')
    with pytest.raises(InputError, match="tests is 1; allowed is"):
        EffectGrid.load(tmp_path / "mine.toml")
