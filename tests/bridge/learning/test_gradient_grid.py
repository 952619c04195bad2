from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from bridge.cli.experiment import kind_of
from bridge.learning import gradient_results
from bridge.learning.effect_grid import EffectGrid
from bridge.learning.experiment import Result, results_of, run
from bridge.learning.gradient_experiment import run_gradient_job
from bridge.learning.gradient_grid import GradientGrid, GradientJob, is_gradient_grid
from bridge.learning.gradient_pool import AUDIBLE
from bridge.learning.grid import GRIDS
from models.devices.gradients import GRADIENTS
from synth.drummer.perform import perform
from synth.errors import InputError

SMALL = """
synths = ["snare808"]
ways = ["proxy-0", "autodiff", "search"]
take = "graded"
folds = 2
epochs = 1
search_notes = 60
notes = 70
parameters = 12000
nets = 1
steps = 40
[controls]
snare808 = ["osc1_gain", "osc1_env.decay", "noise_gain"]
"""


def grid(folder: Path, text: str = SMALL) -> Path:
    path = folder / "grid.toml"
    path.write_text(text, encoding="utf-8")
    return path


def record(folder: Path, seed: int = 1, seconds: float = 5.0) -> None:
    """Write the beginning of a take, a dozen strokes."""
    played = perform("graded", "tight", seed)
    soundfile.write(folder / "take.wav", played.audio[: round(seconds * played.sample_rate)], played.sample_rate)


def done(folder: Path, text: str) -> tuple[list[GradientJob], list[Result]]:
    path = grid(folder, text)
    jobs = GradientGrid.load(path).jobs(path)
    with ThreadPoolExecutor(1) as pool:
        results, failures = run(jobs, pool, folder / "out", run_gradient_job)
    assert failures == []
    return jobs, results


def test_a_grid_of_ways_on_synths_is_known_by_its_keys_and_one_of_effects_by_ways_alone(tmp_path: Path) -> None:
    assert is_gradient_grid(grid(tmp_path))
    assert not is_gradient_grid(GRIDS.find("effects"))
    assert not is_gradient_grid(GRIDS.find("proxies"))
    assert kind_of(grid(tmp_path))[1] is run_gradient_job
    assert len(kind_of(GRIDS.find("effects"))[0]) == len(EffectGrid.load(GRIDS.find("effects")).jobs())


def test_the_shipped_grid_has_every_way_to_a_gradient_and_search() -> None:
    path = GRIDS.find("gradients")
    jobs = GradientGrid.load(path).jobs(path)
    assert {job.way for job in jobs} >= {*GRADIENTS, "search"}
    assert len({job.file_name for job in jobs}) == len(jobs)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (('"autodiff"', '"autodif"'), r"ways\[2\] is 'autodif'; .*did you mean 'autodiff'"),
        (('"autodiff"', '"search"'), "ways names one twice"),
        (('["snare808"]', '["ghostnote-pd"]'), "controls names 'snare808', which synths has not"),
        (('["snare808"]', '["snare808", "ghostnote-pd"]'), "ghostnote-pd plays in real time alone"),
        (("folds = 2", 'drum = "tigt"'), "drum is 'tigt'; there is no recording or folder .*did you mean 'tight'"),
        (("folds = 2", "fold = 2"), "'fold' is no key here; did you mean 'folds'"),
        (('"graded"', '"gradd"'), "take is 'gradd'; .*did you mean 'graded'"),
        (("folds = 2", 'architecture = "mpl"'), "architecture is 'mpl'"),
    ],
)
def test_a_grid_that_cannot_be_run_is_refused_before_anything_is_recorded(
    tmp_path: Path, change: tuple[str, str], words: str
) -> None:
    path = grid(tmp_path, SMALL.replace(*change))
    with pytest.raises(InputError, match=words):
        GradientGrid.load(path).jobs(path)


