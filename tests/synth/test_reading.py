"""The door of every file that is given, whatever lies under its name."""

from __future__ import annotations

import ast
import os
import socket
from pathlib import Path

import pytest

from synth.errors import InputError
from synth.reading import MIB, FileKind, open_file, read_file
from tests.structure import ROOT, sources

NOTE = FileKind("note", MIB)


def test_a_file_is_read_up_to_the_most_that_its_kind_can_have(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(bytes(MIB))
    assert read_file(tmp_path / "x", NOTE) == bytes(MIB)
    (tmp_path / "x").write_bytes(bytes(MIB + 1))
    with pytest.raises(InputError, match=r"x: is too large for a note: the most is 1 MiB"):
        read_file(tmp_path / "x", NOTE)


@pytest.mark.timeout(10)  # a pipe without a writer would be waited for
def test_what_is_no_file_is_named_and_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "folder").mkdir()
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "socket"))
        for path, what in {
            tmp_path / "fifo": "a pipe",
            tmp_path / "folder": "a folder",
            tmp_path / "socket": "a socket",
            Path("/dev/zero"): "a device",
            Path("/dev/null"): "a device",
        }.items():
            with pytest.raises(InputError, match=f"^{path}: is {what}, not a file$"):
                open_file(path)


@pytest.mark.parametrize("name", ["none", "none/x", "x" * 300, "x\0y", "\udcff"])
def test_a_name_of_nothing_is_one_sentence(name: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"(there is no such note|cannot be read \(File name too long\))$"):
        read_file(tmp_path / name, NOTE)


@pytest.mark.skipif(not Path("/proc/self/pagemap").exists(), reason="only Linux has files of no size that do not end")
def test_a_system_file_that_says_nothing_of_its_size_is_bounded() -> None:
    with pytest.raises(InputError, match="is too large for a note"):
        read_file(Path("/proc/self/pagemap"), NOTE)


OTHER_WAYS = {
    "synth/dsp/compiled.py": {"read_bytes"},  # our own sources
    "models/mapping/bundle.py": {"load"},  # of bytes that came through the door
    "models/style/stylist.py": {"load"},
    "synth/voices/wavetable/waves.py": {"load"},
    "bridge/ear/detector.py": {"load"},  # a network that ships
    "bridge/learning/train_ear.py": {"load"},
    "bridge/midi/child.py": {"open"},  # what a measurement asked for
    "bridge/midi/listeners.py": {"read_text"},  # the system's own
    "bridge/session/machine.py": {"read_text"},
    "bridge/realtime/priority.py": {"read_text"},
    "bridge/cli/protocol.py": {"read_text"},  # pages that are generated from what ships
    "bridge/cli/rig.py": {"read_text", "read_bytes"},  # what ships
    "bridge/cli/files.py": {"read_bytes"},
    "bridge/cli/docs.py": {"read_text"},
    "ghostnote/__init__.py": {"read_text"},  # its own list of names
    "bridge/session/loopback.py": {"read_text"},  # notes of our own child
    "bridge/audio/wav.py": {"open"},  # to write
    "bridge/session/render.py": {"open"},
    "bridge/sampling/jack_client.py": {"open"},  # to write what a server and a synth say
    "bridge/sampling/jack_child.py": {"open", "read_text"},  # the same, in a folder of our own
    "bridge/sampling/folder_tables.py": {"loadtxt"},  # of text that came through the door
    "models/proxies/bundle.py": {"load"},  # of bytes that came through the door
}
"""Which files open some in another way, and why that is no file that a person gives."""


def test_no_file_that_is_given_is_opened_in_another_way() -> None:
    opening = {"read_text", "read_bytes", "open", "load", "safe_open", "info", "memmap", "fromfile", "loadtxt"}
    found: dict[str, set[str]] = {}
    for path in sources():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and (name := _name(node.func)) in opening and _may_be_a_file(node.func):
                found.setdefault(path.relative_to(ROOT).as_posix(), set()).add(name)
    assert {name: unknown for name, ways in found.items() if (unknown := ways - OTHER_WAYS.get(name, set()))} == {}


def _name(function: ast.expr) -> str:
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def _may_be_a_file(function: ast.expr) -> bool:
    """Tell whether a call may open a file: a bundle, a grid and a port have an ``open`` or ``load`` of their own."""
    own = {
        "Bundle",
        "Grid",
        "EffectGrid",
        "GradientGrid",
        "ProxyGrid",
        "ScheduleGrid",
        "SampleSet",
        "room",
        "self",
        "child",
        "SystemPort",
        "SilentPort",
        "performance",
        "webbrowser",
        "os",
        "cls",
    }
    owner = getattr(function, "value", None)
    return getattr(owner, "id", "") not in own
