"""A remote control for tests, on a free port."""

from __future__ import annotations

from contextlib import closing
from typing import Any

from bridge.control.remote import RemoteControl
from bridge.rig.control import ControlSettings
from tests.bridge.stages import DRUMS, QuietStage

AMOUNT = "/ghostnote/drum/snare/amount"


def remote_of(stage: QuietStage, **table: Any) -> closing[RemoteControl]:
    settings = ControlSettings.model_validate({"query": False, **table})
    # Port 0 is no port for a rig, but a free one for a test.
    return closing(RemoteControl(settings.model_copy(update={"port": 0}), stage, DRUMS))
