"""Every program of ``bench/`` runs to its end, on a few seconds of audio."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from bench import (
    circuits,
    cleanliness,
    drummer,
    early,
    effects,
    every_voice,
    fuzz_bundles,
    fuzz_outcome,
    fuzz_rigs,
    headroom,
    kit,
    learning,
    match,
    memory,
    onsets,
    other_drums,
    panels,
    probe,
    soak,
    styles,
    takes,
    training,
    voice,
)
from bridge.audio.files import read_recording, write_wav
from models.training.match_sound import RATE_HZ
from synth.effects.registry import effect_kinds
from synth.errors import InputError
from synth.voices.presets import load_preset, preset_names
from synth.voices.registry import DEFAULT_VOICE, voice_kind, voice_kinds, voice_of
from synth.voices.stroke import whole_stroke
from tests.structure import imported

BENCH = Path(takes.__file__).parent
LIVE = BENCH.parent / "tests" / "live"
"""What needs a real JACK server is started there."""
SECONDS = 6.0
Table = dict[str, list[str]]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder of short takes: the beginning of one that ``bench.takes`` wrote, under the name of each."""
    path = tmp_path_factory.mktemp("takes")
    takes.main([str(path), "--take", "groove", "--seed", "5"])
    take, lines = read_recording(path / "groove.wav"), (path / "groove.csv").read_text().splitlines()
    audio = take.audio[: round(SECONDS * take.sample_rate)]
    truth = [lines[0], *(line for line in lines[1:] if float(line.split(",")[0]) < SECONDS)]
    for name in ("graded", "groove", "rolls", "bleed", "kit"):
        write_wav(path / f"{name}.wav", np.repeat(audio, 3 if name == "kit" else 1, axis=1), take.sample_rate)
        (path / f"{name}.csv").write_text("\n".join(truth))
    return path


def table_in(text: str) -> Table:
    """Return the cells of every line of the tables in a text, by the first cell."""
    lines = [line.strip("| ").split(" | ") for line in text.splitlines() if line.startswith("| ")]
    return {cells[0]: cells[1:] for cells in lines}


def started(program: str, *words: str) -> Table:
    """Run a program that changes its process, in one of its own."""
    command = [sys.executable, "-m", f"bench.{program}", *words]
    return table_in(subprocess.run(command, cwd=BENCH.parent, capture_output=True, text=True, check=True).stdout)


def test_takes_wrote_a_take_and_its_truth(folder: Path) -> None:
    assert len((folder / "groove.csv").read_text().splitlines()) > 10


