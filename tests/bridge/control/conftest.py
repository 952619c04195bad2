"""A stage and its remote control."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bridge.control.remote import RemoteControl
from tests.bridge.control.remotes import remote_of
from tests.bridge.stages import QuietStage


@pytest.fixture
def stage() -> QuietStage:
    return QuietStage()


@pytest.fixture
def remote(stage: QuietStage) -> Iterator[RemoteControl]:
    with remote_of(stage) as opened:
        yield opened
