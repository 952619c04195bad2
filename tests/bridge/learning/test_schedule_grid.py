from __future__ import annotations

import json
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bridge.cli.experiment import kind_of
from bridge.learning import schedule_results
from bridge.learning.experiment import results_of, run
from bridge.learning.grid import GRIDS
from bridge.learning.proxy_grid import is_proxy_grid
from bridge.learning.schedule_experiment import run_schedule_job
from bridge.learning.schedule_grid import OWN, ScheduleGrid, is_schedule_grid
from bridge.learning.schedule_results import NEAREST
from bridge.learning.schedule_sounds import of_other_synth, rendered, sounding
from bridge.learning.stand_in import HeardSynth
from bridge.sampling.engine import Takes, Way, engine_of
from bridge.sampling.synth import Note, sampled_synth
from models.embeddings.segments import Segments
from models.proxies.comparison import comparison_of
from synth.errors import InputError

SMALL = """
synths = ["snare808"]
schedules = ["ploss", "switch"]
others = ["fm"]
notes = 96
targets = 5
parameters = 12000
proxy_steps = 30
steps = 30
[controls]
snare808 = ["osc1.freq", "noise_gain"]
"""


def grid(folder: Path, text: str = SMALL) -> Path:
    path = folder / "grid.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_grid_of_schedules_is_known_by_its_keys(tmp_path: Path) -> None:
    assert is_schedule_grid(grid(tmp_path))
    assert is_schedule_grid(GRIDS.find("schedules"))
    assert not is_schedule_grid(GRIDS.find("proxies"))
    assert not is_proxy_grid(grid(tmp_path))


def test_the_shipped_grid_matches_no_synth_with_its_own_sounds_out_of_domain() -> None:
    jobs, work, _ = kind_of(GRIDS.find("schedules"))
    assert work is run_schedule_job
    described = [job.described() for job in jobs]
    assert {one["synth"] for one in described} == {"snare808", "fm", "dx7-drum"}
    assert all(one["synth"] not in one["others"] for one in described)
    assert len({job.file_name for job in jobs}) == len(jobs)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (('"ploss", "switch"', '"ploss", "swich"'), r"schedules\[2\] is 'swich'; .*did you mean 'switch'"),
        (('"ploss", "switch"', '"ploss", "ploss"'), "schedules names one twice"),
        (('["fm"]', '["fm", "fm"]'), "others names one twice"),
        (('["fm"]', '["fmm"]'), "there is no profile 'fmm'"),
        (('["fm"]', '["ghostnote-pd"]'), "ghostnote-pd plays in real time alone"),
        (('snare808 = ["osc1.freq"', 'fm = ["osc1.freq"'), "controls names 'fm', which synths has not"),
        (("targets = 5", 'architecture = "mpl"'), "architecture is 'mpl'; .*did you mean 'mlp'"),
        (("targets = 5", "target = 5"), "'target' is no key here; did you mean 'targets'"),
    ],
)
def test_a_grid_that_cannot_be_run_is_refused_before_anything_is_played(
    tmp_path: Path, change: tuple[str, str], words: str
) -> None:
    path = grid(tmp_path, SMALL.replace(*change))
    with pytest.raises(InputError, match=words):
        ScheduleGrid.load(path).jobs(path)


def test_jobs_learn_and_really_play_and_their_results_become_a_table(tmp_path: Path) -> None:
    path = grid(tmp_path)
    jobs, work, report = kind_of(path)
    with ThreadPoolExecutor(1) as pool:
        results, failures = run(jobs, pool, tmp_path / "out", work)
    assert failures == []
    table = schedule_results.table_of(results)
    assert {place: list(rows) for place, rows in table.items()} == {
        ("snare808", OWN): [NEAREST, "ploss", "switch"],
        ("snare808", "fm"): [NEAREST, "ploss", "switch"],
    }
    one, other = (result["sounds"][OWN] for result in results)
    assert one["nearest_db"] == other["nearest_db"]  # the same takes
    assert one["apart_db"] != other["apart_db"]
    text, lines, draw = report(results)
    assert "| snare808 | fm | switch | 5 |" in text
    assert lines.count("\n") == 1 + 2 * 2 * 5
    draw(tmp_path / "table.png")
    assert (tmp_path / "table.png").stat().st_size > 1000


