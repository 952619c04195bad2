import inspect
import os
import pickle
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from multiprocessing import active_children
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from distributed import Client

from bridge.audio.files import write_wav
from bridge.cli.experiment import executor, experiment, run_all
from bridge.cli.main import run as main
from bridge.learning.experiment import Task, kept, run, run_job, unfinished
from bridge.learning.grid import GRIDS, Grid, Job
from bridge.learning.results import columns, comma_separated, draw, markdown
from bridge.learning.sources import strokes_of
from bridge.realtime.child import wait_for
from models.mapping import architectures
from models.mapping.architectures import Architecture
from models.training import loss_kinds
from models.training.loss_kinds import HEARING_SET, LossKind
from synth.errors import InputError
from synth.figures import picture
from synth.voices.presets import PRESETS
from tests.bridge.learning.jobs import marked_job, result_of
from tests.takes import once

ROOT = Path(__file__).parents[3]
PATIENCE_S = 120.0
"""Within this a process starts, even where fourteen others want each core."""


def jobs(folder: Path, count: int = 8) -> list[Job]:
    return [Job("tight", f"{folder}", "mlp", 256, seed) for seed in range(count)]


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
    path.write_text('drums = ["tight"]\npresets = ["snare-1"]\nmodels = ["mlp", "linear"]\nseeds = [0, 1]')
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
        assert len(unfinished(jobs(tmp_path, 5), tmp_path)) == 2
        results, _ = run(jobs(tmp_path, 5), pool, tmp_path, marked_job)
    assert done(tmp_path) == [0, 1, 2, 3, 4]
    assert [result["job"]["seed"] for result in results] == [0, 1, 2, 3, 4]


def test_a_cell_pools_strokes_and_seeds_and_has_an_interval() -> None:
    errors = [[0.2] * 10, [0.4] * 10]
    results = [result_of(Job("tight", "snare-1", "mlp", 256, seed), errors[seed]) for seed in (0, 1)]
    text = markdown(columns(results))
    assert "| L_T | 0.300 [0.200 0.400] | 1 |" in text
    assert "* mlp 256: n = 10 strokes in 10 groups; 1 drum(s), 1 preset(s), 2 seed(s)" in text
    assert comma_separated(results).count("\n") == 3


def test_columns_are_compared_over_the_same_strokes() -> None:
    rng = np.random.default_rng(0)
    hard = rng.uniform(0.1, 0.9, 40)
    results = [result_of(Job("tight", "snare-1", "linear", 256, 0), (hard + 0.05).tolist())]
    results.append(result_of(Job("tight", "snare-1", "mlp", 256, 0), hard.tolist()))
    table = columns(results)
    assert list(table) == ["mlp 256", "linear 256"]
    difference = table["mlp 256"].minus(table["linear 256"])
    assert difference is not None
    assert np.allclose(difference, -0.05)
    assert table["mlp 256"].intervals()["mean"].high - table["mlp 256"].intervals()["mean"].low > 0.1
    fewer = columns([result_of(Job("tight", "snare-1", "mlp", 2048, 0), [0.1] * 39)])
    assert table["mlp 256"].minus(fewer["mlp 2048"]) is None


def test_a_model_of_an_unknown_name_has_a_column_too() -> None:
    results = [result_of(Job("tight", "snare-1", model, 256, 0), [0.5] * 9) for model in ("toy", "direct", "mlp")]
    assert list(columns(results)) == ["direct", "mlp 256", "toy 256"]


def test_bars_begin_at_nothing_and_say_how_many_strokes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Any] = []
    kept = picture

    @contextmanager
    def watched(*words: Any, **options: Any) -> Iterator[Any]:
        with kept(*words, **options) as figure:
            yield figure
            seen.append(figure.axes[0])

    monkeypatch.setattr("bridge.learning.results.picture", watched)
    errors = [0.0] * 7 + [8.0]  # a mean of 1 whose standard deviation is 2.6
    draw(columns([result_of(Job("tight", "snare-1", "mlp", 256, 0), errors)]), tmp_path / "table.png")
    (axis,) = seen
    assert axis.get_ylim()[0] == 0.0
    lines = np.concatenate([path for one in axis.collections for path in one.get_segments()])
    assert lines[:, 1].min() >= 0.0
    assert "mlp 256 (n = 8)" in [text.get_text() for text in axis.get_legend().get_texts()]


