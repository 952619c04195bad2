import inspect
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from multiprocessing import active_children
from pathlib import Path

import numpy as np
import pytest

from bridge.audio.files import write_wav
from bridge.cli.experiment import executor, experiment
from bridge.learning.experiment import (
    GRIDS,
    Grid,
    Job,
    cells,
    comma_separated,
    markdown,
    recording_of,
    run,
    run_job,
    unfinished,
)
from bridge.realtime.child import wait_for
from synth.errors import InputError
from tests.bridge.learning.jobs import marked_job

ROOT = Path(__file__).parents[3]


def jobs(folder: Path, count: int = 8) -> list[Job]:
    return [Job("tight", "snare-1", "mlp", 256, seed, take=f"{folder}") for seed in range(count)]


def done(folder: Path) -> list[int]:
    return sorted(int(path.name.split("-")[1]) for path in folder.glob("done-*"))


def hold_from(folder: Path, seed: int) -> Path:
    """Hold jobs from a seed on until the file that is returned is removed."""
    held = folder / "held"
    held.write_text(str(seed))
    return held


def in_a_held_job(folder: Path, pid: int, seed: int) -> bool:
    """Tell whether a worker has begun one of the jobs that are held from a seed on."""
    return any(int(path.name.split("-")[1]) >= seed for path in folder.glob(f"begun-*-{pid}"))


def test_a_grid_is_crossed_in_order(tmp_path: Path) -> None:
    path = tmp_path / "grid.toml"
    path.write_text(
        'drums = ["tight", "/no/such/folder"]\npresets = ["snare-1"]\nmodels = ["mlp", "linear"]\nseeds = [0, 1]'
    )
    assert [(job.model, job.seed) for job in Grid.load(path).jobs()] == [
        ("mlp", 0),
        ("mlp", 1),
        ("linear", 0),
        ("linear", 1),
    ]


def test_direct_optimisation_hears_no_window_and_is_done_once() -> None:
    grid = Grid(drums=("tight",), presets=("snare-1",), models=("direct", "linear"), windows=(256, 2048))
    assert [(job.model, job.window_samples) for job in grid.jobs()] == [
        ("direct", 256),
        ("linear", 256),
        ("linear", 2048),
    ]


def test_an_unknown_key_of_a_grid_is_jobs(tmp_path: Path) -> None:
    path = tmp_path / "grid.toml"
    path.write_text('drumz = ["tight"]')
    with pytest.raises(InputError, match="'drumz' is no key here; did you mean 'drums'"):
        Grid.load(path)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("drums = 3", "drums is 3; allowed is a list of 1 or more texts"),
        ("windows = [0]", r"windows\[1\] is 0; allowed is a whole number from 1 up"),
        ("epochs = 'many'", "epochs is 'many'; allowed is a whole number from 1 up"),
        ("take = 1", "take is 1; allowed is a text"),
        ("windows = []", r"windows is \[\]; allowed is a list of 1 or more whole numbers from 1 up"),
        ("drums = []", r"drums is \[\]; allowed is a list of 1 or more texts"),
    ],
)
def test_a_wrong_value_of_a_grid_is_named(text: str, complaint: str, tmp_path: Path) -> None:
    lists = [f"{key} = ['x']\n" for key in ("drums", "presets", "models") if key not in text]
    (tmp_path / "grid.toml").write_text("".join(lists) + text)
    with pytest.raises(InputError, match=r"grid\.toml: " + complaint):
        Grid.load(tmp_path / "grid.toml")


def test_an_experiment_continues_where_it_stopped(tmp_path: Path) -> None:
    with ThreadPoolExecutor(4) as pool:
        run(jobs(tmp_path, 3), pool, tmp_path, marked_job)
        assert len(list(unfinished(jobs(tmp_path, 5), tmp_path))) == 2
        results = run(jobs(tmp_path, 5), pool, tmp_path, marked_job)
    assert done(tmp_path) == [0, 1, 2, 3, 4]
    assert [result["job"]["seed"] for result in results] == [0, 1, 2, 3, 4]


def test_the_table_holds_mean_and_spread(tmp_path: Path) -> None:
    with ThreadPoolExecutor(4) as pool:
        results = run(jobs(tmp_path, 3), pool, tmp_path, marked_job)
    assert "| L_T | 0.100 ± 0.082 | 1 |" in markdown(cells(results))
    assert comma_separated(results).count("\n") == 4


def test_a_real_job_measures_the_seven_features() -> None:
    result = run_job(Job("tight", "snare-1", "linear", 256, 0, epochs=2, take="singles"))
    assert list(result["features"]) == ["L_T", "L_S", "SC_T", "SC_S", "SF_T", "SF_S", "TC"]


