"""Fixtures of the live tests, and what they need of the machine.

Where a program is missing the tests say so and skip; with GHOSTNOTE_REQUIRE_LIVE=1, as `.ci/run` sets it, that is a
failure.
"""

from __future__ import annotations

import importlib.util
import os
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

import numpy as np
import pytest
from numpy.typing import NDArray

from bench.jack_server import RATE, JackServer, missing_programs, running_server

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
