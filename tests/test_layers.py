"""Files import downwards only, each outside library enters through its doors, and the play path is light."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.structure import (
    LIBRARIES,
    ROOT,
    Library,
    dependencies_page,
    imported,
    lines_of_code,
    measure,
    packaged,
    sources,
    violations,
)

PLAY_PATH = (
    "bridge.session.session",
    "bridge.engine.player",
    "bridge.control.remote",
    "bridge.engine.engine",
    "bridge.session.offline",
    "bridge.ear.analyzer",
    "models.mapping.mapper",
    "synth.voices.polyphony",
    "synth.voices.snare808.circuit",
)

CHILDREN = ("bridge.osc.child", "bridge.midi.child", "bridge.midi.in_child")
"""Programs that own a port: they start with the standard library and their port's library alone."""


@pytest.mark.parametrize("module", packaged())
def test_a_file_imports_its_own_room_and_lower_ones(module: str) -> None:
    assert not violations(module)


def test_no_two_rooms_and_no_two_files_import_each_other() -> None:
    counts = measure()
    assert (counts["circles of rooms"], counts["circles of files"], counts["arrows against the order"]) == (0, 0, 0)


@pytest.mark.parametrize("library", [one for one in LIBRARIES if one.doors], ids=lambda library: library.module)
def test_an_outside_library_enters_through_its_doors_and_each_is_used(library: Library) -> None:
    users = [path for path in sources() if library.module in {name.split(".")[0] for name in imported(path)}]
    names = [path.relative_to(ROOT).as_posix() for path in users]
    assert not [name for name in names if not name.startswith(library.doors)]
    assert not [door for door in library.doors if not any(name.startswith(door) for name in names)]


def test_the_page_of_dependencies_equals_the_table() -> None:
    assert (ROOT / "docs" / "dependencies.md").read_text(encoding="utf-8") == dependencies_page(), "run: make docs"


def test_the_kernels_of_synth_name_no_file_of_another_package() -> None:
    assert "bridge" not in (ROOT / "synth" / "dsp" / "compiled.py").read_text(encoding="utf-8")


def loaded_after(module: str) -> set[str]:
    code = (
        "import sys, threading, socket\n"
        "def refuse(*_, **__): raise RuntimeError('a socket was opened by an import')\n"
        "socket.socket = refuse\n"
        f"import {module}\n"
        "assert threading.active_count() == 1\n"
        "print(*sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return {name.split(".")[0] for name in done.stdout.split()}


@pytest.mark.parametrize("module", PLAY_PATH)
def test_importing_the_play_path_loads_no_torch_and_opens_nothing(module: str) -> None:
    assert not loaded_after(module) & {"torch", "matplotlib"}


def test_every_command_is_read_without_torch() -> None:
    commands = [one for one in packaged() if one.startswith("bridge.cli.")]
    code = f"import sys, {', '.join(commands)}\nassert 'torch' not in sys.modules\n"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert len(commands) > 20
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("module", CHILDREN)
def test_a_child_that_owns_a_port_starts_without_the_big_libraries(module: str) -> None:
    assert not loaded_after(module) & {"torch", "matplotlib", "numpy", "pydantic", "mido", "scipy"}


def test_the_command_starts_before_numpy_whose_threads_it_sets() -> None:
    assert "numpy" not in loaded_after("bridge.cli.main")


def test_a_line_of_code_is_no_docstring_comment_or_blank() -> None:
    source = (
        '"""What it is.\n\nMore."""\n\n# Why.\ndef answer():\n    """Say."""\n    return (  # far\n        42\n    )\n'
    )
    assert lines_of_code(source) == 4
    assert lines_of_code('text = """two\nlines"""\n') == 2
