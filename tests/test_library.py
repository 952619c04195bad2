"""`import ghostnote`: a small face that loads torch only on demand and never takes another's package for ours."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import ghostnote
from tests.structure import ROOT

PAGE = ROOT / "docs" / "python.md"


def python(*words: str, cwd: Path, path: Path = ROOT) -> subprocess.CompletedProcess[str]:
    """Run Python as in a user's folder; ours are found by ``PYTHONPATH``, behind that folder."""
    command, environment = [sys.executable, *words], os.environ | {"PYTHONPATH": str(path)}
    return subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, check=False)


def test_every_name_is_there_and_documented() -> None:
    page = PAGE.read_text(encoding="utf-8")
    for name in ghostnote.__all__:
        assert getattr(ghostnote, name).__doc__ or name.isupper(), name
        assert f"`{name}`" in page.partition("## The names")[2], name
    assert dir(ghostnote) == ghostnote.__all__


def test_the_page_names_nothing_that_is_not_there() -> None:
    rows = re.findall(r"^\|.*\|$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert {name for row in rows for name in re.findall(r"`(\w+)`", row)} == set(ghostnote.__all__)


def test_the_page_runs_as_written(tmp_path: Path) -> None:
    blocks = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert len(blocks) >= 4
    done = python("-c", "\n".join(blocks), cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "synth.wav").stat().st_size > 10_000


def test_the_example_runs(tmp_path: Path) -> None:
    done = python(str(ROOT / "examples" / "from_python.py"), str(tmp_path / "out"), "2", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "out" / "mine.safetensors").is_file()
    assert "strokes played into" in done.stdout
    assert not done.stderr


def test_importing_it_and_playing_load_no_torch(tmp_path: Path) -> None:
    code = "import ghostnote, sys; ghostnote.load_rig('808'), ghostnote.Session, ghostnote.render, ghostnote.Bundle; "
    done = python("-c", code + "print('torch' in sys.modules)", cwd=tmp_path)
    assert (done.stdout, done.stderr) == ("False\n", "")


@pytest.mark.parametrize("name", ["train", "snare808", "ReferenceFeatures"])
def test_without_torch_a_name_that_needs_it_says_how_to_get_it(name: str, tmp_path: Path) -> None:
    done = python("-c", f"import sys; sys.modules['torch'] = None\nfrom ghostnote import {name}", cwd=tmp_path)
    last = done.stderr.strip().splitlines()[-1]
    assert last.startswith(f"ImportError: ghostnote.{name}: Training needs PyTorch")
    assert "-m pip install 'torch" in last


def test_a_name_that_is_not_there_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="has no name 'lern'"):
        ghostnote.lern  # type: ignore[attr-defined] # noqa: B018 - that is what is asked


@pytest.mark.parametrize("name", ["models", "synth", "bridge"])
@pytest.mark.parametrize("started", ["-c", "script"])
def test_a_package_of_the_users_own_is_named(name: str, started: str, tmp_path: Path) -> None:
    (tmp_path / name).mkdir()
    (tmp_path / name / "__init__.py").touch()
    (tmp_path / "mine.py").write_text("import ghostnote\nghostnote.hear\n")
    words = ["mine.py"] if started == "script" else ["-c", "import ghostnote"]
    last = python(*words, cwd=tmp_path).stderr.strip().splitlines()[-1]
    assert last.startswith(f"ImportError: Ghostnote's package '{name}' cannot be loaded: {tmp_path / name}")
    assert last.endswith("Rename that folder or file, or start Python from another folder")


def test_a_file_of_the_users_own_that_was_loaded_before_is_named(tmp_path: Path) -> None:
    (tmp_path / "models.py").touch()
    last = python("-c", "import models, ghostnote", cwd=tmp_path).stderr.strip().splitlines()[-1]
    assert f"{tmp_path / 'models.py'} has its name and comes first" in last


def test_a_folder_that_is_no_package_is_not_in_the_way(tmp_path: Path) -> None:
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "mine.safetensors").touch()
    done = python("-c", "import ghostnote; print(ghostnote.Bundle.__name__)", cwd=tmp_path)
    assert (done.stdout, done.stderr) == ("Bundle\n", "")


def test_the_command_looks_into_no_folder_of_the_users(tmp_path: Path) -> None:
    for name in ("models", "synth", "bridge", "ghostnote"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text("raise SystemExit('the folder that is open was asked')\n")
    script = tmp_path / "bin" / "ghostnote"
    script.parent.mkdir()
    script.write_text("from bridge.cli.main import run\nrun()\n")  # what an installer writes
    done = python(str(script), "check", "808", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")


def test_the_command_can_be_started_as_a_module(tmp_path: Path) -> None:
    done = python("-m", "ghostnote", "--version", cwd=tmp_path)
    assert done.stdout.startswith("ghostnote ")