def grid_jobs(tmp_path: Path, **changes: str) -> list[Job]:
    keys = {"drums": '["tight"]', "presets": '["snare-1"]', "models": '["linear"]', "take": '"singles"'} | changes
    path = tmp_path / "grid.toml"
    path.write_text("".join(f"{key} = {value}\n" for key, value in keys.items()))
    return Grid.load(path).jobs(path)


def test_a_real_job_measures_every_stroke_once(tmp_path: Path) -> None:
    (job,) = grid_jobs(tmp_path, epochs="1", folds="2")
    result = run_job(job)
    assert result["names"] == ["L_T", "L_S", "SC_T", "SC_S", "SF_T", "SF_S", "TC"]
    assert np.shape(result["error"]) == np.shape(result["do_nothing"]) == (result["strokes"], 7)


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("drums", '["tihgt"]', r"drums\[1\] is 'tihgt'; there is no recording or folder .*did you mean 'tight'"),
        ("drums", '["tight", "no/folder"]', r"drums\[2\] is 'no/folder'; there is no recording or folder"),
        ("drums", '[{recording = "no.wav"}]', r"drums\[1\] is 'no.wav'; there is no recording"),
        ("presets", '["snare-1", "snaer-2"]', r"presets\[2\]: there is no preset 'snaer-2'; .*did you mean 'snare-2'"),
        (
            "models",
            '["mlp", "mpl"]',
            r"models\[2\] is 'mpl'; allowed is direct, linear, mlp, mlp-large; did .* 'mlp'",
        ),
        ("loss", '"balenced"', "loss is 'balenced'; allowed is reference, balanced, default; did you mean 'balanced'"),
        ("recipe", '"our"', "recipe is 'our'; allowed is ours, published; did you mean 'ours'"),
        ("take", '"grooves"', "take is 'grooves'; allowed is .*; did you mean 'groove'"),
        ("windows", "[256, 10]", r"windows\[2\] is 10; allowed is 48 to 4800 samples"),
    ],
)
def test_a_name_that_does_not_exist_is_met_before_anything_runs(
    key: str, value: str, words: str, tmp_path: Path
) -> None:
    with pytest.raises(InputError, match=r"grid\.toml: " + words):
        grid_jobs(tmp_path, **{key: value})


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("drums", '["tight", "deep", "tight"]', r"drums\[3\] is the same as drums\[1\]"),
        ("drums", '["take.wav", "again.wav"]', r"drums\[2\] is the same as drums\[1\]"),
        ("presets", '["snare-1", "snare-1"]', r"presets\[2\] is the same as presets\[1\]"),
        ("presets", '["snare-1", "renamed.toml"]', r"presets\[2\] is the same as presets\[1\]"),
        ("models", '["linear", "mlp", "linear"]', r"models\[3\] is the same as models\[1\]"),
        ("windows", "[256, 256]", r"windows\[2\] is the same as windows\[1\]"),
        ("seeds", "[0, 1, 0]", r"seeds\[3\] is the same as seeds\[1\]"),
    ],
)
def test_what_stands_twice_in_a_grid_is_refused_as_it_would_count_as_two(
    key: str, value: str, words: str, tmp_path: Path
) -> None:
    for name in ("take.wav", "again.wav"):
        noise(tmp_path / name, 1)
    (tmp_path / "renamed.toml").write_text(PRESETS.find("snare-1").read_text())
    with pytest.raises(InputError, match=r"grid\.toml: " + words + "; name each once"):
        grid_jobs(tmp_path, **{key: value})