def test_a_damaged_result_is_named_and_not_taken(tmp_path: Path) -> None:
    path = grid(tmp_path, SMALL.replace('"ploss", "switch"', '"ploss"').replace('["fm"]', "[]"))
    jobs = ScheduleGrid.load(path).jobs(path)
    with ThreadPoolExecutor(1) as pool:
        [result], _ = run(jobs, pool, tmp_path / "out", run_schedule_job)
    [file] = (tmp_path / "out" / "results").iterdir()
    damages: list[dict[str, Any]] = [{"seconds": None}, {"sounds": {}}]
    for damaged in damages:
        file.write_text(json.dumps(result | damaged))
        with pytest.raises(InputError, match="the result is damaged"):
            results_of(jobs, tmp_path / "out")


def result_of(schedule: str, seed: int, apart: list[float], silent: int = 0) -> dict[str, Any]:
    sounds = {OWN: {"apart_db": apart, "nearest_db": [3.0, 5.0], "silent": silent}}
    return {"job": {"synth": "fm", "schedule": schedule, "seed": seed}, "sounds": sounds, "seconds": 1.0}


def test_a_schedule_is_compared_with_ploss_and_with_retrieval_sound_by_sound() -> None:
    results = [result_of("ploss", 0, [4.0, 6.0]), result_of("switch", 0, [3.5, 5.5], silent=1)]
    text = schedule_results.markdown(schedule_results.table_of(results))
    # Retrieval is 4 dB in the mean; switch is 0.5 dB above it, and 0.5 dB below ploss, for both sounds alike.
    assert (
        "| fm | own | switch | 2 | 4.500 [3.500 5.500] | 0.500 [0.500 0.500] | -0.500 [-0.500 -0.500] | 1 | 1.0 |"
        in text
    )
    assert "| fm | own | nearest recorded | 2 | 4.000 [3.000 5.000] |  |  |  |  |" in text


def test_a_schedule_whose_seed_has_no_ploss_is_not_compared_with_it() -> None:
    results = [result_of("ploss", 0, [4.0, 6.0]), result_of("switch", 1, [3.5, 5.5])]
    table = schedule_results.table_of(results)
    assert table["fm", OWN][NEAREST].seeds == [0, 1]
    assert "| switch | 2 | 4.500 [3.500 5.500] | 0.500 [0.500 0.500] |  | 0 |" in schedule_results.markdown(table)


def test_the_settings_that_made_sounds_are_no_distance_from_them() -> None:
    synth = sampled_synth("snare808", ("osc1.freq", "noise_gain"))
    with closing(engine_of(synth).start(synth, Way())) as engine:
        heard = HeardSynth(synth, engine, Segments())
        examples, peaks = sounding(synth, heard, engine.sample_rate, 6, 0)
        compared = [comparison_of(Segments.name, examples.embedded.shape[1])] * 6
        own = rendered(heard, engine.sample_rate, examples.unit, examples.embedded, compared)
        turned = rendered(heard, engine.sample_rate, examples.unit[::-1], examples.embedded, compared)
    assert len(examples) == 6
    assert peaks.shape == (200,)
    np.testing.assert_allclose(own.apart, 0.0, atol=1e-5)
    assert turned.apart.min() > 0.01
    assert own.silent == 0


class MuteEngine:
    """An engine whose synth has been turned down."""

    sample_rate = 48_000

    def record(self, notes: Sequence[Note]) -> Takes:
        return np.zeros((len(notes), 38_400), np.float32)

    def restart(self) -> None: ...

    def close(self) -> None: ...


def test_answers_that_give_no_sound_are_counted_and_a_mute_synth_is_refused() -> None:
    synth = sampled_synth("snare808", ("osc1.freq", "noise_gain"))
    mute = HeardSynth(synth, MuteEngine(), Segments())
    targets = of_other_synth("fm", synth.take_s, 2, 0)
    found = rendered(mute, 48_000, np.full((2, 2), 0.5), targets, [comparison_of(Segments.name, 256)] * 2)
    assert found.silent == 2
    with pytest.raises(InputError, match="snare808: 0 of 2000 settings sound"):
        sounding(synth, mute, 48_000, 6, 0)


def test_sounds_of_another_synth_are_cut_or_filled_to_the_length_of_a_take() -> None:
    for take_s in (0.4, 1.2):  # a voice's take lasts 0.8 s
        assert of_other_synth("fm", take_s, 3, 0).shape == (3, 256)
