"""``ghostnote voices`` as a person types it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from bridge.audio.files import read_recording
from bridge.cli.voice_sheet import band_powers_db
from synth.voices.panel import panel_of
from synth.voices.presets import load_preset
from synth.voices.registry import voice_kind, voice_kinds
from synth.voices.stroke import whole_stroke
from tests.bridge.cli.typing_words import Type

CLAVES = voice_kind("claves")


def sound(path: Path) -> NDArray[np.float64]:
    return np.asarray(read_recording(path).audio[:, 0], dtype=np.float64)


def played(ghostnote: Type, *words: str) -> dict[str, Any]:
    done = ghostnote("voices", "play", *words, "--out", "a.wav", "--json")
    assert done.code == 0, done.stderr
    said: dict[str, Any] = json.loads(done.stdout)
    return said


def test_every_voice_is_listed_with_its_presets_and_knobs(ghostnote: Type) -> None:
    listed = {row["voice"]: row for row in json.loads(ghostnote("voices", "--json").stdout)}
    assert [*listed] == [kind.name for kind in voice_kinds()]
    assert listed["bass-drum"]["presets"] == ["bass-drum-0", "bass-drum-5", "bass-drum-10"]
    assert listed["bass-drum"]["knobs"] == ["tone", "decay", "level"]
    assert (listed["snare808"]["presets"][0], listed["snare808"]["knobs"]) == ("kick", [])
    assert [row["name"] for row in listed["claves"]["parameters"]] == [*CLAVES.space.names]


def test_the_list_is_a_table_for_a_person(ghostnote: Type) -> None:
    done = ghostnote("voices")
    assert done.code == 0
    assert all(word in done.stdout for word in ("snare808", "open-hat-10", "snappy", "ghostnote voices play"))


def test_a_voice_plays_its_panel_as_it_rests(ghostnote: Type, folder: Path) -> None:
    said = played(ghostnote, "claves")
    panel = panel_of("claves")
    assert panel is not None
    assert said["values"] == dict(zip(CLAVES.space.names, panel.values({}), strict=True))
    wanted = whole_stroke(CLAVES, panel.values({}), 48_000)
    np.testing.assert_allclose(sound(folder / "a.wav"), wanted, atol=1e-6)
    assert said["seconds"] == pytest.approx(len(wanted) / 48_000, abs=1e-4)


def test_a_voice_without_a_panel_plays_its_table(ghostnote: Type) -> None:
    kind = voice_kind("snare808")
    assert [*played(ghostnote, "snare808")["values"].values()] == kind.space.defaults.tolist()


def test_a_preset_is_played_as_it_is(ghostnote: Type) -> None:
    said = played(ghostnote, "bass-drum", "--preset", "bass-drum-0")
    assert [*said["values"].values()] == load_preset("bass-drum-0").values.tolist()


def test_a_preset_of_ones_own_is_played(ghostnote: Type, folder: Path) -> None:
    (folder / "mine.toml").write_text("voice = 'claves'\nbody.freq = { value = 2000 }\n")
    assert played(ghostnote, "claves", "--preset", "mine.toml")["values"]["body.freq"] == 2000


def test_knobs_and_parameters_are_set_and_the_rest_stays(ghostnote: Type) -> None:
    said = played(ghostnote, "bass-drum", "--panel", "tone=2.5, decay=10", "--panel", "level=5", "--set", "drive=-3")
    panel = panel_of("bass-drum")
    assert panel is not None
    wanted = panel.values({"tone": 2.5, "decay": 10, "level": 5})
    wanted[panel.space.index("drive")] = -3
    assert [*said["values"].values()] == wanted.tolist()


def test_a_velocity_sets_the_trigger_or_else_a_gain(ghostnote: Type) -> None:
    assert played(ghostnote, "claves", "--velocity", "127")["values"]["trigger"] == 14
    assert played(ghostnote, "claves", "--velocity", "100")["gain"] == pytest.approx(1)
    assert played(ghostnote, "snare808", "--velocity", "50")["gain"] == 0.25
    assert played(ghostnote, "claves", "--set", "trigger=12")["values"]["trigger"] == 12


def test_a_rate_is_that_of_the_file(ghostnote: Type, folder: Path) -> None:
    played(ghostnote, "claves", "--rate", "96000")
    assert soundfile.info(folder / "a.wav").samplerate == 96_000


def test_a_stroke_beyond_full_scale_is_whole_in_the_file_and_said(ghostnote: Type, folder: Path) -> None:
    done = ghostnote("voices", "play", "claves", "--set", "drive=-24", "--set", "level=6", "--velocity", "127",
                     "--out", "loud.wav")  # fmt: skip
    assert done.code == 0
    assert "Note: the stroke goes " in done.stdout
    assert "dB over full scale; a WAV of floats holds it whole" in done.stdout
    assert np.abs(sound(folder / "loud.wav")).max() > 1.2
    assert soundfile.info(folder / "loud.wav").subtype == "FLOAT"


def test_words_say_what_was_played(ghostnote: Type) -> None:
    said = ghostnote("voices", "play", "bass-drum", "--panel", "tone=0", "--velocity", "60", "--out", "a.wav").stdout
    assert said.startswith("a.wav: bass-drum, tone at 0, velocity 60, ")


WRONG = [
    (["play"], "VOICE is missing; ghostnote voices play --help says what there is"),
    (["play", "claves"], "--out is missing; ghostnote voices play --help says what there is"),
    (["play", "clave", "--out", "a.wav"], "there is no voice 'clave'; there are snare808, bass-drum"),
    (["play", "claves", "--out", "a.mp3"], "a.mp3: a stroke is written as .wav; give it that ending"),
    (["play", "claves", "--out", "/dev/null/a.wav"], "/dev/null/a.wav: cannot be written"),
    (["play", "claves", "--out", "folder.wav"], "folder.wav: cannot be written (it is a folder)"),
    (["play", "claves", "--out", "a.wav", "--preset", "kick"], "the voice claves has no preset 'kick'; give a .toml"),
    (["play", "claves", "--out", "a.wav", "--preset", "take.wav"], "take.wav: is no text in UTF-8"),
    (["play", "claves", "--out", "a.wav", "--preset", "."], "'.' is a folder, not a preset"),
    (["play", "claves", "--out", "a.wav", "--preset", "kick.toml"], "kick.toml: voice is 'snare808'; this drum plays"),
    (["play", "claves", "--out", "a.wav", "--preset", "claves", "--panel", "level=3"], "--preset and --panel are both"),
    (
        ["play", "claves", "--out", "a.wav", "--panel", "tone=3"],
        "the panel of claves has no knob 'tone'; there are lev",
    ),
    (["play", "claves", "--out", "a.wav", "--panel", "level=11"], "the knob level is at 11; allowed is 0 to 10"),
    (["play", "claves", "--out", "a.wav", "--panel", "level"], "--panel is 'level'; write a name and a number, as in"),
    (["play", "claves", "--out", "a.wav", "--panel", "level=1,"], "--panel is ''; write a name and a number, as in"),
    (["play", "claves", "--out", "a.wav", "--panel", "level=x"], "--panel is 'level=x'; write a name and a number"),
    (["play", "claves", "--out", "a.wav", "--panel", "level=1,level=2"], "--panel gives level twice; leave one out"),
    (["play", "snare808", "--out", "a.wav", "--panel", "tone=1"], "the voice snare808 has no panel; give --preset"),
    (["play", "claves", "--out", "a.wav", "--set", "bdy=3"], "--set: 'bdy' is no parameter of claves; it has trigger"),
    (["play", "claves", "--out", "a.wav", "--set", "body.frq=3"], "drive, level; did you mean 'body.freq'"),
    (["play", "clave", "--out", "a.wav"], "; did you mean 'claves'?"),
    (["play", "bass-drum", "--out", "a.wav", "--preset", "bass-drum-4"], "bass-drum-10; did you mean 'bass-drum-5' or"),
    (
        ["play", "bass-drum", "--out", "a.wav", "--panel", "snappy=4"],
        "has no knob 'snappy'; there are tone, decay",
    ),
    (["play", "bass-drum", "--out", "a.wav", "--panel", "tnoe=4"], "tone, decay, level; did you mean 'tone'?"),
    (["play", "claves", "--out", "a.wav", "--set", "body.freq=3"], "--set body.freq is 3; allowed is 1200 to 5000 Hz"),
    (
        ["play", "claves", "--out", "a.wav", "--set", "body.freq=nan"],
        "--set is 'body.freq=nan'; write a name and a num",
    ),
    (["play", "claves", "--out", "a.wav", "--velocity", "0"], "--velocity is '0'; allowed is 1 or more"),
    (["play", "claves", "--out", "a.wav", "--velocity", "128"], "--velocity is '128'; allowed is up to 127"),
    (["play", "claves", "--out", "a.wav", "--velocity", "9", "--set", "trigger=9"], "--velocity and --set trigger are"),
    (["play", "claves", "--out", "a.wav", "--rate", "8000"], "--rate is '8000'; allowed is 22050 or more"),
    (["play", "claves", "--out", "a.wav", "--panle", "x"], "there is no option '--panle'; did you mean '--panel'"),
    (["plya"], "there is no command 'plya'; did you mean 'play'?; ghostnote voices --help says what there is"),
    (["sheet", "--out", "take.wav"], "take.wav: is a file; --out names a folder"),
]


@pytest.mark.parametrize(("words", "sentence"), WRONG, ids=[" ".join(words) for words, _ in WRONG])
def test_bad_input_gets_one_sentence_code_2_and_no_file(
    words: list[str], sentence: str, ghostnote: Type, folder: Path
) -> None:
    (folder / "folder.wav").mkdir()
    (folder / "kick.toml").write_text("voice = 'snare808'\n")
    before = {path: path.stat().st_mtime_ns for path in folder.rglob("*")}
    done = ghostnote("voices", *words)
    assert (done.code, done.stdout) == (2, "")
    assert sentence in done.stderr
    assert done.stderr.count("\n") == 1
    assert {path: path.stat().st_mtime_ns for path in folder.rglob("*")} == before


def test_a_sheet_has_a_file_for_each_voice_none_too_loud_and_a_picture(ghostnote: Type, folder: Path) -> None:
    done = ghostnote("voices", "sheet", "--out", "sheet", "--rate", "22050")
    assert done.code == 0, done.stderr
    written = {path.name for path in (folder / "sheet").iterdir()}
    assert written == {"voices.png", *(f"{kind.name}.wav" for kind in voice_kinds())}
    peaks = [np.abs(sound(folder / "sheet" / f"{kind.name}.wav")).max() for kind in voice_kinds()]
    assert min(peaks) > 0.001
    assert max(peaks) <= 10 ** (-1 / 20) + 1e-6
    picture = folder / "sheet" / "voices.png"
    assert picture.read_bytes()[:4] == b"\x89PNG"
    assert picture.stat().st_size < 1_000_000


def test_a_tone_is_seen_in_its_band() -> None:
    tone = np.sin(2 * np.pi * 1000 * np.arange(48_000) / 48_000)
    middle = band_powers_db(tone, 48_000)[:, 100]
    edges_hz = np.geomspace(40, 20_000, len(middle) + 1)
    band = int(np.argmax(middle))
    assert edges_hz[band] <= 1000 <= edges_hz[band + 1]
    assert middle[band] - np.median(middle) > 60