def test_jobs_of_a_recording_that_was_exchanged_are_others(tmp_path: Path) -> None:
    path = grid(tmp_path, SMALL.replace("folds = 2", 'drum = "take.wav"'))
    names = []
    for seed in (1, 2):
        record(tmp_path, seed)
        [first, *_] = GradientGrid.load(path).jobs(path)
        names.append(first.file_name)
        assert "source" not in first.described()
    assert names[0] != names[1]


def test_mappings_are_learned_in_each_fold_and_their_answers_become_a_table(tmp_path: Path) -> None:
    record(tmp_path)
    jobs, results = done(tmp_path, SMALL.replace("folds = 2", 'folds = 2\ndrum = "take.wav"'))
    rows = np.concatenate([fold["rows"] for fold in results[0]["folds"]])
    assert sorted(rows) == list(range(len(results[0]["folds"][0]["groups"])))  # each stroke is held out once
    assert results[0]["folds"][0]["notes"] == 0
    assert results[2]["folds"][0]["notes"] >= 60
    text, lines, draw = kind_of(tmp_path / "grid.toml")[2](results)
    assert [line.split(" | ")[1] for line in text.splitlines() if line.startswith("| snare808")] == [
        job.way for job in jobs
    ]
    assert lines.count("\n") == 1 + len(jobs) * len(rows) * len(results[0]["folds"][0]["default"]["names"])
    draw(tmp_path / "table.png")
    assert (tmp_path / "table.png").stat().st_size > 1000

    [file] = (tmp_path / "out" / "results").glob("snare808-search-*")
    kept = json.loads(file.read_text())
    for damaged in ({"folds": kept["folds"][:1]}, {"folds": [kept["folds"][0] | {"rows": [0]}] * 2}):
        file.write_text(json.dumps(kept | damaged))
        with pytest.raises(InputError, match="the result is damaged"):
            results_of(jobs, tmp_path / "out")


def test_a_way_that_a_synth_has_not_is_a_gap_with_its_reason_and_no_failure(tmp_path: Path) -> None:
    text = SMALL.replace('["snare808"]', '["dx7-drum"]').replace('"proxy-0", "autodiff", "search"', '"autodiff"')
    _, [result] = done(tmp_path, text[: text.index("[controls]")])
    assert result["folds"] == []
    table = gradient_results.table_of([result])
    assert "not possible: no voice of ours sounds alike" in gradient_results.markdown(table)
    assert gradient_results.figure_of(result) == "not possible: no voice of ours sounds alike"
    gradient_results.draw(table, tmp_path / "table.png")
    assert (tmp_path / "table.png").stat().st_size > 1000


def result_of(way: str, seed: int, error: float) -> dict[str, Any]:
    """Return what a way leaves of four strokes whose features are apart by 1 from the best fixed setting."""
    wanted = [[float(row)] * len(AUDIBLE) for row in (1, -1, 1, -1)]
    fixed = [0.0] * len(AUDIBLE)
    real = [[value * (1.0 - error) for value in row] for row in wanted]
    features = {"names": list(AUDIBLE), "wanted": wanted, "fixed": fixed, "real": real, "believed": wanted}
    fold = {"rows": [0, 1, 2, 3], "groups": [0, 1, 2, 3], "notes": 10 * seed, "cpu_s": 1.0, "default": features}
    return {"job": {"synth": "fm", "way": way, "seed": seed}, "missing": "", "folds": [fold]}


def test_ways_are_compared_with_the_proxy_stroke_by_stroke_over_the_same_seeds() -> None:
    results = [result_of("proxy", seed, 0.5) for seed in (1, 2)] + [result_of("spsa", seed, 0.25) for seed in (1, 2)]
    text = gradient_results.markdown(gradient_results.table_of(results))
    five = " | ".join(["0.25"] * 5)
    assert (
        f"| fm | spsa | {five} | 0.250 [0.250 0.250] | -0.250 [-0.250 -0.250] | 0.000 | 1.000 | 15 | 1.0 | 8 |" in text
    )
    alone = gradient_results.markdown(gradient_results.table_of(results[:3]))
    assert "| spsa | 0.25 | 0.25 | 0.25 | 0.25 | 0.25 | 0.250 [0.250 0.250] |  |" in alone
