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
