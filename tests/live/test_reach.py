"""A synth that is not ours from end to end, as a user types it: recorded, learned, trained for, measured, played."""

from __future__ import annotations

import io
import json
import signal
import sys
from contextlib import chdir, redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any

import mido
import numpy as np
import pytest

from bench import jack_rigs as rigs
from bench.jack_harness import Play, Stage
from bench.jack_server import ROOT, JackServer, running_server
from bridge.audio.files import write_wav
from bridge.cli.main import run
from bridge.cli.screen import ENDING
from bridge.rig.profiles import load_profile
from bridge.sampling.dx7 import BY_NAME
from bridge.sampling.programs import controllers_file
from models.mapping.bundle import Bundle
from tests.live.conftest import give_up, require
from tests.live.test_receivers import SECONDS, STROKES, port_of, running, sounds, varied_take
from tests.takes import once

pytestmark = pytest.mark.live

NOTES = 240
"""Enough to learn what matters most; what is good is measured in docs/notes."""

VST = Path("/usr/lib/vst/amsynth_vst.so")


def answered(folder: Path, *words: object) -> tuple[int, str, str]:
    """Type a command and return its exit code and what it wrote on both streams.

    It runs here: a process for each of them would load torch 24 times.
    """
    out, err = io.StringIO(), io.StringIO()
    with chdir(folder), redirect_stdout(out), redirect_stderr(err), pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["ghostnote", *map(str, words)])
        before = {number: signal.getsignal(number) for number in ENDING}
        try:
            with pytest.raises(SystemExit) as end:
                run()
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
    return int(end.value.code or 0), out.getvalue(), err.getvalue()


def typed(folder: Path, *words: object) -> dict[str, Any]:
    """Type a command with ``--json`` and return what it prints; fail with its words where it fails."""
    code, out, err = answered(folder, *words, "--json")
    assert code == 0, err
    found: dict[str, Any] = json.loads(out)
    return found


