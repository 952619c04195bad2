"""``ghostnote check`` as a person types it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.bridge.cli.typing_words import Type


def test_check_refuses_a_file_of_learned_controls_that_play_refuses(ghostnote: Type, folder: Path) -> None:
    (folder / "learned.json").write_text("{")
    (folder / "rig.toml").write_text("[control]\nlearned = 'learned.json'\n[[drum]]\nmodel = 'model.safetensors'\n")
    done = ghostnote("check", "rig.toml")
    assert (done.code, done.stdout) == (2, "")
    assert "learned.json: is not what `[control] learned` writes" in done.stderr


def test_what_a_rig_does_not_use_is_noted(ghostnote: Type, folder: Path) -> None:
    (folder / "idle.toml").write_text("[[target]]\nname = 't'\ntype = 'tape'\n[[drum]]\nname = 'd'\n")
    said = ghostnote("check", "idle.toml")
    assert (said.code, said.stdout.count("Note: ")) == (0, 2)
    assert "drum 'd' plays nothing" in said.stdout
    assert "no drum plays target 't'" in said.stdout


MEANT = """
[[target]]
name = "o"
type = "osc"
port = 9
[[target]]
name = "m"
type = "midi"
[[drum]]
model = "model.safetensors"
[[drum.play]]
target = "o"
send = ["osc1.freq", "unit.osc2.freq", "level"]
[[drum.play]]
target = "m"
cc = [{ number = 20, from = "osc1.freq" }, { number = 21, from = "osc1.freq", curve = "logarithmic" }]
"""


def test_a_parameter_that_may_be_meant_as_its_knob_is_noted(ghostnote: Type, folder: Path) -> None:
    (folder / "rig.toml").write_text(MEANT)
    said = ghostnote("check", "rig.toml").stdout
    assert said.count("Note: ") == 2
    assert "send[1]: 'osc1.freq' is sent in Hz; unit.osc1.freq is sent in 0 to 1" in " ".join(said.split())
    assert "cc[1]: 'osc1.freq' goes by Hz here; unit.osc1.freq goes as its knob does" in " ".join(said.split())
    (folder / "rig.toml").write_text(MEANT.replace("send =", 'units = "real"\nsend ='))
    assert ghostnote("check", "rig.toml").stdout.count("Note: ") == 1


VOICED = """
[[target]]
name = "v"
type = "voice"
voice = "snare808"
[[target]]
name = "o"
type = "osc"
port = 9
[[drum]]
model = "model.safetensors"
[[drum.play]]
target = "v"
[[drum.play]]
target = "o"
send = ["osc1.freq"]
"""


@pytest.mark.parametrize(
    ("right", "wrong", "said"),
    [
        ('"snare808"', '"snare880"', "target[1]: voice: it is 'snare880'; allowed are snare808, bass-drum, "),
        ('"snare808"', '"snare880"', "; did you mean 'snare808'?"),
        ('"snare808"', '"bass-drum"', "drives snare808 with other parameters or ranges; the built-in voice 'v' plays"),
        ('["osc1.freq"]', '["snappy.level"]', "send[1].from: 'snappy.level' is a parameter of snare-drum, not of what"),
        ('["osc1.freq"]', '["snappy.level"]', "; there are osc1.freq, osc1.mod, "),
        ('["osc1.freq"]', '["osc1.frq"]', "'osc1.frq' is no number of a stroke (docs/protocol.md lists them); did you"),
        ("[[drum]]", "[[drum]]\nlocks = ['body.freq']", "locks: 'body.freq' is no parameter of snare808; it has osc1."),
        ("[[drum]]", "[[drum]]\namounts = { 'osc1.frq' = 1 }", "amounts: 'osc1.frq' is no parameter of snare808; it"),
        ("[[drum]]", "[[drum]]\namounts = { 'osc1.frq' = 1 }", "drive; did you mean 'osc1.freq'"),
        (
            "[[drum]]",
            "[[drum]]\npreset = 'snare-9'",
            "there is no preset 'snare-9'; give a .toml file or one of kick, ",
        ),
        ("[[drum]]", "[[drum]]\npreset = 'claves'", "claves.toml: voice is 'claves'; this drum plays 'snare808'"),
    ],
)
def test_what_a_voice_has_not_is_one_sentence_with_what_it_has(
    right: str, wrong: str, said: str, ghostnote: Type, folder: Path
) -> None:
    (folder / "rig.toml").write_text(VOICED)
    assert ghostnote("check", "rig.toml").code == 0
    (folder / "rig.toml").write_text(VOICED.replace(right, wrong))
    done = ghostnote("check", "rig.toml")
    assert (done.code, done.stdout) == (2, "")
    assert said in done.stderr
    assert done.stderr.count("\n") == 1
