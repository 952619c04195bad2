"""Packages import downwards only, each outside library enters through its door, and the play path is light."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
CLI = {path.relative_to(ROOT).as_posix() for path in (ROOT / "bridge" / "cli").glob("*.py")}
PACKAGES = ("bridge", "models", "synth")
BELOW = {"bridge": {"bridge", "models", "synth"}, "models": {"models", "synth"}, "synth": {"synth"}}
DOORS = {
    "sounddevice": {"bridge/audio/stream.py"},
    "soundfile": {"bridge/audio/files.py"},
    "rtmidi": {"bridge/midi/ports.py"},
    "mido": {"bridge/midi/carrier.py", "bridge/midi/file.py"},
    "pythonosc": {"bridge/osc/messages.py"},
    "safetensors": {"models/mapping/bundle.py"},
    "tomlkit": {"bridge/calibration/write.py"},
    "numba": {"models/features/spectra_compiled.py", "synth/dsp/compiled.py"},
    "distributed": {"bridge/cli/experiment.py"},
    "pydantic": {
        "bridge/rig/validation.py",
        "bridge/rig/control.py",
        "bridge/rig/osc_numbers.py",
        "bridge/rig/profiles.py",
        "bridge/cli/reference.py",
        "bridge/rig/rig.py",
        "bridge/rig/targets.py",
        "bridge/rig/settings.py",
    },
    "typer": CLI,
    "rich": CLI,
    "matplotlib": {
        "bridge/session/detect.py",
        "bridge/learning/experiment_table.py",
        "bridge/session/latency.py",
        "bridge/learning/report.py",
        "synth/picture.py",
        "bridge/session/report.py",
    },
}
CALLED = {"rtmidi": "python-rtmidi", "pythonosc": "python-osc", "distributed": "Dask", "typer": "Typer", "rich": "Rich"}
"""What people call a library whose package has another name."""

PLAY_PATH = (
    "bridge.session.session",
    "bridge.engine.player",
    "bridge.control.remote",
    "bridge.engine.engine",
    "bridge.session.offline",
    "bridge.ear.analyzer",
    "models.mapping.mapper",
    "synth.voices.snare808.streaming",
)


def modules() -> list[Path]:
    return [path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))]


def imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("path", modules(), ids=name_of)
def test_packages_import_downwards_only(path: Path) -> None:
    package = path.relative_to(ROOT).parts[0]
    roots = {name.split(".")[0] for name in imported(path)}
    assert roots & set(PACKAGES) <= BELOW[package]


@pytest.mark.parametrize("path", modules(), ids=name_of)
def test_outside_libraries_enter_through_their_door(path: Path) -> None:
    roots = {name.split(".")[0] for name in imported(path)}
    trespassing = {lib for lib, doors in DOORS.items() if lib in roots and name_of(path) not in doors}
    assert not trespassing


@pytest.mark.parametrize("library", DOORS)
def test_the_plan_names_every_door_and_every_door_is_used(library: str) -> None:
    plan = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    rows = [line for line in plan.splitlines() if line.startswith("|") and CALLED.get(library, library) in line]
    assert any("door" in row.lower() for row in rows)
    for door in DOORS[library] - CLI:
        assert library in {name.split(".")[0] for name in imported(ROOT / door)}
        assert f"{Path(door).name}`" in plan


@pytest.mark.parametrize("module", PLAY_PATH)
def test_importing_the_play_path_loads_no_torch_and_opens_nothing(module: str) -> None:
    code = (
        "import sys, threading, socket\n"
        "def refuse(*_, **__): raise RuntimeError('a socket was opened by an import')\n"
        "socket.socket = refuse\n"
        f"import {module}\n"
        "assert 'torch' not in sys.modules\n"
        "assert 'matplotlib' not in sys.modules\n"
        "assert threading.active_count() == 1\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