@pytest.fixture(scope="module")
def drum(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A take of our drummer, to train on."""
    path = tmp_path_factory.mktemp("take") / "drum.wav"
    take = once("graded", "tight", seed=0)
    write_wav(path, take.audio[: 20 * take.sample_rate, :1], take.sample_rate)
    return path


def learned(folder: Path, drum: Path, synth: str, *way: object, notes: int = NOTES, rounds: int = 2) -> dict[str, Any]:
    """Record a synth, make its proxy, train through it and measure on the synth: what each command says."""
    sampled = typed(folder, "sample", synth, "--notes", notes, "--out", "takes", *way)
    assert sampled["silent"] <= notes / 10
    made = typed(folder, "proxy", "takes", "--steps", 500, "--nets", 2, "--no-gradients", "--out", "p.safetensors")
    through = ("--synth", synth, "--proxy", "p.safetensors", *way)
    trained = typed(folder, "train", drum, *through, "--epochs", 30, "--rounds", rounds, "--out", "m.safetensors")
    measured = typed(folder, "evaluate", "m.safetensors", drum, "--through", synth, "--proxy", "p.safetensors", *way)
    return {"sample": sampled, "proxy": made, "train": trained, "evaluate": measured}


def assert_followed(found: dict[str, Any]) -> None:
    """The proxy knows the synth better than its mean, and the synth follows the drum's loudness."""
    scores = found["proxy"]["held_out"]
    assert scores["l1"] < 0.7 * scores["l1_of_mean"]
    assert found["evaluate"]["loudness"] > 0.8
    body = found["evaluate"]["real"]["default"]["features"]["body_loudness"]
    assert body["relative"] < 0.8


@pytest.mark.parametrize(("synth", "program"), [("amsynth", "amsynth"), ("zynaddsubfx", "zynaddsubfx")])
def test_a_synth_on_jack_is_learned_and_follows_the_drum(tmp_path: Path, drum: Path, synth: str, program: str) -> None:
    require("jackd", program)
    found = learned(tmp_path, drum, synth)
    assert_followed(found)
    assert any(found["sample"]["controls"].values())
    if synth == "amsynth":
        assert_played_by_the_drum(tmp_path)


def assert_played_by_the_drum(folder: Path) -> None:
    """Play the model live, controllers, then the note, to the real synth; its level follows the strokes."""
    controls = load_profile("amsynth", "test").controls
    config = folder / "config" / "amsynth"
    config.mkdir(parents=True)
    (config / "controllers").write_text(controllers_file(controls), encoding="ascii")
    play = rigs.table("drum.play", target='"midi"', profile='"amsynth"', channel="1", note="50", note_ms="100")
    rig = rigs.head() + rigs.midi() + rigs.drum(str(folder / "m.safetensors"), play)
    with (
        running_server(folder) as server,
        running(server, folder, "amsynth", "-x", "-a", "jack", "-m", "jack", XDG_CONFIG_HOME=str(folder / "config")),
    ):
        output, midi_in = port_of(server, r"amsynth:L out"), port_of(server, r"amsynth:midi_in")
        stage = Stage(server, folder, varied_take(), SECONDS)
        player = Play(server, folder, rig)
        try:
            server.connect(output, "stage:in_1")
            server.connect("ghostnote:out", midi_in)
            server.connect("ghostnote:out", "stage:midi_1")
            capture = stage.play()
            assert player.stop() == 0
        finally:
            player.close()
            stage.close()
    heard = sounds(capture)
    peaks = np.array([float(np.abs(sound).max()) for sound in heard])
    assert peaks.min() > 1e-3, peaks
    # Every other stroke is softer: so is what the synth plays of it.
    assert np.median(peaks[::2]) > 1.2 * np.median(peaks[1::2])
    moved = {message[1] for _, _, message in capture.midi if message[0] == 0xB0}
    assert len(moved) >= 10
    assert len(capture.notes()) == STROKES


def test_fluidsynth_is_learned_by_parameter_numbers(tmp_path: Path, drum: Path) -> None:
    require("jackd", "fluidsynth")
    found = learned(tmp_path, drum, "fluidsynth-sf2")
    assert found["evaluate"]["loudness"] > 0.8


def test_a_dx7_is_learned_in_memory_and_its_values_leave_as_sysex(
    server: JackServer, tmp_path: Path, drum: Path
) -> None:
    pytest.importorskip("dexed")
    assert_followed(learned(tmp_path, drum, "dx7-drum", notes=600))
    bundle = Bundle.load(tmp_path / "m.safetensors")
    play = rigs.table("drum.play", target='"midi"', profile='"dx7-drum"', channel="1", note_ms="100")
    rig = rigs.head() + rigs.midi() + rigs.drum(str(tmp_path / "m.safetensors"), play)
    stage = Stage(server, tmp_path, varied_take(), SECONDS)
    player = Play(server, tmp_path, rig)
    try:
        server.connect("ghostnote:out", "stage:midi_1")
        capture = stage.play()
        assert player.stop() == 0
    finally:
        player.close()
        stage.close()
    assert len(capture.notes()) == STROKES
    changes = [mido.Message.from_bytes(message) for _, _, message in capture.midi if message[0] == 0xF0]
    numbers = {128 * change.data[2] + change.data[3] for change in changes}
    wanted = {BY_NAME[name].number for name in bundle.space.names if name in BY_NAME}
    assert numbers == wanted
    assert all(change.data[:2] == (0x43, 0x10) and change.data[4] <= 99 for change in changes)


def test_a_plugin_is_learned_in_a_process_of_its_own(tmp_path: Path, drum: Path) -> None:
    pytest.importorskip("dawdreamer")
    if not VST.exists():
        give_up(f"needs {VST}, of Debian's amsynth")
    found = learned(tmp_path, drum, "amsynth-vst", "--plugin", VST)
    assert found["proxy"]["held_out"]["l1"] < 0.7 * found["proxy"]["held_out"]["l1_of_mean"]


def test_supercollider_is_learned_off_line_and_by_the_gradient_of_our_own_voice(tmp_path: Path, drum: Path) -> None:
    require("scsynth")
    assert_followed(learned(tmp_path, drum, "ghostnote-sc"))
    alike = typed(
        tmp_path,
        "train",
        drum,
        "--synth",
        "ghostnote-sc",
        "--proxy",
        "p.safetensors",
        "--gradient",
        "hybrid-autodiff",
        "--epochs",
        4,
        "--rounds",
        0,
        "--out",
        "alike.safetensors",
    )
    assert alike["model"] == "alike.safetensors"


def test_a_synth_that_dies_hangs_or_is_silent_is_one_sentence_at_most(tmp_path: Path) -> None:
    require("jackd", "amsynth")
    mute = tmp_path / "mute.toml"
    text = (ROOT / "config" / "synths" / "amsynth.toml").read_text(encoding="utf-8")
    mute.write_text(text.replace('program = "amsynth"', 'program = "amsynt"'), encoding="utf-8")
    code, _, said = answered(tmp_path, "sample", mute, "--notes", "16")
    assert code == 2
    assert len(said.strip().splitlines()) == 1, said
    assert "amsynt" in said
    assert not list(tmp_path.glob("*-takes"))
