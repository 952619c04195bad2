"""Fixtures of the live tests, and what they need of the machine.

Where a program is missing the tests say so and skip; with GHOSTNOTE_REQUIRE_LIVE=1, as `.ci/run` sets it, that is a
failure. A machine that is too slow for a test is told from a fault: the server's log says whether JACK was late.
"""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

import numpy as np
import pytest
from _pytest.runner import runtestprotocol
from numpy.typing import NDArray

from bench.jack_server import RATE, JackServer, missing_programs, running_server

PERIODS = (64, 256, 1024)
"""Where a test fails while JACK is late at one period, the machine may be at fault: the next tells."""

TOO_OFTEN = 10
"""A server that is late so often at the longest period is no place to test; fewer excuse nothing."""

PERIOD_HERE = pytest.StashKey[int]()
DISTURBANCES = pytest.StashKey[int]()
REPEATED: list[str] = []
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


@pytest.fixture
def server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[JackServer]:
    """A running JACK server of the test's own, at the period that this try is for."""
    require("jackd", "jack_lsp", "jack_connect")
    with running_server(tmp_path, request.node.stash.get(PERIOD_HERE, PERIODS[0])) as server:
        yield server
        request.node.stash[DISTURBANCES] = server.disturbances()


def pytest_runtest_protocol(item: pytest.Item, nextitem: pytest.Item | None) -> bool:
    """Repeat a test that failed while the machine kept JACK from its work; at the longest period, call it too slow."""
    item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
    for report in last_try(item, nextitem):
        item.ihook.pytest_runtest_logreport(report=report)
    item.ihook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
    return True


def last_try(item: pytest.Item, nextitem: pytest.Item | None) -> list[pytest.TestReport]:
    """Run a test until it tells right from wrong; return the reports of the last try."""
    for period in PERIODS:
        item.stash[PERIOD_HERE], item.stash[DISTURBANCES] = period, 0
        reports = runtestprotocol(item, nextitem=nextitem, log=False)
        lost = item.stash[DISTURBANCES]
        failures = [report for report in reports if report.failed]
        if not failures or not lost:
            return reports
        reason = f"failed at {period} frames while JACK was late {lost} times"
        why = failures[0].longreprtext.splitlines()
        REPEATED.append(f"{item.nodeid} {reason}: {next((line[1:].strip() for line in why if line[:2] == 'E '), '')}")
        item._initrequest()  # type: ignore[attr-defined]  # as pytest-rerunfailures does: pytest has no public way
    if lost >= TOO_OFTEN:
        for report in failures:
            report.outcome = "skipped"
            report.longrepr = (str(item.path), 0, f"too slow here: {reason}")
    return reports


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say which tests were repeated, and why."""
    for line in REPEATED:
        terminalreporter.write_line(line)


@pytest.fixture(scope="session")
def demo_take() -> tuple[NDArray[np.float32], list[float]]:
    """The demo's performance, 30 s, and the true onsets in seconds."""
    from synth.drummer.perform import perform

    take = perform("demo", "tight", seed=1, sample_rate=RATE)
    return take.audio[:, :1], [stroke.onset_s for stroke in take.strokes]
