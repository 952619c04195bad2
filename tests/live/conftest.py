"""Fixtures of the live tests, and what they need of the machine.

Where a program is missing the tests say so and skip; with GHOSTNOTE_REQUIRE_LIVE=1, as `.ci/run` sets it, that is a
failure. A test that fails on a machine that is crowded by other programs says "too slow here", and skips or fails in
the same way: such a failure tells nothing of us, except a `WrongAtAnyLoadError`.
"""

from __future__ import annotations

import importlib.util
import os
import socket
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import NoReturn

import numpy as np
import pytest
from numpy.typing import NDArray

from bench.jack_harness import Capture
from bench.jack_server import RATE, JackServer, missing_programs, running_server
from bench.pace import PaceMeter, WrongAtAnyLoadError

LONGEST_TEST_S = 1800
"""Limits of waiting are stretched on a crowded machine; this one is for a test that waits for nothing."""

METER: pytest.StashKey[PaceMeter] = pytest.StashKey()

REQUIRED = os.environ.get("GHOSTNOTE_REQUIRE_LIVE") == "1"


def require(*programs: str) -> None:
    """Skip the test with a reason, or fail it, where a program is missing."""
    missing = missing_programs(*programs)
    if importlib.util.find_spec("jack") is None:
        missing.append("the Python package JACK-Client")
    if missing:
        give_up(f"needs {', '.join(missing)}")


def give_up(reason: str) -> NoReturn:
    """Skip, or fail where the live tests are required."""
    if REQUIRED:
        pytest.fail(reason)
    pytest.skip(reason)


def free_port() -> int:
    """Return a UDP port of loopback that nobody has."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        udp.bind(("127.0.0.1", 0))
        return int(udp.getsockname()[1])


def assert_no_note_left(capture: Capture) -> None:
    """Fail, however crowded the machine is, where a recorder's note is on at the end."""
    if left := capture.sounding():
        raise WrongAtAnyLoadError(f"notes left on (port, channel, note): {sorted(left)}")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give each live test the time that a crowded machine may need."""
    for item in items:
        if item.get_closest_marker("live"):
            item.add_marker(pytest.mark.timeout(LONGEST_TEST_S))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Note how crowded the machine is while a test runs, with what sets it up."""
    with PaceMeter() as meter:
        item.stash[METER] = meter
        return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Tell "too slow here" from "wrong"."""
    report = yield
    meter = item.stash.get(METER, None)
    wrong = call.excinfo is not None and call.excinfo.errisinstance(WrongAtAnyLoadError)
    if report.failed and not wrong and meter is not None and meter.crowded:
        words = f"too slow here: {meter.mean:.1f} programs wanted each processor"
        report.sections.append(("too slow here", words))
        if REQUIRED:
            report.longrepr = f"{words}, so this may be no fault of ours:\n{report.longreprtext}"
        else:
            path, line, _ = item.location
            report.outcome, report.longrepr = "skipped", (path, line or 0, f"{words}; {first_line(report)}")
    return report


def first_line(report: pytest.TestReport) -> str:
    """Return the line of a failure's report that names the error."""
    lines = [line for line in report.longreprtext.splitlines() if line.startswith("E ")]
    return lines[0][1:].strip() if lines else "it failed"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[JackServer]:
    """A running JACK server of the test's own."""
    require("jackd", "jack_lsp", "jack_connect")
    with running_server(tmp_path) as server:
        yield server


@pytest.fixture
def waiting_server(tmp_path: Path) -> Iterator[JackServer]:
    """A running JACK server that waits for its clients: no stall of the machine costs a sample."""
    require("jackd", "jack_lsp", "jack_connect")
    with running_server(tmp_path, waits=True) as server:
        yield server


@pytest.fixture(scope="session")
def demo_take() -> tuple[NDArray[np.float32], list[float]]:
    """The demo's performance, 30 s, and the true onsets in seconds."""
    from synth.drummer.perform import perform

    take = perform("demo", "tight", seed=1, sample_rate=RATE)
    return take.audio[:, :1], [stroke.onset_s for stroke in take.strokes]