@pytest.mark.parametrize("end", [KeyboardInterrupt, SystemExit, InputError])
def test_an_experiment_that_is_stopped_waits_for_no_job_and_leaves_no_worker(
    end: type[BaseException], tmp_path: Path
) -> None:
    def stop(job: Job) -> None:
        raise end

    hold_from(tmp_path, 1)
    before = set(active_children())
    with pytest.raises(end), executor("", 1) as pool:
        run(jobs(tmp_path, 40), pool, tmp_path, marked_job, watch=stop)
    assert set(active_children()) == before
    assert done(tmp_path) == [0], "the others would have waited for ever"
    assert [job.seed for job in unfinished(jobs(tmp_path, 40), tmp_path)] == list(range(1, 40))


def test_no_scheduler_is_said_in_a_sentence() -> None:
    with pytest.raises(InputError, match="no Dask scheduler answers"), executor("tcp://127.0.0.1:9"):
        pass


@pytest.fixture
def cluster() -> Iterator[tuple[str, list[subprocess.Popen[bytes]]]]:
    """A Dask scheduler and two workers, each a process of its own."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        address = f"tcp://127.0.0.1:{probe.getsockname()[1]}"
    dask = [sys.executable, "-m", "dask"]
    port = address.rsplit(":", 1)[1]
    scheduler = [*dask, "scheduler", "--host", "127.0.0.1", "--port", port, "--no-dashboard"]
    worker = [*dask, "worker", address, "--nthreads", "1", "--no-nanny", "--no-dashboard", "--host", "127.0.0.1"]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": ROOT}
    processes = [subprocess.Popen(command, **quiet) for command in (scheduler, worker, worker)]  # type: ignore[call-overload]
    yield address, processes[1:]
    for process in processes:
        process.kill()
        process.wait()


def test_a_killed_worker_loses_nothing_and_repeats_nothing(
    tmp_path: Path, cluster: tuple[str, list[subprocess.Popen[bytes]]]
) -> None:
    (address, workers), held = cluster, hold_from(tmp_path, 4)

    def kill_one_halfway() -> None:
        assert wait_for(lambda: in_a_held_job(tmp_path, workers[0].pid, 4), 60.0)
        os.kill(workers[0].pid, signal.SIGKILL)
        held.unlink()

    with executor(address) as pool:
        killer = threading.Thread(target=kill_one_halfway)
        killer.start()
        results = run(jobs(tmp_path, 10), pool, tmp_path, marked_job)
        killer.join()
    assert [result["job"]["seed"] for result in results] == list(range(10))
    assert done(tmp_path) == list(range(10))


def test_paths_with_the_same_last_part_have_results_of_their_own() -> None:
    named = [
        Job(drum, preset, "mlp", 256, 0).file_name
        for drum in ("a/snare", "b/snare", "snare")
        for preset in ("x", "./x")
    ]
    assert len(set(named)) == 6
    assert not any("/" in name for name in named)
    assert Job("tight", "snare-1", "mlp", 256, 0).file_name == "tight-snare-1-mlp-w256-s0-default-e100-graded.json"


def test_a_preset_that_is_a_file_has_a_result(tmp_path: Path) -> None:
    job = Job("tight", "./my.toml", "mlp", 256, 0, take=f"{tmp_path}")
    with ThreadPoolExecutor(1) as pool:
        run([job], pool, tmp_path, marked_job)
    assert not list(unfinished([job], tmp_path))


def test_a_folder_of_two_sample_rates_is_refused(tmp_path: Path) -> None:
    for rate in (44_100, 48_000):
        write_wav(tmp_path / f"{rate}.wav", np.zeros((rate, 1), np.float32), rate)
    with pytest.raises(
        InputError, match=r"different sample rates \(44100\.wav has 44100 Hz, 48000\.wav has 48000 Hz\)"
    ):
        recording_of(str(tmp_path), "graded")


def test_the_help_names_every_grid_that_ships() -> None:
    shown = inspect.get_annotations(experiment, eval_str=True)["grid"].__metadata__[0].help
    assert set(shown.rstrip(".").split(": ")[1].split(", ")) == set(GRIDS.names())


def test_an_experiment_that_is_stopped_waits_for_no_job_of_a_cluster(
    tmp_path: Path, cluster: tuple[str, list[subprocess.Popen[bytes]]]
) -> None:
    def stop(job: Job) -> None:
        raise KeyboardInterrupt

    hold_from(tmp_path, 1)
    with pytest.raises(KeyboardInterrupt), executor(cluster[0]) as pool:
        run(jobs(tmp_path, 40), pool, tmp_path, marked_job, watch=stop)
    assert done(tmp_path) == [0]
