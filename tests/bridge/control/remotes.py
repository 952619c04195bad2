"""A remote control for tests, on a free port."""

from __future__ import annotations

from contextlib import closing
from typing import Any

from bridge.control.remote import RemoteControl
from bridge.rig.control import ControlSettings
from tests.bridge.stages import DRUMS, QuietStage

AMOUNT = "/ghostnote/drum/snare/amount"


def remote_of(stage: QuietStage, rate_hz: float = 10.0, **table: Any) -> closing[RemoteControl]:
    settings = ControlSettings.model_validate({"query": False, **table})
    # No rig may say these: port 0 is a free one here, and a test that tells the state itself wants a very low rate.
    return closing(RemoteControl(settings.model_copy(update={"port": 0, "rate_hz": rate_hz}), stage, DRUMS))
