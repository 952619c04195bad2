from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from bridge.learning import proxy_results
from bridge.learning.experiment import Failure, results_of, run
from bridge.learning.grid import GRIDS
from bridge.learning.proxy_experiment import run_proxy_job
from bridge.learning.proxy_grid import DX7_NETS, ProxyGrid, is_proxy_grid
from synth.errors import InputError

SMALL = """
synths = ["snare808"]
architectures = ["mlp", "highway"]
notes = 96
held_out = 24
parameters = 12000
steps = 30
[controls]
snare808 = ["osc1.freq", "noise_gain"]
"""


def grid(folder: Path, text: str = SMALL) -> Path:
    path = folder / "grid.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_grid_of_synths_is_known_by_its_keys(tmp_path: Path) -> None:
    assert is_proxy_grid(grid(tmp_path))
    assert not is_proxy_grid(GRIDS.find("effects"))
    assert is_proxy_grid(GRIDS.find("proxies"))


def test_nets_for_a_dx7_are_made_of_a_dx7_alone() -> None:
    path = GRIDS.find("proxies")
    jobs = ProxyGrid.load(path).jobs(path)
    assert {job.synth for job in jobs if job.arch.startswith(DX7_NETS)} == {"dx7-drum"}
    assert len({job.file_name for job in jobs}) == len(jobs)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (('"mlp", "highway"', '"mlp", "mpl"'), r"architectures\[2\] is 'mpl'; .*did you mean 'mlp'"),
        (('"mlp", "highway"', '"mlp", "mlp"'), "architectures names one twice"),
        (("snare808", "snare80"), "there is no profile 'snare80'"),
        (('["snare808"]\n', '["snare808"]\nembeddings = ["mel"]\n'), r"embeddings\[1\] is 'mel'"),
        (("held_out = 24", "held_out = 49"), "held_out is 49; allowed is half of notes, 48"),
        (('snare808 = ["osc1.freq"', 'fm = ["osc1.freq"'), "controls names 'fm', which synths has not"),
        (('"noise_gain"', '"noise"'), "'noise' is no control of snare808"),
        (('["snare808"]', '["snare808", "ghostnote-pd"]'), "ghostnote-pd plays in real time alone"),
        (("steps = 30", "stepps = 30"), "'stepps' is no key here; did you mean 'steps'"),
    ],
)
def test_a_grid_that_cannot_be_run_is_refused_before_anything_is_recorded(
    tmp_path: Path, change: tuple[str, str], words: str
) -> None:
    path = grid(tmp_path, SMALL.replace(*change))
    with pytest.raises(InputError, match=words):
        ProxyGrid.load(path).jobs(path)


def test_jobs_record_fit_and_measure_and_their_results_become_a_table(tmp_path: Path) -> None:
    path = grid(tmp_path)
    jobs = ProxyGrid.load(path).jobs(path)
    with ThreadPoolExecutor(1) as pool:
        results, failures = run(jobs, pool, tmp_path / "out", run_proxy_job)
    assert failures == []
    table = proxy_results.table_of(results)
    assert [(row.synth, row.arch) for row in table] == [("snare808", "mlp"), ("snare808", "highway")]
    assert all(0.0 < row.mean("l1") < 2.0 * row.mean("l1_of_mean") for row in table)
    text = proxy_results.markdown(table)
    assert "| snare808 | highway | segments |" in text
    assert proxy_results.comma_separated(results).count("\n") == 3
    proxy_results.draw(table, tmp_path / "table.png")
    assert (tmp_path / "table.png").stat().st_size > 1000


def test_a_damaged_result_is_named_and_not_taken(tmp_path: Path) -> None:
    path = grid(tmp_path, SMALL.replace('"mlp", "highway"', '"mlp"'))
    jobs = ProxyGrid.load(path).jobs(path)
    with ThreadPoolExecutor(1) as pool:
        [result], _ = run(jobs, pool, tmp_path / "out", run_proxy_job)
    [file] = (tmp_path / "out" / "results").iterdir()
    file.write_text(json.dumps(result | {"seconds": None}))
    with pytest.raises(InputError, match="the result is damaged"):
        results_of(jobs, tmp_path / "out")


def test_a_synth_that_cannot_be_recorded_fails_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))  # where there is no amsynth
    text = SMALL.replace('["snare808"]', '["amsynth", "snare808"]').replace('"mlp", "highway"', '"mlp"')
    path = grid(tmp_path, text)
    jobs = ProxyGrid.load(path).jobs(path)
    with ThreadPoolExecutor(1) as pool:
        results, failures = run(jobs, pool, tmp_path / "out", run_proxy_job)
    assert [result["job"]["synth"] for result in results] == ["snare808"]
    [failure] = failures
    assert isinstance(failure, Failure)
    assert failure.details == ""
