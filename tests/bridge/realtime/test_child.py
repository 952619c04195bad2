"""One child process: what reaches it, what it says, and who takes its place."""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from bridge.realtime import child as module
from bridge.realtime.child import Child, wait_for
from bridge.realtime.loop import frame
from synth.errors import InputError
from tests.bridge.realtime import echo
from tests.structure import ROOT

LONG = 1 << 17
"""Bytes: twice what a pipe holds."""


class KeepingChild(Child):
    """Loses nothing, and greets."""

    keeps = True

    def greeting(self) -> bytes:
        """Say hello."""
        return frame(b"hello")


def firsts(reports: list[dict[str, Any]]) -> list[str]:
    return [chr(report["first"]) for report in reports if "first" in report]


def test_a_child_imports_what_its_parent_imports_whatever_folder_is_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "json.py").write_text("raise SystemExit\n")
    monkeypatch.chdir(tmp_path)
    reports: list[dict[str, Any]] = []
    child = Child(echo.PROGRAM, 0.0, reports.append)
    assert wait_for(lambda: reports == [{"file": echo.__file__}], 10.0)
    child.close()


def test_a_frame_arrives_with_its_moment() -> None:
    reports: list[dict[str, Any]] = []
    child = Child(echo.PROGRAM, 0.0, reports.append)
    assert child.send(b"abc", 1.5)
    assert wait_for(lambda: {"first": ord("a"), "length": 3, "moment_s": 1.5} in reports, 10.0)
    child.close()
    assert not child.send(b"abc")


class ToldChild(KeepingChild):
    """Greets each process with the latest word; while it does, another thread has a newer one."""

    word = b"old"

    def greeting(self) -> bytes:
        """Return the word as it is before the other thread gets its turn."""
        greeting = frame(self.word)
        if hasattr(self, "_backlog"):
            other = threading.Thread(target=self.tell, args=(b"new",))
            other.start()
            other.join(0.2)
        return greeting

    def tell(self, word: bytes) -> None:
        """Change the word for this process and all that follow."""
        with self._lock:
            self.word = word
            self.send(word)


def test_what_changes_while_a_child_is_replaced_reaches_the_new_one() -> None:
    reports: list[dict[str, Any]] = []
    child = ToldChild(echo.PROGRAM, 0.0, reports.append)
    assert wait_for(lambda: {"file": echo.__file__} in reports, 10.0)
    reports.clear()
    child.send(echo.END)
    assert wait_for(lambda: "n" in firsts(reports), 10.0)
    child.close()


def test_what_must_arrive_waits_in_order_for_a_pipe_that_is_full() -> None:
    reports: list[dict[str, Any]] = []
    child = KeepingChild(echo.PROGRAM, 0.2, reports.append)
    for letter in b"abc":
        assert child.send(bytes([letter]) * LONG)
    assert wait_for(lambda: firsts(reports) == ["h", "a", "b", "c"], 10.0)
    child.close()


def test_a_frame_that_comes_too_late_is_refused_where_the_pipe_is_full() -> None:
    reports: list[dict[str, Any]] = []
    child = Child(echo.PROGRAM, 0.2, reports.append)
    assert [child.send(bytes([letter]) * LONG) for letter in b"abc"] == [True, False, False]
    assert wait_for(lambda: child.send(b"d"), 10.0)
    assert wait_for(lambda: firsts(reports) == ["a", "d"], 10.0)
    child.close()


def test_what_is_kept_waits_once_for_a_pipe_that_is_full() -> None:
    reports: list[dict[str, Any]] = []
    child = Child(echo.PROGRAM, 0.2, reports.append)
    assert child.send(b"a" * LONG)
    assert [child.send(letter, keep=True) for letter in (b"p", b"q", b"p", b"p")] == [True] * 4
    assert not child.send(b"b")
    assert wait_for(lambda: firsts(reports) == ["a", "p", "q"], 10.0)
    assert wait_for(lambda: child.send(b"d"), 10.0)
    assert wait_for(lambda: firsts(reports) == ["a", "p", "q", "d"], 10.0)
    child.close()


def test_a_child_that_cannot_be_understood_is_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "RESPAWN_S", 0.0)
    reports: list[dict[str, Any]] = []
    heard: list[bytes] = []

    def decoded(report: bytes) -> Any:
        heard.append(report)
        return json.loads(b"\xff" if len(heard) == 1 else report)

    class Misheard(Child):
        decode = staticmethod(decoded)

    child = Misheard(echo.PROGRAM, 0.0, reports.append)
    first = child.pid
    assert wait_for(lambda: {"file": echo.__file__} in reports, 10.0)
    assert reports[0] == {"state": "gone"}
    assert child.pid != first
    child.close()


def test_a_child_that_is_killed_is_replaced_and_greeted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "RESPAWN_S", 0.0)
    reports: list[dict[str, Any]] = []
    child = KeepingChild(echo.PROGRAM, 0.0, reports.append)
    assert wait_for(lambda: firsts(reports) == ["h"], 10.0)
    first = child.pid
    os.kill(first, signal.SIGKILL)
    assert wait_for(lambda: firsts(reports) == ["h", "h"], 10.0)
    assert ({"state": "gone"} in reports, child.pid != first) == (True, True)
    child.close()


def test_a_child_that_is_not_well_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Child, "watch_s", 0.01)
    monkeypatch.setattr(Child, "gone", lambda self: False)
    reports: list[dict[str, Any]] = []
    child = Child(echo.PROGRAM, 0.0, reports.append)
    assert wait_for(lambda: bool(reports), 10.0)
    monkeypatch.setattr(Child, "is_well", lambda self: False)
    assert wait_for(lambda: child._process.returncode == -signal.SIGKILL, 10.0)
    child.close()


@pytest.mark.parametrize("limit", ["descriptors", "processes"])
def test_a_child_is_replaced_once_the_system_has_room_for_another_one(limit: str) -> None:
    command = [sys.executable, "-m", "tests.bridge.realtime.starved", limit]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, cwd=ROOT)
    assert done.stdout == "refused replaced\n", done.stderr


def test_a_first_child_that_the_system_refuses_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (3, limits[1]))
    try:
        with pytest.raises(InputError, match=r"echo: the system starts no process for it \(Too many open files\)"):
            Child(echo.PROGRAM, 0.0, lambda report: None)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, limits)


def test_a_report_that_cannot_be_taken_costs_no_successor(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "RESPAWN_S", 0.0)
    files: list[str] = []

    def take(report: dict[str, Any]) -> None:
        if "state" in report:
            raise MemoryError
        files.append(report["file"])

    child = Child(echo.PROGRAM, 0.0, take)
    assert wait_for(lambda: len(files) == 1, 10.0)
    os.kill(child.pid, signal.SIGKILL)
    assert wait_for(lambda: len(files) == 2, 10.0)
    child.close()
