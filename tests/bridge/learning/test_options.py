"""The options of `train`: what they change, and what they say when they cannot be used."""

import csv
import json
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from bridge.audio.files import write_wav
from bridge.cli import train
from bridge.cli.main import run
from bridge.cli.screen import ENDING
from models.mapping.bundle import MODELS, Bundle
from tests.takes import once


@pytest.fixture(scope="module")
def drum(tmp_path_factory: pytest.TempPathFactory) -> Path:
    take = once("singles", "tight", seed=0)
    path = tmp_path_factory.mktemp("options") / "drum.wav"
    write_wav(path, take.audio[: 18 * take.sample_rate, :1], take.sample_rate)
    return path


@pytest.fixture(scope="module")
def plain(drum: Path) -> Bundle:
    """Return what `train` learns without any further option."""
    return trained(drum, drum.with_name("plain.safetensors"))


SHORT = ("--preset", "snare-1", "--epochs", "1", "--arch", "linear")


def ghostnote(*words: str | Path) -> int:
    sys.argv = ["ghostnote", *map(str, words)]
    with pytest.raises(SystemExit) as ended:
        run()
    return int(ended.value.code or 0)


def trained(drum: Path, out: Path, *words: str | Path) -> Bundle:
    assert ghostnote("train", drum, *SHORT, "--out", out, *words) == 0
    return Bundle.load(out)


def weights(bundle: Bundle) -> dict[str, bytes]:
    return {name: array.tobytes() for name, array in bundle.weights.items()}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--lr", "0"), "--lr is 0; allowed is 1e-06 to 1"),
        (("--lr", "nan"), "--lr is nan; allowed is 1e-06 to 1"),
        (("--recipe", "secret"), "there is no recipe 'secret'; there are ours, published"),
        (("--window-ms", "500"), "--window-ms is 500; allowed is 1 to 100"),
        (("--window-ms", "nan"), "--window-ms is nan; allowed is 1 to 100"),
        (("--weight", "TC"), "--weight is 'TC'; write a feature and a number, as in --weight TC=2"),
        (("--weight", "body_brightnes=2"), "there is no feature 'body_brightnes'; did you mean 'body_brightness'"),
        (
            ("--weight", "volume=2", "--loss", "balanced"),
            "the loss 'balanced' has L_T, L_S, SC_T, SC_S, SF_T, SF_S, TC",
        ),
        (("--weight", "decay=-1"), "the weight of decay is -1; allowed is 0 to 100"),
        (("--weight", "decay=inf"), "the weight of decay is inf; allowed is 0 to 100"),
        (("--groups", "none.csv"), "none.csv: there is no such table"),
        (("--curve", "/proc/none/curve.csv"), "curve.csv: cannot be written"),
    ],
)
def test_an_option_that_cannot_be_used_is_one_sentence(
    words: tuple[str, ...], said: str, drum: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ghostnote("train", drum, "--preset", "snare-1", "--out", tmp_path / "m.safetensors", *words) == 2
    error = capsys.readouterr().err
    assert said in error.replace("\n", " ")
    assert "Traceback" not in error
    assert not list(tmp_path.iterdir())


def test_weights_and_split_have_seeds_of_their_own(drum: Path, plain: Bundle, tmp_path: Path) -> None:
    other_weights = trained(drum, tmp_path / "b.safetensors", "--seed", "1")
    other_split = trained(drum, tmp_path / "c.safetensors", "--split-seed", "1")
    # The scaler comes from the training strokes, so it tells which those were.
    assert plain.scale.tolist() == other_weights.scale.tolist() != other_split.scale.tolist()
    assert weights(plain) != weights(other_weights)


def test_a_weight_changes_what_is_learned(drum: Path, plain: Bundle, tmp_path: Path) -> None:
    even = trained(drum, tmp_path / "b.safetensors", "--weight", "decay=1")
    heavy = trained(drum, tmp_path / "c.safetensors", "--weight", "decay=9", "--weight", "punch=0")
    assert weights(plain) == weights(even) != weights(heavy)
    assert heavy.card["settings"]["weights"] == {"decay": 9.0, "punch": 0.0}


def test_the_curve_tells_the_start_of_each_epoch(tmp_path: Path) -> None:
    # Several starts need the steps of a whole take.
    take, drum = once("singles", "tight", seed=0), tmp_path / "drum.wav"
    write_wav(drum, take.audio[:, :1], take.sample_rate)
    curve, out = tmp_path / "curve.csv", tmp_path / "m.safetensors"
    words = ("--preset", "snare-1", "--epochs", "28", "--batch", "1", "--curve", curve, "--out", out)
    assert ghostnote("train", drum, *words) == 0
    rows: list[dict[str, Any]] = list(csv.DictReader(curve.read_text("utf-8").splitlines()))
    assert [int(row["epoch"]) for row in rows] == list(range(1, 29))
    starts = [int(row["start"]) for row in rows]
    assert starts[0] == 1
    assert len(set(starts)) > 1
    assert [int(row["epoch"]) for row in rows if row["kept"] == "1"] == [Bundle.load(out).card["kept_epoch"]]
    assert Bundle.load(out).card["curve"]["start"] == starts


def test_a_window_stays_when_training_goes_on(drum: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first = tmp_path / "a.safetensors"
    trained(drum, first, "--window-ms", "10")
    words = (*SHORT, "--from", first, "--out", tmp_path / "b.safetensors")
    assert ghostnote("train", drum, *words, "--window-ms", "20") == 2
    assert "has a window of 10 ms; it must stay" in capsys.readouterr().err
    assert ghostnote("train", drum, *words) == 0
    assert Bundle.load(tmp_path / "b.safetensors").window_s == 0.01


def test_few_held_out_strokes_are_called_few(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    take = once("singles", "tight", seed=0)
    short = tmp_path / "short.wav"
    write_wav(short, take.audio[: 10 * take.sample_rate, :1], take.sample_rate)
    out = tmp_path / "m.safetensors"
    assert ghostnote("train", short, *SHORT, "--out", out, "--json") == 0
    said = json.loads(capsys.readouterr().out)
    [few] = [warning for warning in said["warnings"] if "few" in warning]
    assert f"{said['held_out']} held-out stroke" in few
    assert f"{100 * said['hearing']['interval'][0]:.0f} to {100 * said['hearing']['interval'][1]:.0f} %" in few


@pytest.mark.parametrize("number", ENDING, ids=lambda number: number.name)
def test_what_ends_a_terminal_stops_training_early_and_keeps_the_best_so_far(
    number: int, drum: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    @contextmanager
    def watching(settings: Any) -> Iterator[Any]:
        yield lambda epoch: os.kill(os.getpid(), number) if epoch.number == 2 else None

    monkeypatch.setattr(train, "watching", watching)
    # The tests themselves may have been started in the background or with nohup, where these signals are ignored.
    heeded = signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL
    before = signal.signal(number, heeded)
    words = ("--preset", "snare-1", "--epochs", "100000", "--arch", "linear")
    try:
        code = ghostnote("train", drum, *words, "--out", tmp_path / "m.safetensors")
    finally:
        signal.signal(number, before)
    assert code == (0 if number == signal.SIGINT else 128 + number)
    assert len(Bundle.load(tmp_path / "m.safetensors").card["curve"]["train"]) in (2, 3)


def test_training_goes_on_from_a_bundle_that_ships(drum: Path, tmp_path: Path) -> None:
    assert trained(
        drum, tmp_path / "m.safetensors", "--from", "snare-1", "--arch", Bundle.load(MODELS.find("snare-1")).arch
    )
