"""``ghostnote check`` as a person types it."""

from __future__ import annotations

from pathlib import Path

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