def noise(path: Path, seed: int, channels: int = 1, rate: int = 48_000) -> None:
    audio = np.random.default_rng(seed).standard_normal((4800, channels)).astype(np.float32) * 0.1
    write_wav(path, audio, rate)


def test_a_job_is_known_by_what_its_inputs_hold(tmp_path: Path) -> None:
    noise(tmp_path / "take.wav", 1)
    preset = tmp_path / "mine.toml"
    preset.write_text("[osc1]\nfreq = { value = 200.0, depth = 0.5 }\n")
    keys = {"drums": '["take.wav"]', "presets": '["mine.toml"]'}
    (first,) = grid_jobs(tmp_path, **keys)
    assert grid_jobs(tmp_path, **keys) == [first]
    preset.write_text("[osc1]\nfreq = { value = 201.0, depth = 0.5 }\n")
    (edited,) = grid_jobs(tmp_path, **keys)
    noise(tmp_path / "take.wav", 2)
    (recorded,) = grid_jobs(tmp_path, **keys)
    names = {job.file_name for job in (first, edited, recorded)}
    for change in ({"batch": "8"}, {"lr": "0.02"}, {"recipe": '"published"'}, {"loss": '"balanced"'}, {"folds": "3"}):
        names.add(grid_jobs(tmp_path, **keys, **change)[0].file_name)
    assert len(names) == 8


def test_an_edited_preset_is_not_served_its_old_result(tmp_path: Path) -> None:
    def once() -> int:
        with ThreadPoolExecutor(1) as pool:
            run(grid_jobs(tmp_path, presets='["mine.toml"]'), pool, tmp_path, lambda job: result_of(job, [0.1] * 8))
        return len(list((tmp_path / "results").iterdir()))

    (tmp_path / "mine.toml").write_text("[osc1]\nfreq = { value = 200.0, depth = 0.5 }\n")
    assert (once(), once()) == (1, 1)
    (tmp_path / "mine.toml").write_text("[osc1]\nfreq = { value = 220.0, depth = 0.5 }\n")
    assert once() == 2