def test_onsets_scores_recorded_takes(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    onsets.main(["--takes", str(folder), "--seconds", "1"])
    table = table_in(capsys.readouterr().out)
    assert table["recorded groove -30"][0] == "1.000"
    assert table["silence"] == ["0 (0 early)"] * 5
    assert table["16"]


def test_other_drums_changes_every_take(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    other_drums.main(["--takes", str(folder)])
    assert table_in(capsys.readouterr().out)["as it is"] == ["1.000 (0, 0)"] * 4


def test_drummer_compares_strokes(capsys: pytest.CaptureFixture[str]) -> None:
    drummer.main(["--strokes", "2", "--take", "singles"])
    assert len(table_in(capsys.readouterr().out)["level at 20 ms, dB"]) == 3


def test_fuzz_runs_what_is_asked_for() -> None:
    table = started("fuzz", "--rigs", "8", "--bundles", "8", "--datagrams", "0", "--http", "0", "--midi", "0")
    assert table["rigs"][0] == table["bundles"][0] == "8"


@pytest.mark.parametrize("seed", [1, 2])
def test_fuzz_rigs_are_refused_in_a_sentence_or_play(seed: int) -> None:
    outcome = fuzz_rigs.run(200, seed)
    assert not outcome.faults
    assert outcome.refused > 0 < outcome.accepted


@pytest.mark.parametrize("seed", [1, 2])
def test_fuzz_bundles_are_refused_in_a_sentence_or_play(seed: int) -> None:
    outcome = fuzz_bundles.run(100, seed)
    assert not outcome.faults
    assert outcome.refused > 0 < outcome.accepted


def test_fuzz_outcome_tells_a_fault_a_hang_and_a_refusal_that_no_terminal_should_get() -> None:
    def attempt(index: int) -> None:
        if index == 0:
            raise InputError("one sentence")
        if index == 1:
            raise InputError("\x1b[31m")
        if index == 2:
            raise RuntimeError("boom")
        if index == 3:
            raise fuzz_outcome.HangError("not done")

    outcome = fuzz_outcome.tried("x", 5, attempt, lambda _: None)
    assert (outcome.refused, outcome.accepted, len(outcome.faults)) == (2, 1, 3)


def test_headroom_measures_every_rig_with_a_voice(capsys: pytest.CaptureFixture[str]) -> None:
    headroom.main(["--drums", "1", "--seconds", "1"])
    assert {"808", "demo", "everything", "remote-control"} <= set(table_in(capsys.readouterr().out))


def test_early_compares_guessed_and_final_velocities(capsys: pytest.CaptureFixture[str]) -> None:
    early.main(["--drums", "tight", "--takes", "graded"])
    assert {"tight", "all"} <= set(table_in(capsys.readouterr().out))


def test_sending_times_every_stroke() -> None:
    table = started("sending", "--strokes", "10")
    assert [table[f"{wire}, {when}"][0] for wire in ("OSC", "MIDI") for when in ("asap", "fixed")] == ["10"] * 4


def test_soak_plays_an_hour_and_a_flood(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    soak.main(["hour", "--seconds", "4", "--takes", str(folder)])
    soak.main(["flood", "--seconds", "1"])
    table = table_in(capsys.readouterr().out)
    assert int(table["0.1"][0]) > 10
    assert table["OSC 1"] == ["24 of 24 bundles"]


def test_stroke_times_blocks_with_a_stroke(folder: Path) -> None:
    table = started("stroke", "--takes", str(folder))
    assert int(table["groove: with an onset or a stroke"][0]) > 20


def test_circuits_measures_every_number_as_it_was_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    circuits.main([])
    said = capsys.readouterr().out
    assert len(re.findall(r"^\| [a-z-]+ \| ", said, re.MULTILINE)) > 60
    assert "\n0 outside\n" in said


def test_cleanliness_hears_what_folds_back_and_no_click(capsys: pytest.CaptureFixture[str]) -> None:
    cleanliness.main(["--voices", "claves,fm"])
    said = capsys.readouterr().out
    table = table_in(said)
    assert {"claves", "fm"} <= set(table)
    assert "modal" not in [name for name, cells in table.items() if len(cells) == 5]
    assert max(float(level) for name in ("claves", "fm") for level in table[name][:4]) < -60
    assert re.findall(r"^\| ([a-z0-9-]+) \| .*OUT of", said, re.MULTILINE) == ["snare808"]


def test_kit_times_every_sound_of_the_808(capsys: pytest.CaptureFixture[str]) -> None:
    kit.main(["--blocks", "3"])
    sounds = {kind.name for kind in voice_kinds() if "trigger" in kind.space.names}
    assert len(sounds) == 16
    assert set(table_in(capsys.readouterr().out)) >= {*sounds, "all sixteen"}


def test_effects_times_each_and_compares_its_twins(capsys: pytest.CaptureFixture[str]) -> None:
    effects.main(["--blocks", "20", "--values", "1", "--rounds", "1"])
    table = table_in(capsys.readouterr().out)
    assert set(table) >= {*(kind.name for kind in effect_kinds()), "eq + compressor", "exact, compiled"}


def test_styles_counts_pairs_and_leaves_a_page_to_listen_to(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rng = np.random.default_rng(0)
    for name, tilt in (("one", 0.9), ("other", 0.2)):
        noise = rng.standard_normal(2 * 44_100) * (np.arange(2 * 44_100) % 11_025 < 3000)
        write_wav(tmp_path / f"{name}.wav", 0.1 * (noise - tilt * np.roll(noise, 1)), 44_100)
    styles.main(["--kits", str(tmp_path), "--out", str(tmp_path / "page")])
    printed = capsys.readouterr().out
    assert set(table_in(printed)) >= {"spectrum_db", "level_db", "centroid_hz", "dynamics_db"}
    assert "All 2 pairs" in printed
    page = (tmp_path / "page" / "index.html").read_text()
    assert page.count("<audio") == 8
    assert all((tmp_path / "page" / name).is_file() for name in re.findall(r'src="([^"]+)"', page))


def test_probe_tells_styles_apart(capsys: pytest.CaptureFixture[str]) -> None:
    probe.main(["--train", "4", "--test", "2"])
    table = set(table_in(capsys.readouterr().out))
    assert table >= {"encoder", "mel statistics", "random projection of the mel spectrum, as the study's"}


def test_panels_compares_recordings_with_ours(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name, setting in {"CL": "claves", "LC00": "low-conga-0", "LC10": "low-conga-10", "CH": "closed-hat"}.items():
        patch = load_preset(setting)
        write_wav(tmp_path / f"{name}.WAV", 0.1 * whole_stroke(voice_of(patch.space), patch.values, 44_100), 44_100)
    panels.main(["--sounds", str(tmp_path), "--strokes", "1", "--pictures", str(tmp_path / "pictures")])
    said = capsys.readouterr().out
    table = table_in(said)
    assert [table[sound][0] for sound in ("claves", "low-conga", "closed-hat")] == ["1", "2", "1"]
    assert max(float(table[sound][1]) for sound in ("claves", "low-conga")) < 0.5
    assert "mean of 3 sounds" in said
    drawn = {path.name for path in (tmp_path / "pictures").iterdir()}
    assert drawn == {"808-panels.png", "claves.png", "low-conga.png", "closed-hat.png"}


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("XX.WAV", "begins with no sound of a TR-808"),
        ("BD50.WAV", "after BD stands tone and decay, two digits for each of 00, 25, 50, 75, 10"),
        ("CH50.WAV", "after CH stands no knob"),
        ("notes.txt", "holds no recording of a TR-808; one is named as in BD5010.WAV"),
    ],
)
def test_panels_refuses_what_is_no_recording_of_the_machine(
    name: str, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / name).write_bytes(b"")
    with pytest.raises(SystemExit, match="2"):
        panels.main(["--sounds", str(tmp_path)])
    error = capsys.readouterr().err
    assert said in error
    assert error.count("\n") == 1


def test_microphones_times_a_kit_and_every_voice() -> None:
    table = started("microphones", "--seconds", "1", "--blocks", "3")
    assert {
        "1 microphone, nothing played",
        "8 microphones, nothing played",
        "kit-808, its voices silent",
        "kit-808, whole",
    } <= set(table)
    assert {kind.name for kind in voice_kinds()} <= set(table)


def test_voice_times_every_preset(capsys: pytest.CaptureFixture[str]) -> None:
    voice.main(["--runs", "1", "--batch", "2"])
    assert set(preset_names(voice_kind(DEFAULT_VOICE).space)) <= set(table_in(capsys.readouterr().out))
    voice.main(["--runs", "1", "--batch", "2", "--voice", "all"])
    assert {kind.name for kind in voice_kinds()} <= set(table_in(capsys.readouterr().out))


def test_match_fits_presets_and_recordings(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    match.main(["--voices", "claves", "--presets", "1", "--effort", "0.05"])
    assert table_in(capsys.readouterr().out)["claves"][3] in ("0 of 1", "1 of 1")
    kick = voice_kind("bass-drum")
    for name, decay_ms in (("BD5000", 200.0), ("BD5010", 400.0)):
        values = kick.space.defaults
        values[kick.space.index("body.decay")] = decay_ms
        write_wav(tmp_path / f"{name}.WAV", match.rendered(kick, values, 1), RATE_HZ)
    match.main(["--sounds", str(tmp_path), "--rivals", "snare808", "--effort", "0.05"])
    said = capsys.readouterr().out
    assert "| BD | decay | 2 | body.decay | 1.00 |" in said
    assert table_in(said)["all"][0] == "2"


@pytest.mark.parametrize(("what", "row"), [("time", "reference"), ("follow", "mean")])
def test_training_measures(what: str, row: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    training.main([what, str(folder / "groove.wav"), "--epochs", "1", "--splits", "1"])
    assert table_in(capsys.readouterr().out)[row]


@pytest.mark.parametrize("command", ["calibrate", "train"])
def test_memory_measures_a_process(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    memory.main(["--minutes", "0.1", "--channels", "1", "--commands", command])
    _, minutes, _, strokes, code, *_, peak_mb = table_in(capsys.readouterr().out)[command]
    assert (minutes, code) == ("0.1", "0")
    assert int(strokes) > 10
    assert int(peak_mb) > 100


def test_learning_goes_on_where_it_stopped(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["--results", str(tmp_path), "--names", "steel", "--epochs", "1", "--strokes", "28"]
    words += ["--ways", "balanced,direct-balanced"]
    learning.main([*words, "--folds", "3"])
    kept = {path: path.stat().st_mtime_ns for path in tmp_path.iterdir()}
    assert len(kept) == 6
    assert "3 of 7 folds, 1 seeds" in capsys.readouterr().out
    learning.main(words)
    assert all(path.stat().st_mtime_ns == before for path, before in kept.items())
    said = capsys.readouterr().out
    assert "28 strokes, 28 different ones, each held out once a seed; 7 of 7 folds" in said
    assert float(table_in(said)["direct-balanced"][-2].split("**")[1]) < 1.5


def test_every_voice_stands_beside_direct_optimisation(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["--results", str(tmp_path), "--voices", "snare808,claves", "--epochs", "1", "--steps", "1", "--own", "2"]
    every_voice.main([*words, "--picture", str(tmp_path / "all.png")])
    table = table_in(capsys.readouterr().out)
    assert (table["snare808"][0], table["claves"][0]) == ("snare-1", "claves")
    assert (tmp_path / "all.png").stat().st_size > 1000
    assert set(every_voice.presets()) == {kind.name for kind in voice_kinds()}


def test_a_folder_of_takes_that_is_missing_is_one_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        onsets.main(["--takes", "nowhere"])
    assert "there is no folder nowhere; leave the option out" in capsys.readouterr().err


def programs() -> list[str]:
    """Return the modules that have a ``main``, without those of the JACK server's other end."""
    paths = [path for path in sorted(BENCH.glob("*.py")) if not path.stem.startswith("jack_")]
    return [path.stem for path in paths if "\ndef main(" in path.read_text()]


@pytest.mark.parametrize("program", programs())
def test_the_readme_says_what_each_program_measures_and_a_test_starts_it(program: str) -> None:
    assert f"| `bench.{program}`" in (BENCH / "README.md").read_text()
    started = any(name.startswith(f"test_{program}_") for name in globals())
    beside = [one.read_text() for one in Path(__file__).parent.glob("test_*.py") if one != Path(__file__)]
    started = started or any(re.search(rf"\b{program}\.main\b", text) for text in beside)
    assert started or (LIVE / f"test_{program}.py").exists()


def test_no_benchmark_imports_a_test() -> None:
    assert not [name for path in BENCH.glob("*.py") for name in imported(path) if name.startswith("tests")]