def test_recordings_are_drums_and_travel_by_absolute_paths(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    take = once("singles", "tight", seed=1)
    audio = np.concatenate([np.zeros_like(take.audio), 0.5 * take.audio], axis=1)
    write_wav(tmp_path / "kit.wav", audio[: 14 * take.sample_rate], take.sample_rate)
    drums = '["kit.wav", { recording = "kit.wav", channel = 2 }, { recording = "kit.wav", channel = 1 }]'
    loudest, second, first = grid_jobs(tmp_path, drums=drums, epochs="1", folds="2")
    monkeypatch.chdir("/")
    for job in (loudest, second):
        assert job.inputs is not None
        assert Path(job.inputs.source.path).is_absolute()
        assert len(strokes_of(job.inputs.source, 256)[0]) >= 8
    assert first.inputs is not None
    with pytest.raises(InputError, match="0 strokes were heard"):
        strokes_of(first.inputs.source, 256)


def test_a_channel_that_a_recording_lacks_is_met_before_anything_runs(tmp_path: Path) -> None:
    noise(tmp_path / "take.wav", 0)
    with pytest.raises(InputError, match=r"drums\[1\]: .*take.wav: has 1 channel; channel is 2"):
        grid_jobs(tmp_path, drums='[{recording = "take.wav", channel = 2}]')


def test_a_recording_that_changed_since_the_start_is_refused(tmp_path: Path) -> None:
    noise(tmp_path / "take.wav", 1)
    (job,) = grid_jobs(tmp_path, drums='["take.wav"]')
    noise(tmp_path / "take.wav", 2)
    with pytest.raises(InputError, match="holds another sound than when the experiment began"):
        run_job(job)


def cut(text: str) -> str:
    return text[: len(text) // 2]


@pytest.mark.parametrize(
    "damage",
    [
        cut,
        lambda text: "",
        lambda text: "[]",
        lambda text: "null",
        lambda text: "[" * 100_000,
        lambda text: text.replace('"names"', '"nmaes"'),
        lambda text: text.replace('["L_T"]', "[1]"),
        lambda text: text.replace("[[1.0],", "[[NaN],"),
        lambda text: text.replace("[[1.0],", "[[1.0, 2.0],"),
        lambda text: text.replace('"strokes": 8', '"strokes": 9'),
        lambda text: text.replace('"groups": [0,', '"groups": [0.5,'),
        lambda text: text.replace('"drum": "tight"', '"drum": "deep"'),
        lambda text: text.replace('"error": [[0.0],', '"error": [[1e999],'),
        lambda text: text.replace('"error": [[0.0],', f'"error": [[{"9" * 400}],'),
    ],
)
def test_a_damaged_result_is_refused_in_a_sentence_before_anything_runs(
    damage: Callable[[str], str], tmp_path: Path
) -> None:
    both = jobs(tmp_path, 2)
    with ThreadPoolExecutor(1) as pool:
        run(both[:1], pool, tmp_path, marked_job)
        (file,) = (tmp_path / "results").iterdir()
        whole = file.read_text()
        assert damage(whole) != whole
        file.write_text(damage(whole))
        with pytest.raises(InputError, match=rf"^{file}: the result is damaged .*; remove the file.*$"):
            run(both, pool, tmp_path, marked_job)
        with pytest.raises(InputError, match=rf"^{file}: the result is damaged"):
            kept(marked_job, both[0], str(file))
    assert done(tmp_path) == [0]
    assert file.read_text() == damage(whole)


def ghostnote(*words: str | Path) -> int:
    sys.argv = ["ghostnote", *map(str, words)]
    with pytest.raises(SystemExit) as ended:
        main()
    return int(ended.value.code or 0)


def test_the_command_refuses_a_damaged_result_with_2(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (job,) = grid_jobs(tmp_path)
    (tmp_path / "out" / "results").mkdir(parents=True)
    (tmp_path / "out" / "results" / job.file_name).write_text("{")
    code = ghostnote("experiment", tmp_path / "grid.toml", "--out", tmp_path / "out")
    said = capfd.readouterr()
    assert (code, said.out) == (2, "")
    assert "the result is damaged" in said.err
    assert "Traceback" not in said.err


@pytest.mark.parametrize(("bad", "words"), [(3, "a recording has gone"), (2, "ZeroDivisionError: by zero")])
def test_a_failed_job_is_named_and_the_others_go_on(bad: int, words: str, tmp_path: Path) -> None:
    (tmp_path / "bad").write_text(f"{bad}")
    seen: list[int] = []
    with ThreadPoolExecutor(2) as pool:
        results, failures = run(
            jobs(tmp_path, 6), pool, tmp_path, marked_job, watch=lambda job, found: seen.append(job.described()["seed"])
        )
    assert [result["job"]["seed"] for result in results] == [seed for seed in range(6) if seed != bad]
    assert [(failure.job.described()["seed"], failure.words) for failure in failures] == [(bad, words)]
    assert bool(failures[0].details) == (bad == 2)
    assert sorted(seen) == list(range(6))


def test_a_worker_that_dies_takes_no_other_job_along(tmp_path: Path) -> None:
    (tmp_path / "deadly").write_text("1")
    results, failures = run_all(jobs(tmp_path, 4), tmp_path, "", 1, marked_job)
    assert [result["job"]["seed"] for result in results] == [0, 2, 3]
    assert [failure.job.described()["seed"] for failure in failures] == [1]
    assert "process ended" in failures[0].words


def test_the_command_tells_of_each_job_and_ends_with_1_where_one_failed(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    # No stroke is heard in noise: the job of that drum fails, the other one is done.
    noise(tmp_path / "noise.wav", 0)
    (tmp_path / "grid.toml").write_text(
        'drums = ["tight", "noise.wav"]\npresets = ["snare-1"]\nmodels = ["linear"]\nepochs = 1\nfolds = 2\n'
        'take = "singles"\n'
    )
    code = ghostnote("experiment", tmp_path / "grid.toml", "--workers", "1", "--out", tmp_path / "out")
    said = capfd.readouterr().err
    assert code == 1
    assert "1 of 2: tight, snare-1, linear 256, seed 0: error" in said
    assert "Failed: noise.wav, snare-1, linear 256, seed 0: noise.wav: 0 strokes were heard" in said
    assert "1 of 2 jobs failed" in said
    assert "Traceback" not in said
    assert (tmp_path / "out" / "table.md").is_file()


@pytest.mark.parametrize("end", [KeyboardInterrupt, SystemExit, InputError])
def test_an_experiment_that_is_stopped_waits_for_no_job_and_leaves_no_worker(
    end: type[BaseException], tmp_path: Path
) -> None:
    def stop(job: Task, found: object) -> None:
        raise end

    hold_from(tmp_path, 1)
    before = set(active_children())
    with pytest.raises(end), executor("", 1) as pool:
        run(jobs(tmp_path, 40), pool, tmp_path, marked_job, watch=stop)
    assert set(active_children()) == before
    assert done(tmp_path) == [0], "the others would have waited for ever"
    assert [job.described()["seed"] for job in unfinished(jobs(tmp_path, 40), tmp_path)] == list(range(1, 40))


def test_no_scheduler_is_said_in_a_sentence() -> None:
    with pytest.raises(InputError, match="no Dask scheduler answers"), executor("tcp://127.0.0.1:9"):
        pass


@pytest.fixture(scope="module")
def cluster() -> Iterator[tuple[str, list[subprocess.Popen[bytes]]]]:
    """A Dask scheduler and two workers, each a process of its own. A test may kill the first worker."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        address = f"tcp://127.0.0.1:{probe.getsockname()[1]}"
    dask = [sys.executable, "-m", "dask"]
    port = address.rsplit(":", 1)[1]
    scheduler = [*dask, "scheduler", "--host", "127.0.0.1", "--port", port, "--no-dashboard"]
    worker = [*dask, "worker", address, "--nthreads", "1", "--no-nanny", "--no-dashboard", "--host", "127.0.0.1"]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": ROOT}
    processes = [subprocess.Popen(command, **quiet) for command in (scheduler, worker, worker)]  # type: ignore[call-overload]
    try:
        # On a crowded machine a scheduler takes longer to start than the command waits for one.
        with Client(address, timeout=PATIENCE_S) as client:  # type: ignore[no-untyped-call]
            client.wait_for_workers(2, timeout=PATIENCE_S)
        yield address, processes[1:]
    finally:
        for process in processes:
            process.kill()
            process.wait()


def test_a_killed_worker_loses_nothing_and_repeats_nothing(
    tmp_path: Path, cluster: tuple[str, list[subprocess.Popen[bytes]]]
) -> None:
    (address, workers), held = cluster, hold_from(tmp_path, 4)

    def kill_one_halfway() -> None:
        assert wait_for(lambda: in_a_held_job(tmp_path, workers[0].pid, 4), PATIENCE_S)
        os.kill(workers[0].pid, signal.SIGKILL)
        held.unlink()

    with executor(address) as pool:
        killer = threading.Thread(target=kill_one_halfway)
        killer.start()
        results, _ = run(jobs(tmp_path, 10), pool, tmp_path, marked_job)
        killer.join()
    assert [result["job"]["seed"] for result in results] == list(range(10))
    assert done(tmp_path) == list(range(10))


def test_paths_with_the_same_last_part_have_results_of_their_own(tmp_path: Path) -> None:
    for number, folder in enumerate(("a", "b")):
        (tmp_path / folder).mkdir()
        noise(tmp_path / folder / "snare.wav", number)
    named = [job.file_name for job in grid_jobs(tmp_path, drums='["a/snare.wav", "b/snare.wav", "tight"]')]
    assert len(set(named)) == 3
    assert not any("/" in name for name in named)


def test_a_folder_of_two_sample_rates_is_refused(tmp_path: Path) -> None:
    (tmp_path / "hits").mkdir()
    for rate in (44_100, 48_000):
        noise(tmp_path / "hits" / f"{rate}.wav", 0, rate=rate)
    with pytest.raises(
        InputError, match=r"different sample rates \(44100\.wav has 44100 Hz, 48000\.wav has 48000 Hz\)"
    ):
        grid_jobs(tmp_path, drums='["hits"]')


def test_an_empty_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "hits").mkdir()
    with pytest.raises(InputError, match=r"drums\[1\]: .*hits: holds no recordings"):
        grid_jobs(tmp_path, drums='["hits"]')


def test_the_help_names_every_grid_that_ships() -> None:
    shown = inspect.get_annotations(experiment, eval_str=True)["grid"].__metadata__[0].help
    assert set(shown.rstrip(".").split(": ")[1].split(", ")) == set(GRIDS.names())


def test_an_experiment_that_is_stopped_waits_for_no_job_of_a_cluster(
    tmp_path: Path, cluster: tuple[str, list[subprocess.Popen[bytes]]]
) -> None:
    def stop(job: Task, found: object) -> None:
        raise KeyboardInterrupt

    held = hold_from(tmp_path, 1)
    try:
        with pytest.raises(KeyboardInterrupt), executor(cluster[0]) as pool:
            run(jobs(tmp_path, 40), pool, tmp_path, marked_job, watch=stop)
        assert done(tmp_path) == [0]
    finally:
        held.unlink()


def test_a_model_and_a_loss_that_a_program_added_are_legal_names_and_travel_with_the_job(tmp_path: Path) -> None:
    toy = Architecture("toy", hidden=(4,), bias=True, squash="tanh")
    toy_loss = LossKind("toy", HEARING_SET, balance=0.5, faded=True, raw_first=0.0, modulation_price=0.0)
    architectures.register(toy)
    loss_kinds.register(toy_loss)
    try:
        (job,) = grid_jobs(tmp_path, models='["toy"]', loss='"toy"', epochs="1", folds="2")
    finally:
        architectures.unregister("toy")
        loss_kinds.unregister("toy")
    try:
        result = run_job(pickle.loads(pickle.dumps(job)))
    finally:
        architectures.unregister("toy")
        loss_kinds.unregister("toy")
    assert list(columns([result])) == ["toy 256"]


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("weights", "{ TCC = 2.0 }", "weights: there is no feature 'TCC'; did you mean 'TC'"),
        ("weights", "{ TC = -1.0 }", "weights: the weight of TC is -1; allowed is 0 to 100"),
        ("lr", "2.0", "lr is 2.0; allowed is a number from 1e-06 to 1"),
        ("batch", "0", "batch is 0; allowed is a whole number from 1 to 4096"),
        ("folds", "1", "folds is 1; allowed is a whole number from 2 to 100"),
    ],
)
def test_the_options_of_train_are_keys_with_their_ranges(key: str, value: str, words: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"grid\.toml: " + words):
        grid_jobs(tmp_path, **{"loss": '"balanced"', key: value})


def test_a_table_of_groups_keeps_strokes_together(tmp_path: Path) -> None:
    take = once("singles", "tight", seed=1)
    write_wav(tmp_path / "take.wav", take.audio[: 14 * take.sample_rate], take.sample_rate)
    rows = [f"{stroke.onset_s},{number // 2}" for number, stroke in enumerate(take.strokes) if stroke.onset_s < 14.0]
    (tmp_path / "take-groups.csv").write_text("\n".join(["onset_s,group", *rows]) + "\n")
    drums = '["take.wav", { recording = "take.wav", groups = "take-groups.csv" }]'
    alone, grouped = grid_jobs(tmp_path, drums=drums)
    assert alone.content != grouped.content
    assert alone.inputs is not None
    assert grouped.inputs is not None
    assert strokes_of(alone.inputs.source, 256)[1][:10].tolist() == list(range(10))
    assert strokes_of(grouped.inputs.source, 256)[1][:10].tolist() == [0, 0, 2, 2, 4, 4, 6, 6, 8, 8]
